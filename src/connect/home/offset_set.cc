#include "connect/home/offset_set.h"

#include <charconv>
#include <iterator>

#include <fmt/format.h>

namespace millrace {
namespace {

bool read_number(std::string_view& text, int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

}  // namespace

Result<OffsetSet> OffsetSet::parse(std::string_view text) {
  const Error damaged(ErrorCode::kCorruption, fmt::format("'{}' is no set of offsets", text));
  OffsetSet set;
  int64_t behind = -1;
  while (!text.empty()) {
    int64_t first = 0;
    if (!read_number(text, first)) return damaged;
    int64_t last = first;
    if (text.starts_with('-')) {
      text.remove_prefix(1);
      if (!read_number(text, last)) return damaged;
    }
    if (first <= behind || last < first) return damaged;
    behind = last;
    set.ranges_[first] = last;
    if (text.empty()) break;
    if (!text.starts_with(',') || text.size() == 1) return damaged;
    text.remove_prefix(1);
  }
  return set;
}

std::string OffsetSet::text() const {
  std::string out;
  for (const auto& [first, last] : ranges_) {
    if (!out.empty()) out += ',';
    out += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
  }
  return out;
}

bool OffsetSet::contains(int64_t offset) const {
  const auto behind = ranges_.upper_bound(offset);
  return behind != ranges_.begin() && std::prev(behind)->second >= offset;
}

void OffsetSet::add(int64_t offset) {
  if (contains(offset)) return;
  int64_t last = offset;
  if (const auto next = ranges_.find(offset + 1); next != ranges_.end()) {
    last = next->second;
    ranges_.erase(next);
  }
  const auto behind = ranges_.upper_bound(offset);
  if (behind != ranges_.begin() && std::prev(behind)->second == offset - 1) {
    std::prev(behind)->second = last;
  } else {
    ranges_[offset] = last;
  }
}

void OffsetSet::add_all_below(int64_t offset) {
  if (offset <= 0) return;
  int64_t last = offset - 1;
  while (!ranges_.empty() && ranges_.begin()->first <= offset) {
    last = std::max(last, ranges_.begin()->second);
    ranges_.erase(ranges_.begin());
  }
  ranges_[0] = last;
}

uint64_t OffsetSet::size() const {
  uint64_t size = 0;
  for (const auto& [first, last] : ranges_) size += static_cast<uint64_t>(last - first + 1);
  return size;
}

std::optional<int64_t> OffsetSet::first() const {
  return ranges_.empty() ? std::nullopt : std::optional(ranges_.begin()->first);
}

std::optional<int64_t> OffsetSet::last() const {
  return ranges_.empty() ? std::nullopt : std::optional(ranges_.rbegin()->second);
}

}  // namespace millrace
