#pragma once

#include <string_view>

namespace millrace {

// Where a macro below was used. The compilers' builtins, since clang 14 has no std::source_location.
struct SourcePlace {
  const char* file;
  int line;
  const char* function;

  static constexpr SourcePlace here(const char* file = __builtin_FILE(), int line = __builtin_LINE(),
                                    const char* function = __builtin_FUNCTION()) {
    return {file, line, function};
  }
};

// Prints where and what, then aborts. Never returns; used by the macros below.
[[noreturn]] void fail_assertion(std::string_view condition, std::string_view message,
                                 SourcePlace where = SourcePlace::here());

}  // namespace millrace

// A bug in millrace, not in its input: always on, in every build.
#define MILLRACE_ASSERT(condition, message)              \
  do {                                                   \
    if (!(condition)) [[unlikely]] {                     \
      ::millrace::fail_assertion(#condition, (message)); \
    }                                                    \
  } while (false)

#define MILLRACE_UNREACHABLE(message) ::millrace::fail_assertion("unreachable", (message))
