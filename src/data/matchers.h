#pragma once

#include <string_view>

namespace millrace {

// What people mean by these words, for checks. They allocate nothing and look at each byte about once.

// name@domain: name of letters, digits and ._%+- (at most 64 bytes); domain of labels joined by dots, each of letters,
// digits and '-' (at most 63), the last of two or more letters; at most 254 bytes in all. That is
// ^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$ with RFC 5321's lengths.
bool is_email(std::string_view text);

// 8-4-4-4-12 hexadecimal digits of either case.
bool is_uuid(std::string_view text);

// http:// or https://, a host (labels of letters, digits, '-' and '_' joined by dots, characters beyond ASCII as they
// are, or an IPv6 address in brackets), perhaps user@ before and :port after it, then perhaps a path, query or
// fragment. No spaces or control characters anywhere; at most 2,083 bytes.
bool is_url(std::string_view text);

// 7 to 15 digits, perhaps a '+' before them, with single spaces, dots, hyphens or slashes between and one pair of
// brackets around some of them: "+49 30 1234567", "(030) 123-4567". An extension after them ("x12") is not taken.
bool is_phone(std::string_view text);

}  // namespace millrace
