#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// Number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`, case ignored.
// Bounded: words longer than 64 bytes are compared by equality only (0 or 64).
int edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to a misspelt word, if one is near enough to be worth proposing.
std::optional<std::string> nearest_spelling(std::string_view word, std::span<const std::string> candidates);
std::optional<std::string> nearest_spelling(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace millrace
