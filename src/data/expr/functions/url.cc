#include "data/expr/functions/url.h"

#include <algorithm>

#include "data/utf8.h"

namespace millrace {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// URI takes the characters of RFC 2396, escapes, and what is beyond ASCII.
bool is_uri_text(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x80 || is_letter(c) || is_digit(c)) continue;
    if (c == '%') {
      if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) return false;
    } else if (std::string_view("-_.!~*'();/?:@&=+$,[]#").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

void split_authority(Url& url) {
  std::string_view rest = *url.authority;
  if (const size_t at = rest.find('@'); at != std::string_view::npos) {
    url.user_info = rest.substr(0, at);
    rest.remove_prefix(at + 1);
  }
  const size_t port = rest.rfind(':');
  if (port != std::string_view::npos && rest.find(']', port) == std::string_view::npos) rest = rest.substr(0, port);
  // A name that is not a server's is an authority without a host.
  const bool named = rest.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") ==
                     std::string_view::npos;
  if (!rest.empty() && (named || rest.front() == '[')) url.host = rest;
}

}  // namespace

void add_url_encoded(std::string_view text, StringBuilder& out) {
  for (const char c : text) {
    if (is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '*') {
      out.add(c);
    } else if (c == ' ') {
      out.add('+');
    } else {
      const auto byte = static_cast<unsigned char>(c);
      const char escaped[3] = {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
      out.add(std::string_view(escaped, 3));
    }
  }
}

bool add_url_decoded(std::string_view text, StringBuilder& out) {
  char* const begin = out.room(text.size());
  char* to = begin;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) return false;
      *to++ = static_cast<char>(static_cast<uint8_t>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      *to++ = text[i] == '+' ? ' ' : text[i];
    }
  }
  const auto size = static_cast<size_t>(to - begin);
  if (!is_valid_utf8({begin, size})) return false;
  out.commit(size);
  return true;
}

std::optional<Url> split_url(std::string_view text) {
  if (!is_uri_text(text)) return std::nullopt;
  Url url;
  if (const size_t at = text.find('#'); at != std::string_view::npos) {
    url.fragment = text.substr(at + 1);
    text = text.substr(0, at);
    if (url.fragment->find('#') != std::string_view::npos) return std::nullopt;
  }
  const size_t colon = text.find_first_of(":/?");
  if (colon != std::string_view::npos && text[colon] == ':') {
    const std::string_view scheme = text.substr(0, colon);
    const bool good = !scheme.empty() && is_letter(scheme[0]) && std::all_of(scheme.begin(), scheme.end(), [](char c) {
      return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
    if (!good || colon + 1 == text.size()) return std::nullopt;
    url.scheme = scheme;
    text.remove_prefix(colon + 1);
    if (text.front() != '/') return url;  // "mailto:a@b" has no parts but the scheme
  }
  if (const size_t at = text.find('?'); at != std::string_view::npos) {
    url.query = text.substr(at + 1);
    text = text.substr(0, at);
  }
  if (text.starts_with("//")) {
    const size_t slash = text.find('/', 2);
    url.authority = text.substr(2, slash == std::string_view::npos ? slash : slash - 2);
    text = slash == std::string_view::npos ? "" : text.substr(slash);
    if (url.authority->empty()) {
      if (text.empty()) return std::nullopt;
      url.authority.reset();
    } else {
      split_authority(url);
    }
  }
  url.path = text;
  return url;
}

std::optional<std::string_view> url_part(const Url& url, std::string_view part) {
  if (part == "HOST") return url.host;
  if (part == "PATH") return url.path;
  if (part == "QUERY") return url.query;
  if (part == "REF") return url.fragment;
  if (part == "PROTOCOL") return url.scheme;
  if (part == "AUTHORITY") return url.authority;
  if (part == "USERINFO") return url.user_info;
  if (part == "FILE" && url.path) {
    if (!url.query) return url.path;
    // Path and query stand side by side in the text.
    return std::string_view(url.path->data(), url.path->size() + 1 + url.query->size());
  }
  return std::nullopt;
}

std::optional<std::string_view> query_value(const Url& url, std::string_view key) {
  std::string_view rest = url.query.value_or("");
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    if (pair.size() > key.size() && pair.starts_with(key) && pair[key.size()] == '=')
      return pair.substr(key.size() + 1);
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
  }
  return std::nullopt;
}

}  // namespace millrace
