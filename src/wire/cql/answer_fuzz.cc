// Bodies of answers as they are: parsed, or an error. The first two bytes are the opcode and the flags.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "wire/cql/message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace::cql;
  if (size < 2) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  const uint8_t version = (data[1] & 0x80) != 0 ? 4 : 5;
  const Frame frame{.header = {.version = version, .flags = data[1], .opcode = static_cast<Opcode>(data[0] % 17)},
                    .body = body};
  const auto answer = parse_answer(frame);
  if (!answer.ok()) MILLRACE_ASSERT(!answer.error().message().empty(), "an error that says nothing");
  return 0;
}
