#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace {

// Offsets of one partition, kept as ranges.
class OffsetSet {
 public:
  static Result<OffsetSet> parse(std::string_view text);  // "0-4,9"; what text() gave
  std::string text() const;

  bool contains(int64_t offset) const;
  void add(int64_t offset);
  // All below: what retention took need not be remembered one by one.
  void add_all_below(int64_t offset);
  uint64_t size() const;
  std::optional<int64_t> first() const;  // nullopt: it is empty
  std::optional<int64_t> last() const;

 private:
  std::map<int64_t, int64_t> ranges_;  // first to last; none touches another
};

}  // namespace millrace
