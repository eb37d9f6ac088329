#include "wire/http/target.h"

#include <algorithm>
#include <cctype>

namespace millrace {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, PlusIs plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == PlusIs::kSpace) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = high < 0 ? -1 : hex_digit(text[i + 2]);
      if (low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

std::optional<std::vector<HttpParameter>> parse_query(std::string_view query) {
  std::vector<HttpParameter> parameters;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), PlusIs::kSpace);
    auto value = percent_decode(pair.substr(std::min(pair.size(), equals + 1)), PlusIs::kSpace);
    if (!name || !value) return std::nullopt;
    parameters.push_back({std::move(*name), std::move(*value)});
  }
  return parameters;
}

std::optional<HttpTarget> parse_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const size_t path = target.find_first_of("/?", scheme.size());
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
    break;
  }
  target = target.substr(0, target.find('#'));
  const size_t question = std::min(target.find('?'), target.size());
  auto path = percent_decode(target.substr(0, question), PlusIs::kPlus);
  auto query = parse_query(target.substr(std::min(target.size(), question + 1)));
  if (!path || !query || !path->starts_with('/') || path->find('\0') != std::string::npos) return std::nullopt;
  return HttpTarget{std::move(*path), std::move(*query)};
}

std::string host_name(std::string_view host_and_port) {
  const size_t scheme = host_and_port.find("://");
  if (scheme != std::string_view::npos) host_and_port.remove_prefix(scheme + 3);
  std::string name;
  if (host_and_port.starts_with('[')) {
    const size_t end = host_and_port.find(']');
    name = end == std::string_view::npos ? host_and_port : host_and_port.substr(1, end - 1);
  } else {
    name = host_and_port.substr(0, host_and_port.find(':'));
  }
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return name;
}

bool is_loopback_name(std::string_view host_and_port) {
  const std::string name = host_name(host_and_port);
  return name == "localhost" || name == "127.0.0.1" || name == "::1";
}

}  // namespace millrace
