#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace millrace {

// Keys that may have been added, by 32 bits of their hash: never misses one, and takes a key for one of a million
// others once in 4,000 times. Four bytes a slot, grows by doubling when three of four slots are taken. Belongs to one
// thread.
class KeyFilter {
 public:
  bool may_contain(uint64_t hash) const { return slots_[find(tag_of(hash))] != kEmpty; }
  void add(uint64_t hash) {
    if ((size_ + 1) * 4 > slots_.size() * 3) grow();
    uint32_t& slot = slots_[find(tag_of(hash))];
    if (slot == kEmpty) ++size_;
    slot = tag_of(hash);
  }
  void prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[place_of(tag_of(hash))]); }

 private:
  static constexpr uint32_t kEmpty = 0;
  static constexpr size_t kSlotsMin = 256;  // a power of two, as it stays

  static uint32_t tag_of(uint64_t hash) {
    const auto tag = static_cast<uint32_t>(hash >> 32);
    return tag == kEmpty ? 1 : tag;
  }
  // From the tag alone, so that growing needs nothing else.
  size_t place_of(uint32_t tag) const { return (tag * uint32_t{0x9e3779b1}) & (slots_.size() - 1); }
  size_t find(uint32_t tag) const {
    size_t at = place_of(tag);
    while (slots_[at] != kEmpty && slots_[at] != tag) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  void grow() {
    std::vector<uint32_t> before(slots_.size() * 2);
    before.swap(slots_);
    for (const uint32_t tag : before) {
      if (tag != kEmpty) slots_[find(tag)] = tag;
    }
  }

  std::vector<uint32_t> slots_ = std::vector<uint32_t>(kSlotsMin);
  size_t size_ = 0;
};

}  // namespace millrace
