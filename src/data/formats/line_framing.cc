#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "data/formats/framing.h"

namespace millrace {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

size_t count_lines(const char* begin, const char* end) {
  return static_cast<size_t>(std::count(begin, end, '\n'));
}

class LineFraming final : public Framing {
 public:
  LineFraming(std::unique_ptr<ByteStream> stream, const FramingOptions& options)
      : stream_(std::move(stream)), options_(options) {}

  Result<bool> cut(Origin& origin) override {
    // A piece of blank lines only is no piece; look further.
    while (!ended_ || !carry_.empty()) {
      TRY(size, fill(origin));
      if (size == 0) break;
      const char* bytes = origin.bytes.as<char>();
      origin.line.assign(1, line_);
      origin.offset.assign(1, offset_);
      line_ += count_lines(bytes, bytes + size);
      offset_ += size;
      if (!origin.damaged.empty()) {
        TRY_STATUS(skip_line(origin));
        return true;
      }
      if (std::any_of(bytes, bytes + size, [](char c) { return !is_blank(c) && c != '\n'; })) return true;
    }
    return false;
  }

  void split(Origin& origin) const override {
    const char* const base = origin.bytes.as<char>();
    const char* const end = base + origin.bytes.size();
    const char* at = base;
    uint64_t line = origin.line[0];
    const uint64_t first_offset = origin.offset[0];
    origin.line.clear();
    origin.offset.clear();
    while (at < end) {
      const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
      const char* const line_end = newline == nullptr ? end : newline;
      const char* last = line_end;
      while (last > at && is_blank(last[-1])) --last;
      const char* first = at;
      while (first < last && is_blank(*first)) ++first;
      if (first < last) {
        origin.begin.push_back(static_cast<uint32_t>(first - base));
        origin.end.push_back(static_cast<uint32_t>(last - base));
        origin.line.push_back(line);
        origin.offset.push_back(first_offset + static_cast<uint64_t>(first - base));
      }
      ++line;
      at = line_end + 1;
    }
  }

 private:
  // Whole lines into origin.bytes; gives their size.
  Result<size_t> fill(Origin& origin) {
    Buffer buffer(std::max(options_.piece_bytes, carry_.size() + 1));
    std::memcpy(buffer.bytes(), carry_.data(), carry_.size());
    size_t filled = std::exchange(carry_, {}).size();
    while (true) {
      TRY(got, read_to(buffer, filled));
      filled += got;
      if (got == 0) ended_ = true;
      skip_mark(buffer, filled);
      const char* bytes = buffer.as<char>();
      const void* newline = filled == 0 ? nullptr : memrchr(bytes, '\n', filled);
      if (newline != nullptr || ended_) {
        const size_t whole = ended_ ? filled : static_cast<size_t>(static_cast<const char*>(newline) - bytes) + 1;
        carry_.assign(bytes + whole, filled - whole);
        return finish(origin, std::move(buffer), whole);
      }
      if (filled >= options_.record_bytes_max) {
        origin.damaged.push_back({0, ""});
        return finish(origin, std::move(buffer), filled);
      }
      if (filled == buffer.size()) buffer.resize(2 * filled);
    }
  }

  Result<size_t> read_to(Buffer& buffer, size_t filled) {
    return stream_->read(buffer.as<char>() + filled, buffer.size() - filled);
  }

  void skip_mark(Buffer& buffer, size_t& filled) {
    if (offset_ > 0 || filled < kByteOrderMark.size()) return;
    if (std::memcmp(buffer.bytes(), kByteOrderMark.data(), kByteOrderMark.size()) != 0) return;
    filled -= kByteOrderMark.size();
    offset_ = kByteOrderMark.size();
    std::memmove(buffer.bytes(), buffer.bytes() + kByteOrderMark.size(), filled);
  }

  static Result<size_t> finish(Origin& origin, Buffer buffer, size_t bytes) {
    buffer.resize(bytes);
    std::memset(buffer.bytes() + bytes, 0, kBufferSlack);
    origin.bytes = std::move(buffer);
    return bytes;
  }

  // Behind the part of an endless line that is kept: reads on to its end.
  Status skip_line(Origin& origin) {
    const uint64_t begin = origin.offset[0];
    Buffer buffer(options_.piece_bytes);
    while (true) {
      TRY(got, stream_->read(buffer.as<char>(), buffer.size()));
      if (got == 0) ended_ = true;
      const void* newline = got == 0 ? nullptr : std::memchr(buffer.bytes(), '\n', got);
      const size_t used = newline == nullptr ? got : static_cast<size_t>(static_cast<const char*>(newline) - buffer.as<char>()) + 1;
      offset_ += used;
      if (newline == nullptr && got > 0) continue;
      if (newline != nullptr) ++line_;
      carry_.assign(buffer.as<char>() + used, got - used);
      break;
    }
    origin.damaged[0].reason = fmt::format("the line has {} bytes, the limit is {}; its beginning is kept here, all of it is in the source",
                                           offset_ - begin, options_.record_bytes_max);
    return {};
  }

  std::unique_ptr<ByteStream> stream_;
  FramingOptions options_;
  std::string carry_;  // the beginning of a line whose end has not been read
  uint64_t line_ = 1;
  uint64_t offset_ = 0;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Framing> line_framing(std::unique_ptr<ByteStream> stream, const FramingOptions& options) {
  return std::make_unique<LineFraming>(std::move(stream), options);
}

}  // namespace millrace
