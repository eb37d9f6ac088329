#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace millrace {

void fail_assertion(std::string_view condition, std::string_view message, std::source_location where) {
  std::fprintf(stderr, "millrace: bug: %.*s (%.*s)\n  at %s:%u in %s\n", static_cast<int>(message.size()),
               message.data(), static_cast<int>(condition.size()), condition.data(), where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name());
  std::abort();
}

}  // namespace millrace
