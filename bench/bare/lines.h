// A file, cut into pieces of whole lines for any number of threads.
#pragma once

#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "bare/user.h"

namespace bare {

constexpr size_t kPieceBytes = size_t{256} << 10;

// Whole lines of the file, piece by piece, numbered.
class Lines {
 public:
  explicit Lines(const char* path) : fd_(::open(path, O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) die(path);
  }
  // The size of the piece, 0 at the end; the buffer has padding behind it.
  size_t next(std::vector<char>& buffer, uint64_t& number) {
    const std::lock_guard lock(mutex_);
    size_t filled = carry_.size();
    if (buffer.size() < filled + kPieceBytes) buffer.resize(filled + kPieceBytes);
    std::memcpy(buffer.data(), carry_.data(), filled);
    carry_.clear();
    while (true) {
      const size_t room = buffer.size() - simdjson::SIMDJSON_PADDING - filled;
      const ssize_t got = ::read(fd_, buffer.data() + filled, room);
      if (got < 0) die("read");
      filled += static_cast<size_t>(got);
      const void* newline = filled == 0 ? nullptr : ::memrchr(buffer.data(), '\n', filled);
      if (got == 0 || newline != nullptr) {
        const size_t whole =
            got == 0 ? filled : static_cast<size_t>(static_cast<const char*>(newline) - buffer.data()) + 1;
        carry_.assign(buffer.data() + whole, filled - whole);
        number = number_++;
        return whole;
      }
      buffer.resize(2 * buffer.size());
    }
  }

 private:
  int fd_;
  std::mutex mutex_;
  std::string carry_;
  uint64_t number_ = 0;
};

}  // namespace bare
