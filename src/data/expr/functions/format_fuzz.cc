// Formats: whatever is taken as one writes any value, and a number format reads what it wrote.
#include <array>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "data/builder.h"
#include "data/expr/functions/java_format.h"
#include "data/expr/functions/number_format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace;
  const std::string text(reinterpret_cast<const char*>(data), size);  // NOLINT: bytes from the fuzzer
  const std::array values = {constant_string("aé😀"), constant_fixed<int32_t>(TypeKind::kInt, -42),
                             constant_fixed<double>(TypeKind::kDouble, -1234.5678)};
  const std::array types = {values[0].type, values[1].type, values[2].type};
  if (const auto format = JavaFormat::compile(text); format.ok() && !format->misfit(types)) {
    std::string out;
    static_cast<void>(format->write(values, 0, out).ok());
  }
  if (const auto format = NumberFormat::compile(text); format.ok()) {
    std::string out;
    format->format(-12345, 2, out);
    MILLRACE_ASSERT(out.size() <= text.size() + 64, out);
    static_cast<void>(format->parse(out));
    static_cast<void>(format->parse(text));
  }
  return 0;
}
