#include "flow/checks/value_set.h"

#include <cstring>

#include "base/assert.h"
#include "base/siphash.h"

namespace millrace {
namespace {

constexpr size_t kExactBytesMax = 15;
constexpr uint64_t kNumber = uint64_t{0x80} << 56;
constexpr uint64_t kFingerprint = uint64_t{0xff} << 56;
constexpr Hash128 kKey{.low = 0x6d696c6c72616365ULL, .high = 0x756e697175656b79ULL};

}  // namespace

ValueKey ValueKey::of(int64_t value) {
  ValueKey key;
  key.low_ = static_cast<uint64_t>(value);
  key.high_ = kNumber;
  return key;
}

ValueKey ValueKey::of(std::string_view text) {
  ValueKey key;
  if (text.size() > kExactBytesMax) {
    const Hash128 hash = siphash_128(text, kKey);
    key.low_ = hash.low;
    key.high_ = hash.high | kFingerprint;
    return key;
  }
  char bytes[16] = {};
  if (!text.empty()) std::memcpy(bytes, text.data(), text.size());
  bytes[15] = static_cast<char>(text.size() + 1);
  std::memcpy(&key.low_, bytes, 8);
  std::memcpy(&key.high_, bytes + 8, 8);
  return key;
}

ValueKey ValueKey::of_bytes(std::string_view bytes) {
  MILLRACE_ASSERT(bytes.size() == kBytes, "the bytes of a key");
  ValueKey key;
  std::memcpy(&key.low_, bytes.data(), 8);
  std::memcpy(&key.high_, bytes.data() + 8, 8);
  return key;
}

void ValueKey::append_to(std::string& bytes) const {
  char key[kBytes];
  std::memcpy(key, &low_, 8);
  std::memcpy(key + 8, &high_, 8);
  bytes.append(key, kBytes);
}

uint64_t ValueKey::place() const {
  uint64_t mixed = (low_ ^ (high_ * 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL;
  mixed ^= mixed >> 32;
  mixed *= 0xc4ceb9fe1a85ec53ULL;
  return mixed ^ (mixed >> 29);
}

void ValueSet::insert(const ValueKey& key) {
  MILLRACE_ASSERT(!full(), "a full set");
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  ValueKey& slot = slots_[find(key)];
  MILLRACE_ASSERT(slot.empty(), "a value that is there already");
  slot = key;
  ++size_;
}

void ValueSet::grow() {
  std::vector<ValueKey> before(slots_.size() * 2);
  before.swap(slots_);
  for (const ValueKey& key : before) {
    if (!key.empty()) slots_[find(key)] = key;
  }
}

}  // namespace millrace
