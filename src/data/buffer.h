#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

namespace millrace {

inline constexpr size_t kBufferAlignment = 64;
// Every buffer may be read and written this far beyond its size, so that kernels can work in whole SIMD words.
inline constexpr size_t kBufferSlack = 64;

// A block of bytes, aligned to 64 and with 64 bytes of slack at its end. Grows by doubling; moves, never copies.
// Bytes are not initialised, except that zeroed() zeroes them and the slack.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t bytes) { resize(bytes); }
  static Buffer zeroed(size_t bytes);
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();

  std::byte* bytes() { return data_; }
  const std::byte* bytes() const { return data_; }
  template <typename T>
  T* as() {
    return reinterpret_cast<T*>(data_);
  }
  template <typename T>
  const T* as() const {
    return reinterpret_cast<const T*>(data_);
  }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }

  void resize(size_t bytes);  // keeps what is there
  void reserve(size_t bytes) {
    if (bytes > capacity_) grow(bytes);
  }
  // For builders that write behind size(): sets the size without touching the bytes; must be within capacity.
  void set_size(size_t bytes) { size_ = bytes; }

 private:
  void grow(size_t bytes);

  std::byte* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;  // without the slack
};

// Shared between columns once it is filled; never changed then.
using BufferRef = std::shared_ptr<const Buffer>;

inline BufferRef share(Buffer&& buffer) { return std::make_shared<const Buffer>(std::move(buffer)); }

}  // namespace millrace
