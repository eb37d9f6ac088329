#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace millrace {

// Finds where things begin in a JSON document: every brace, bracket, colon, comma, opening quote and first byte of a
// number or word, in one pass over the bytes. Also proves that the text is UTF-8, that no string holds a raw control
// character and that every string is closed. Reused from document to document; belongs to one thread.
class JsonIndex {
 public:
  JsonIndex();
  ~JsonIndex();
  JsonIndex(JsonIndex&&) noexcept;
  JsonIndex& operator=(JsonIndex&&) noexcept;

  // nullptr when the document is well so far; else what is wrong. The positions live until the next call.
  const char* index(std::string_view document);
  std::span<const uint32_t> positions() const { return positions_; }

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::span<const uint32_t> positions_;
};

bool is_utf8(std::string_view bytes);

}  // namespace millrace
