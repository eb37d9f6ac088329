#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/http/exchange.h"

namespace millrace {

// Text with %XX; nullopt when a % has no two hexadecimal digits behind it. In forms and queries '+' is a space.
enum class PlusIs { kPlus, kSpace };
std::optional<std::string> percent_decode(std::string_view text, PlusIs plus);

// "a=1&b=x+y&c"; nullopt when an escape is broken.
std::optional<std::vector<HttpParameter>> parse_query(std::string_view query);

// What a request line asks for: "/a%20b?c=d", or the same behind "http://host".
struct HttpTarget {
  std::string path;
  std::vector<HttpParameter> query;
};
// nullopt: it does not begin with '/', an escape is broken, or the path holds a NUL.
std::optional<HttpTarget> parse_target(std::string_view target);

// The name in a Host header or an Origin, without the port, in lower case: "[::1]:80" gives "::1".
std::string host_name(std::string_view host_and_port);
bool is_loopback_name(std::string_view host_and_port);  // localhost, 127.0.0.1, [::1]

}  // namespace millrace
