#pragma once

#include <string>
#include <string_view>

namespace millrace {

// A name as it stands in an address of mail: small ASCII letters and digits, all else left out or written with them.
// Knows the letters of `nations.cc`.
std::string mail_name(std::string_view name);

}  // namespace millrace
