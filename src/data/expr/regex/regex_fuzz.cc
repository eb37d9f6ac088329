#include <array>
#include <cstdint>

#include "data/expr/regex/pattern.h"
#include "data/utf8.h"

// The first line is the pattern, the rest the text.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  const std::string_view text = line == std::string_view::npos ? "" : input.substr(line + 1);
  const auto compiled = millrace::JavaPattern::compile(input.substr(0, line));
  if (!compiled.ok() || !millrace::is_valid_utf8(text)) return 0;
  std::array<millrace::JavaPattern::Span, 4> spans;
  size_t behind = 0;
  compiled->for_each_match(text, spans, [&](const auto& found) {
    if (found[0].begin < behind || found[0].end > text.size()) __builtin_trap();
    behind = found[0].end;
    return true;
  });
  if (compiled->matches(text) && !compiled->find(text)) __builtin_trap();
  return 0;
}
