#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace millrace {

void fail_assertion(std::string_view condition, std::string_view message, SourcePlace where) {
  std::fprintf(stderr, "millrace: bug: %.*s (%.*s)\n  at %s:%d in %s\n", static_cast<int>(message.size()),
               message.data(), static_cast<int>(condition.size()), condition.data(), where.file, where.line,
               where.function);
  std::abort();
}

}  // namespace millrace
