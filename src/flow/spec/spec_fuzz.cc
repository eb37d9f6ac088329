#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "base/assert.h"
#include "flow/spec/substitute.h"
#include "flow/spec/yaml.h"

namespace {

// Every place that can be asked for must be a place.
void walk(const millrace::Node& node) {
  const millrace::Place place = node.place_of(0, node.text.size());
  MILLRACE_ASSERT(place.line >= 1 && place.column >= 1 && place.length >= 1, "place");
  for (size_t at = 0; at < node.text.size() && at < 64; ++at) node.place_of(at, at + 1);
  for (const auto& item : node.items) walk(item);
  for (const auto& [key, value] : node.entries) walk(value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  millrace::Diagnostics diagnostics;
  auto root = millrace::read_yaml(text, diagnostics);
  MILLRACE_ASSERT(root.has_value() == diagnostics.ok(), "no tree without a reason");
  if (!root) return 0;
  walk(*root);
  const std::map<std::string, std::string> given;
  millrace::Substitution substitution(given, 0, ".");
  substitution.declare(root->find("params"), diagnostics);
  substitution.apply(*root, diagnostics);
  walk(*root);
  return 0;
}
