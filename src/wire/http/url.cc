#include "wire/http/url.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>

#include <curl/curl.h>
#include <fmt/format.h>

#include "wire/http/message.h"

namespace millrace {
namespace {

constexpr std::string_view kMask = "***";

constexpr auto kSecretParameters = std::to_array<std::string_view>({
    "access_key",
    "access_token",
    "api_key",
    "api-key",
    "apikey",
    "app_key",
    "auth",
    "auth_token",
    "client_secret",
    "code",
    "credential",
    "id_token",
    "key",
    "pass",
    "passwd",
    "password",
    "private_token",
    "pwd",
    "refresh_token",
    "secret",
    "sig",
    "sign",
    "signature",
    "token",
    "x-amz-credential",
    "x-amz-security-token",
    "x-amz-signature",
});

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, UrlDeleter>;

std::optional<std::string> part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string value(text);
  curl_free(text);
  return value;
}

Error bad_url(std::string_view url, std::string_view problem) {
  return {ErrorCode::kInvalidArgument, fmt::format("'{}' is no URL to fetch: {}", shown_url(url), problem)};
}

Result<UrlHandle> parsed(const std::string& url) {
  // libcurl would take what stands behind a line break or a blank for a part of the host's name, or drop it.
  if (std::any_of(url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; })) {
    return bad_url(url, "it has blanks or control characters in it; write %20 for a blank");
  }
  UrlHandle handle(curl_url());
  MILLRACE_ASSERT(handle != nullptr, "out of memory");
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), 0);
  if (code == CURLUE_BAD_SCHEME || (code == CURLUE_OK && !part_of(handle.get(), CURLUPART_SCHEME))) {
    return bad_url(url, "it has to begin with http:// or https://");
  }
  if (code != CURLUE_OK && code != CURLUE_UNSUPPORTED_SCHEME) return bad_url(url, curl_url_strerror(code));
  const std::string scheme = code == CURLUE_OK ? *part_of(handle.get(), CURLUPART_SCHEME) : "";
  if (scheme != "http" && scheme != "https") return bad_url(url, "it has to begin with http:// or https://");
  return handle;
}

void replace_all(std::string& text, std::string_view what) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + kMask.size())) {
    text.replace(at, what.size(), kMask);
  }
}

bool is_secret_parameter(std::string_view name) {
  return std::any_of(kSecretParameters.begin(), kSecretParameters.end(),
                     [&](std::string_view known) { return equals_ignoring_case(known, name); });
}

std::string masked_query(std::string_view query) {
  std::string out;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    const size_t equals = parameter.find('=');
    const std::string_view name = parameter.substr(0, equals);
    const bool secret = equals != std::string_view::npos && is_secret_parameter(name);
    out += secret ? fmt::format("{}={}", name, kMask) : std::string(parameter);
    if (end < query.size()) out += '&';
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return out;
}

}  // namespace

Result<HttpUrl> HttpUrl::parse(const std::string& url) {
  TRY(handle, parsed(url));
  HttpUrl out{.scheme = *part_of(handle.get(), CURLUPART_SCHEME),
              .host = part_of(handle.get(), CURLUPART_HOST).value_or(""),
              .has_userinfo = part_of(handle.get(), CURLUPART_USER).has_value()};
  const std::string port = part_of(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("");
  std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (out.host.empty()) return bad_url(url, "it names no host");
  std::transform(out.host.begin(), out.host.end(), out.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return out;
}

bool HttpUrl::is_loopback() const { return host == "localhost" || host == "[::1]" || host.starts_with("127."); }

Result<std::string> resolve_url(const std::string& base, const std::string& reference) {
  TRY(handle, parsed(base));
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, reference.c_str(), CURLU_URLENCODE);
  if (code != CURLUE_OK) return bad_url(reference, curl_url_strerror(code));
  TRY(absolute, parsed(part_of(handle.get(), CURLUPART_URL).value_or("")));
  return *part_of(absolute.get(), CURLUPART_URL);
}

std::string with_parameter(std::string_view url, std::string_view name, std::string_view value) {
  const size_t hash = std::min(url.find('#'), url.size());
  const size_t mark = std::min(url.substr(0, hash).find('?'), hash);
  const std::string wanted = percent_encoded(name);
  std::string query;
  for (std::string_view rest = url.substr(mark, hash - mark); !rest.empty();) {
    rest.remove_prefix(1);  // ? or &
    const size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view parameter = rest.substr(0, end);
    const std::string_view its_name = parameter.substr(0, parameter.find('='));
    if (!parameter.empty() && its_name != wanted && its_name != name) query += fmt::format("{}&", parameter);
    rest.remove_prefix(end);
  }
  return fmt::format("{}?{}{}={}", url.substr(0, mark), query, wanted, percent_encoded(value));
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string without_secrets(std::string text, std::span<const std::string> secrets) {
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    replace_all(text, secret);
    if (const std::string encoded = percent_encoded(secret); encoded != secret) replace_all(text, encoded);
  }
  return text;
}

std::string shown_url(std::string_view url, std::span<const std::string> secrets) {
  url = url.substr(0, url.find('#'));
  std::string out(url.substr(0, url.find('?')));
  if (const size_t scheme = out.find("://"); scheme != std::string::npos) {
    const size_t authority = scheme + 3;
    const size_t at = out.substr(0, out.find('/', authority)).rfind('@');
    if (at != std::string::npos && at >= authority) out.replace(authority, at - authority, kMask);
  }
  if (out.size() < url.size() && url.find('?') != std::string_view::npos) {
    out += '?' + masked_query(url.substr(url.find('?') + 1));
  }
  return without_secrets(std::move(out), secrets);
}

std::string shown_links(std::string_view text, std::span<const std::string> secrets) {
  constexpr std::string_view kEnds = "&#<>\"' ,;";
  std::string out;
  while (!text.empty()) {
    const size_t begin = std::min(text.find_first_of("?&"), text.size() - 1) + 1;
    out += text.substr(0, begin);
    text.remove_prefix(begin);
    const std::string_view parameter = text.substr(0, text.find_first_of(kEnds));
    const size_t equals = parameter.find('=');
    if (equals == std::string_view::npos || !is_secret_parameter(parameter.substr(0, equals))) continue;
    out += fmt::format("{}={}", parameter.substr(0, equals), kMask);
    text.remove_prefix(parameter.size());
  }
  return without_secrets(std::move(out), secrets);
}

}  // namespace millrace
