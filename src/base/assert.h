#pragma once

#include <source_location>
#include <string_view>

namespace millrace {

// Prints where and what, then aborts. Never returns; used by the macros below.
[[noreturn]] void fail_assertion(std::string_view condition, std::string_view message,
                                 std::source_location where = std::source_location::current());

}  // namespace millrace

// A bug in millrace, not in its input: always on, in every build.
#define MILLRACE_ASSERT(condition, message)              \
  do {                                                   \
    if (!(condition)) [[unlikely]] {                     \
      ::millrace::fail_assertion(#condition, (message)); \
    }                                                    \
  } while (false)

#define MILLRACE_UNREACHABLE(message) ::millrace::fail_assertion("unreachable", (message))
