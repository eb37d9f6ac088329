#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// A value as 16 bytes. Whole numbers and texts of up to 15 bytes are there as they are; of longer texts there is a
// fingerprint of 120 bits (SipHash), which two of 50 million different texts share with a probability of one in 10^21.
class ValueKey {
 public:
  static ValueKey of(int64_t value);
  static ValueKey of(std::string_view text);
  static constexpr size_t kBytes = 16;
  static ValueKey of_bytes(std::string_view bytes);  // what append_to() appended
  void append_to(std::string& bytes) const;
  bool operator==(const ValueKey&) const = default;
  bool empty() const { return low_ == 0 && high_ == 0; }  // no value at all
  uint64_t place() const;                                 // spread over all bits

 private:
  uint64_t low_ = 0;
  uint64_t high_ = 0;  // its highest byte says what is there, and is never 0
};

// A set of values that only grows, by doubling: 16 bytes a slot, at most three of four taken, so that kValuesMax need
// 1 GiB, and 1.5 GiB for the moment of the last doubling. Belongs to one thread.
class ValueSet {
 public:
  static constexpr size_t kValuesMax = 50'000'000;

  explicit ValueSet(size_t values_max = kValuesMax) : values_max_(values_max), slots_(kSlotsMin) {}
  bool contains(const ValueKey& key) const { return !slots_[find(key)].empty(); }
  // Not one that is there already, and not when it is full.
  void insert(const ValueKey& key);
  bool full() const { return size_ >= values_max_; }
  size_t size() const { return size_; }
  // Begins to fetch what contains() will look at.
  void prefetch(const ValueKey& key) const { __builtin_prefetch(&slots_[key.place() & (slots_.size() - 1)]); }

 private:
  static constexpr size_t kSlotsMin = 1024;  // a power of two, as it stays

  size_t find(const ValueKey& key) const {
    const size_t mask = slots_.size() - 1;
    size_t at = key.place() & mask;
    while (!slots_[at].empty() && !(slots_[at] == key)) at = (at + 1) & mask;
    return at;
  }
  void grow();

  size_t values_max_;
  std::vector<ValueKey> slots_;
  size_t size_ = 0;
};

}  // namespace millrace
