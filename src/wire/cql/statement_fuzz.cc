// Whatever the statement is: it parses or has an error with a place, in bounded time and depth.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "wire/cql/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto statement = millrace::cql::parse({reinterpret_cast<const char*>(data), size});
  if (!statement.ok()) MILLRACE_ASSERT(!statement.error().message().empty(), "an error that says nothing");
  return 0;
}
