#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/big_endian.h"
#include "data/cql/bytes.h"

// What the bodies of CQL's frames are made of, in the words of the protocol's own document: [short], [string], [bytes].
namespace millrace::cql {

// Lists of more strings, pairs or columns than this are refused.
inline constexpr size_t kBodyListMax = 65'535;

// Reads a body from its front. Once something is not there, or is longer than what is left, it has failed: every read
// gives nothing from then on, so that it is enough to ask ok() at the end. Borrows the bytes.
class BodyReader {
 public:
  explicit BodyReader(std::string_view body) : rest_(body) {}

  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  uint8_t byte() { return number<uint8_t>(); }
  uint16_t short_number() { return number<uint16_t>(); }
  int32_t int_number() { return number<int32_t>(); }
  int64_t long_number() { return number<int64_t>(); }
  std::string_view take(size_t bytes) {
    if (bytes > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }
  std::string_view string() { return take(short_number()); }
  std::string_view long_string() {
    const int32_t bytes = int_number();
    if (bytes < 0) fail();
    return bytes < 0 ? std::string_view() : take(static_cast<size_t>(bytes));
  }
  std::string_view short_bytes() { return take(short_number()); }
  // nullopt: null, or not set.
  std::optional<std::string_view> bytes() {
    const int32_t size = int_number();
    if (size < 0) return std::nullopt;
    return take(static_cast<size_t>(size));
  }
  std::vector<std::string> string_list() {
    std::vector<std::string> strings;
    for (size_t left = short_number(); left > 0 && ok_; --left) strings.emplace_back(string());
    return strings;
  }
  // A count of things that take at least `bytes_each`: more than fit into what is left are refused before they are
  // read.
  size_t count(size_t bytes_each) {
    const int32_t number = int_number();
    if (number >= 0 && static_cast<size_t>(number) <= rest_.size() / (bytes_each == 0 ? 1 : bytes_each)) {
      return static_cast<size_t>(number);
    }
    fail();
    return 0;
  }

 private:
  template <typename T>
  T number() {
    const std::string_view bytes = take(sizeof(T));
    return ok_ ? load_big<T>(bytes.data()) : T{0};
  }

  std::string_view rest_;
  bool ok_ = true;
};

inline void append_string(std::string_view text, std::string& to) {
  MILLRACE_ASSERT(text.size() <= UINT16_MAX, "a [string] has at most 65535 bytes");
  append_be(static_cast<uint16_t>(text.size()), to);
  to.append(text);
}
inline void append_long_string(std::string_view text, std::string& to) {
  append_be(static_cast<int32_t>(text.size()), to);
  to.append(text);
}
inline void append_bytes(std::string_view bytes, std::string& to) { append_long_string(bytes, to); }
inline void append_null(std::string& to) { append_be(int32_t{-1}, to); }

}  // namespace millrace::cql
