#include "data/buffer.h"

#include <cstdlib>
#include <new>
#include <utility>

namespace millrace {

Buffer Buffer::zeroed(size_t bytes) {
  Buffer buffer(bytes);
  if (buffer.data_ != nullptr) std::memset(buffer.data_, 0, buffer.capacity_ + kBufferSlack);
  return buffer;
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    std::free(data_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

Buffer::~Buffer() { std::free(data_); }

void Buffer::resize(size_t bytes) {
  if (bytes > capacity_ || data_ == nullptr) grow(bytes);
  size_ = bytes;
}

void Buffer::grow(size_t bytes) {
  size_t capacity = capacity_ * 2 > bytes ? capacity_ * 2 : bytes;
  const size_t whole = (capacity + kBufferSlack + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
  auto* grown = static_cast<std::byte*>(std::aligned_alloc(kBufferAlignment, whole));
  if (grown == nullptr) throw std::bad_alloc();
  if (size_ > 0) std::memcpy(grown, data_, size_);
  std::free(data_);
  data_ = grown;
  capacity_ = whole - kBufferSlack;
}

}  // namespace millrace
