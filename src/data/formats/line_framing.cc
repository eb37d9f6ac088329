#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "data/formats/feed.h"

namespace millrace {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool holds_record(const char* begin, const char* end) {
  return std::any_of(begin, end, [](char c) { return !is_blank(c) && c != '\n'; });
}

std::string too_long(uint64_t bytes, size_t limit) {
  return fmt::format("the line has {} bytes, the limit is {}; its beginning is kept here, all of it is in the source",
                     bytes, limit);
}

class LineFraming final : public Framing {
 public:
  LineFraming(std::unique_ptr<ByteStream> stream, const FramingOptions& options) : feed_(std::move(stream), options) {}

  Result<bool> cut(Origin& origin) override {
    // A piece of blank lines only is no piece; look further.
    while (true) {
      Buffer buffer;
      TRY(whole, fill(buffer));
      if (buffer.size() == 0 || (whole == 0 && cut_short_)) return end(origin, buffer);
      origin.line = {feed_.line()};
      origin.offset = {feed_.offset()};
      if (whole == 0) {
        TRY_STATUS(cut_off(origin, buffer));
        return true;
      }
      feed_.finish(buffer, whole);
      if (!holds_record(buffer.as<char>(), buffer.as<char>() + whole)) continue;
      origin.bytes = std::move(buffer);
      return true;
    }
  }

 private:
  // Reads until there are whole lines; gives their size. 0: there are none, for the stream has ended without a newline
  // too early, or for the line is over the limit.
  Result<size_t> fill(Buffer& buffer) {
    size_t looked_at = 0;
    while (true) {
      TRY(more, feed_.fill(buffer));
      const char* bytes = buffer.as<char>();
      const void* newline = memrchr(bytes + looked_at, '\n', buffer.size() - looked_at);
      if (newline != nullptr) return static_cast<size_t>(static_cast<const char*>(newline) - bytes) + 1;
      if (!more) {
        cut_short_ = feed_.take_cut_short();
        return cut_short_ ? 0 : buffer.size();
      }
      looked_at = buffer.size();
      if (looked_at > feed_.options().record_bytes_max) return size_t{0};
    }
  }

  // What is left of a stream that stopped too early, once.
  Result<bool> end(Origin& origin, Buffer& buffer) {
    if (!cut_short_) return false;
    set_damaged(origin, feed_, *std::exchange(cut_short_, std::nullopt));
    feed_.finish(buffer, buffer.size());
    origin.end = {static_cast<uint32_t>(std::min(buffer.size(), feed_.options().record_bytes_max))};
    origin.bytes = std::move(buffer);
    return true;
  }

  // A line over the limit: keeps its beginning, drops the rest.
  Status cut_off(Origin& origin, Buffer& buffer) {
    const size_t limit = feed_.options().record_bytes_max;
    set_damaged(origin, feed_, "");
    const size_t held = buffer.size();
    origin.end = {static_cast<uint32_t>(limit)};
    feed_.finish(buffer, held);
    TRY(dropped, feed_.drop_line());
    origin.damaged[0].reason = too_long(held + dropped, limit);
    origin.bytes = std::move(buffer);
    return {};
  }

  Feed feed_;
  std::optional<std::string> cut_short_;
};

}  // namespace

void split_lines(Origin& origin, size_t record_bytes_max) {
  if (!origin.begin.empty()) return;
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
    const char* first = at;
    if (static_cast<size_t>(line_end - at) > record_bytes_max) {
      origin.damaged.push_back({static_cast<uint32_t>(origin.begin.size()),
                                too_long(static_cast<uint64_t>(line_end - at), record_bytes_max)});
      last = first + record_bytes_max;
    } else {
      while (last > at && is_blank(last[-1])) --last;
      while (first < last && is_blank(*first)) ++first;
    }
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

std::unique_ptr<Framing> line_framing(std::unique_ptr<ByteStream> stream, const FramingOptions& options) {
  return std::make_unique<LineFraming>(std::move(stream), options);
}

}  // namespace millrace
