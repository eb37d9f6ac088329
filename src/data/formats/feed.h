#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "data/formats/framing.h"

namespace millrace {

// A stream on its way into pieces, for framings: reads behind what the last piece left over, skips a byte order mark,
// counts bytes and lines. Belongs to one thread.
class Feed {
 public:
  Feed(std::unique_ptr<ByteStream> stream, const FramingOptions& options)
      : stream_(std::move(stream)), options_(options) {}

  // Appends to `buffer`; what was left over first, when it is empty. False when the stream has ended and nothing came.
  Result<bool> fill(Buffer& buffer);
  // The bytes of `buffer` from `used` on are for the next piece; those before are gone, and counted.
  void finish(Buffer& buffer, size_t used);
  // Drops bytes up to and with the next newline, or to the end. The newline is not among the bytes counted here.
  Result<uint64_t> drop_line();

  bool ended() const { return ended_; }
  bool exhausted() const { return ended_ && rest_.empty(); }
  // Why the stream stopped too early; told once, by the first call after the end.
  std::optional<std::string> take_cut_short();
  uint64_t line() const { return line_; }      // of the first byte that is not gone, from 1
  uint64_t offset() const { return offset_; }  // the same, from 0
  const FramingOptions& options() const { return options_; }

 private:
  Result<size_t> read(char* to, size_t bytes);

  std::unique_ptr<ByteStream> stream_;
  FramingOptions options_;
  std::string rest_;
  uint64_t line_ = 1;
  uint64_t offset_ = 0;
  bool begun_ = false;
  bool ended_ = false;
  bool told_ = false;
};

size_t count_newlines(const char* begin, const char* end);

// Sets the record that is the only one of its piece, and damaged.
void set_damaged(Origin& origin, const Feed& feed, std::string reason);

}  // namespace millrace
