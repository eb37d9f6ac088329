#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Big-endian numbers within strings of bytes, as CQL has them.
namespace millrace {

template <typename T>
void append_be(T value, std::string& to) {
  char bytes[sizeof(T)];
  for (size_t i = 0; i < sizeof(T); ++i) {
    bytes[i] = static_cast<char>(static_cast<uint64_t>(value) >> (8 * (sizeof(T) - 1 - i)));
  }
  to.append(bytes, sizeof(T));
}

// The number at the front; there must be as many bytes.
template <typename T>
T read_be(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = (value << 8) | static_cast<uint8_t>(bytes[i]);
  return static_cast<T>(value);
}

// Takes the elements of a collection's bytes one after the other.
class CqlElements {
 public:
  explicit CqlElements(std::string_view collection) : rest_(collection) {
    if (rest_.size() < 4) return;
    left_ = read_be<int32_t>(rest_);
    rest_.remove_prefix(4);
  }
  int32_t left() const { return left_; }  // maps: entries times two, after as_map()
  void as_map() { left_ = left_ < 0 || left_ > INT32_MAX / 2 ? -1 : left_ * 2; }
  bool at_end() const { return left_ == 0 && rest_.empty(); }
  // The next one; false when the bytes are not well formed.
  bool next(std::string_view& element) {
    if (left_ <= 0 || rest_.size() < 4) return false;
    const auto size = read_be<int32_t>(rest_);
    rest_.remove_prefix(4);
    if (size < 0 || static_cast<size_t>(size) > rest_.size()) return false;
    element = rest_.substr(0, static_cast<size_t>(size));
    rest_.remove_prefix(static_cast<size_t>(size));
    --left_;
    return true;
  }

 private:
  std::string_view rest_;
  int32_t left_ = -1;
};

}  // namespace millrace
