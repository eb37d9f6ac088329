#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "wire/http/link_header.h"
#include "wire/http/retry_after.h"

// Whatever a server sends: a target comes out of the header's own bytes, and a wait is never below zero.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto target = millrace::link_target({{"Link", text}}, "next");
  MILLRACE_ASSERT(!target || text.find('<' + *target + '>') != std::string::npos, text);
  const auto wait_us = millrace::retry_after_us(text, 1'700'000'000'000'000);
  MILLRACE_ASSERT(!wait_us || *wait_us >= 0, text);
  return 0;
}
