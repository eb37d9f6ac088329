#include <string>
#include <string_view>

#include "base/assert.h"
#include "data/formats/json_walk.h"

using namespace millrace;

namespace {

const std::vector<std::vector<std::string>> kPaths = {{"a"}, {"a", "b"}, {"b", "c"}, {"b", "d", "a"}};

void check_same(JsonWalker& one, JsonWalker& other, std::string_view document) {
  const char* const error = one.walk(document);
  const char* const other_error = other.walk(document);
  MILLRACE_ASSERT((error == nullptr) == (other_error == nullptr), "both take it or neither");
  if (error != nullptr) {
    MILLRACE_ASSERT(std::string_view(error) == other_error && one.error_at() == other.error_at(), "the same error");
    return;
  }
  MILLRACE_ASSERT(one.misfit() == other.misfit(), "the same misfit");
  if (!one.misfit().empty()) return;
  for (size_t i = 0; i < kPaths.size(); ++i) {
    const JsonValue& value = one.values()[i];
    const JsonValue& same = other.values()[i];
    MILLRACE_ASSERT(value.kind == same.kind, "the same kind");
    if (value.kind == JsonValue::Kind::kMissing) continue;
    MILLRACE_ASSERT(value.begin == same.begin && value.end == same.end && value.escaped == same.escaped &&
                        value.index == same.index,
                    "the same value");
  }
}

}  // namespace

// Each line is a document. A walker that remembers the shapes of all lines before tells the same as one that never saw
// any.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  JsonWalker remembering(kPaths);
  while (!text.empty()) {
    const std::string document(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), document.size() + 1));
    JsonWalker fresh(kPaths);
    check_same(remembering, fresh, document);
  }
  return 0;
}
