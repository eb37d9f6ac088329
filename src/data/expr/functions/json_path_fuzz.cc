#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "data/expr/functions/json_path.h"

// The first line is the path, the rest the text. What the whole text is written as must read and write the same again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(input.find('\n'), input.size());
  JsonTree tree;
  if (!tree.parse(input.substr(std::min(line + 1, input.size())))) return 0;
  if (const auto path = parse_json_path(input.substr(0, line))) find_json(tree, *path);
  std::string once;
  write_json(tree, 0, once);
  JsonTree again;
  MILLRACE_ASSERT(again.parse(once), once);
  std::string twice;
  write_json(again, 0, twice);
  MILLRACE_ASSERT(once == twice, once);
  return 0;
}
