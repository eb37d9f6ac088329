#include "data/formats/json_wanted.h"

#include <algorithm>

#include "base/assert.h"
#include "data/formats/json_text.h"

namespace millrace {

JsonPlan plan_of_paths(const std::vector<std::vector<std::string>>& paths) {
  JsonPlan plan(1);
  for (size_t leaf = 0; leaf < paths.size(); ++leaf) {
    size_t object = 0;
    for (size_t part = 0; part < paths[leaf].size(); ++part) {
      size_t i = 0;
      while (i < plan[object].size() && plan[object][i].key != paths[leaf][part]) ++i;
      if (i == plan[object].size()) plan[object].push_back({.key = paths[leaf][part], .leaves_inside = {}});
      if (part + 1 == paths[leaf].size()) {
        MILLRACE_ASSERT(plan[object][i].leaf < 0, "one path is read once");
        plan[object][i].leaf = static_cast<int>(leaf);
        continue;
      }
      plan[object][i].leaves_inside.push_back(static_cast<int>(leaf));
      if (plan[object][i].inner < 0) {
        plan[object][i].inner = static_cast<int>(plan.size());
        plan.emplace_back();
      }
      object = static_cast<size_t>(plan[object][i].inner);
    }
  }
  return plan;
}

JsonKey::JsonKey(std::string_view key) {
  if (key.find_first_of("\"\\") != std::string_view::npos) return;
  closed_ = std::string(key) + '"';
  const size_t bytes = std::min(closed_.size(), sizeof head_);
  std::memcpy(head_.data(), closed_.data(), bytes);
  std::memset(mask_.data(), 0xFF, bytes);
}

JsonValue::Kind json_scalar_kind(std::string_view token) {
  using Kind = JsonValue::Kind;
  if (token == "null") return Kind::kNull;
  if (token == "true") return Kind::kTrue;
  if (token == "false") return Kind::kFalse;
  return is_json_number(token) ? Kind::kNumber : Kind::kMissing;
}

}  // namespace millrace
