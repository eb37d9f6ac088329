#include "base/spelling.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace millrace {
namespace {

constexpr size_t kWordBytesMax = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool near_enough(int distance, size_t length) {
  return distance <= (length <= 3 ? 1 : length <= 7 ? 2 : 3) && static_cast<size_t>(distance) < length;
}

template <typename Words>
std::optional<std::string> nearest(std::string_view word, const Words& candidates) {
  int best = static_cast<int>(kWordBytesMax) + 1;
  std::optional<std::string> found;
  for (const auto& candidate : candidates) {
    const int distance = edit_distance(word, candidate);
    if (distance < best && near_enough(distance, std::max(word.size(), std::string_view(candidate).size()))) {
      best = distance;
      found = std::string(candidate);
    }
  }
  return found;
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  if (a.size() > kWordBytesMax || b.size() > kWordBytesMax) return a == b ? 0 : static_cast<int>(kWordBytesMax);
  std::array<std::array<int, kWordBytesMax + 1>, 3> rows{};
  for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& above2 = rows[(i + 1) % 3];
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const char x = lower(a[i - 1]);
      const char y = lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (x == y ? 0 : 1)});
      if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y) row[j] = std::min(row[j], above2[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

std::optional<std::string> nearest_spelling(std::string_view word, std::span<const std::string> candidates) {
  return nearest(word, candidates);
}

std::optional<std::string> nearest_spelling(std::string_view word, const std::vector<std::string_view>& candidates) {
  return nearest(word, candidates);
}

}  // namespace millrace
