#include "data/batch.h"

#include <algorithm>
#include <cctype>

namespace millrace {

int Schema::find(std::string_view name) const {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  for (size_t i = 0; i < fields.size(); ++i) {
    if (std::equal(name.begin(), name.end(), fields[i].name.begin(), fields[i].name.end(), same)) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

void Batch::keep(const std::vector<bool>& keep_row) {
  MILLRACE_ASSERT(keep_row.size() == rows, "one bit per row");
  std::vector<uint32_t> kept;
  kept.reserve(rows);
  alive_rows().for_each([&](size_t row) {
    if (keep_row[row]) kept.push_back(static_cast<uint32_t>(row));
  });
  all_alive = kept.size() == rows;
  alive = std::move(kept);
}

}  // namespace millrace
