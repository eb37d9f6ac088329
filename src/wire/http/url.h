#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace {

// An absolute http or https URL; anything else is an error that says what is wrong with it (and shows no secret).
struct HttpUrl {
  std::string scheme;  // "http" or "https"
  std::string host;    // as it is looked up: in brackets for IPv6
  int port = 0;        // the scheme's own when the URL says none
  bool has_userinfo = false;

  static Result<HttpUrl> parse(const std::string& url);
  bool is_loopback() const;  // localhost, 127.x.x.x, [::1]
  bool same_origin(const HttpUrl& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
};

// What `reference` (absolute or relative) means on a page whose URL is `base`; an error when that is no http(s) URL.
Result<std::string> resolve_url(const std::string& base, const std::string& reference);

// The URL with one more query parameter; `name` and `value` are encoded. One of that name is replaced.
std::string with_parameter(std::string_view url, std::string_view name, std::string_view value);

// Everything but letters, digits and -._~ as %XX.
std::string percent_encoded(std::string_view text);

// For people: without user and password, with *** for the values of query parameters that are called like secrets
// (token, key, signature, ...), and *** for each of `secrets`, plain or encoded.
std::string shown_url(std::string_view url, std::span<const std::string> secrets = {});

// A text that may quote URLs (a Link header), with *** as shown_url() has it.
std::string shown_links(std::string_view text, std::span<const std::string> secrets = {});

// Any text that may quote a secret.
std::string without_secrets(std::string text, std::span<const std::string> secrets);

}  // namespace millrace
