#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct HttpHeader {
  std::string name;
  std::string value;
  bool credential = false;  // never shown, and never sent to another host than the first
};
using HttpHeaders = std::vector<HttpHeader>;

// The first header of that name, whatever its case; nullptr when there is none.
const std::string* find_header(const HttpHeaders& headers, std::string_view name);

// "404 Not Found"; the bare number when it has no name.
std::string status_text(int status);

// Whether the same request may be answered better later: 408, 425, 429 and 5xx, but not 501 (it will never be done).
bool is_retryable_status(int status);

// What may stand in a header, so that a value cannot become another header. Empty: fine; else what is wrong with it.
std::string_view header_problem(std::string_view name, std::string_view value);

bool equals_ignoring_case(std::string_view a, std::string_view b);  // ASCII

}  // namespace millrace
