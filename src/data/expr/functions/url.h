#pragma once

#include <optional>
#include <string_view>

#include "data/builder.h"

namespace millrace {

// application/x-www-form-urlencoded, as java.net.URLEncoder and URLDecoder have it.
void add_url_encoded(std::string_view text, StringBuilder& out);
bool add_url_decoded(std::string_view text, StringBuilder& out);  // false: '%' without two digits, or not UTF-8

// The parts of a URL as java.net.URI gives them raw; views into the text.
struct Url {
  std::optional<std::string_view> scheme, authority, user_info, host, path, query, fragment;
};
std::optional<Url> split_url(std::string_view text);  // nullopt where URI raises

// By Spark's name of it (HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY, USERINFO).
std::optional<std::string_view> url_part(const Url& url, std::string_view part);
// The value of `key=` within the query.
std::optional<std::string_view> query_value(const Url& url, std::string_view key);

}  // namespace millrace
