#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "data/expr/time/pattern.h"

// The first half is a pattern, the second a text. What a pattern without loss writes it reads back.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using millrace::Pattern;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view text = bytes.substr(size / 2);
  millrace::ZoneFinder zones;
  const auto parser = Pattern::compile(bytes.substr(0, size / 2), Pattern::Use::kParse);
  const auto lossless = Pattern::compile("yyyy-MM-dd HH:mm:ss.SSSSSS", Pattern::Use::kParse);
  if (!parser.ok() || !lossless.ok()) return 0;
  const std::optional<int64_t> us = parser->parse(text, zones);
  if (!us) return 0;
  std::string written;
  parser->format(*us, written);
  written.clear();
  lossless->format(*us, written);
  if (lossless->parse(written, zones) != us) std::abort();
  return 0;
}
