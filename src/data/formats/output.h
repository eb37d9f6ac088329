#pragma once

#include <cstring>
#include <string_view>
#include <utility>

#include "data/buffer.h"
#include "data/padded_copy.h"

namespace millrace {

// Bytes appended to a buffer that grows; for writers.
class Output {
 public:
  explicit Output(size_t bytes_expected) : buffer_(bytes_expected) { buffer_.set_size(0); }
  // Room for so many bytes behind the end; write there, then commit(end of what was written).
  char* room(size_t bytes) {
    buffer_.reserve(buffer_.size() + bytes);
    return buffer_.as<char>() + buffer_.size();
  }
  void commit(const char* end) { buffer_.set_size(static_cast<size_t>(end - buffer_.as<char>())); }
  void add(std::string_view text) {
    char* to = room(text.size());
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    commit(to + text.size());
  }
  void add(char c) { add(std::string_view(&c, 1)); }
  // For a text that may be read 32 bytes beyond its end, as what lies in a Buffer may.
  void add_padded(std::string_view text) { commit(copy_padded(room(text.size()), text)); }
  void add_quoted_padded(std::string_view text) {
    char* to = room(text.size() + 2);
    *to++ = '"';
    to = copy_padded(to, text);
    *to++ = '"';
    commit(to);
  }
  size_t size() const { return buffer_.size(); }
  Buffer take() { return std::move(buffer_); }

 private:
  Buffer buffer_;
};

}  // namespace millrace
