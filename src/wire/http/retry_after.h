#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

// How long a Retry-After header asks to wait: a number of seconds, or until a date (a past one: 0). nullopt: it is
// neither.
std::optional<int64_t> retry_after_us(std::string_view value, int64_t now_us);

}  // namespace millrace
