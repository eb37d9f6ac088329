#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "data/formats/feed.h"
#include "data/formats/json_index.h"

namespace millrace {
namespace {

using Kind = CsvEnd::Kind;

class CsvFraming final : public Framing {
 public:
  CsvFraming(std::unique_ptr<ByteStream> stream, const FramingOptions& options, const CsvDialect& dialect)
      : feed_(std::move(stream), options),
        dialect_(dialect),
        one_column_(!dialect.header && dialect.names.size() == 1) {}

  Result<bool> cut(Origin& origin) override {
    // A piece may hold no record: blank lines, the header.
    while (true) {
      Buffer buffer;
      line_ = feed_.line();
      TRY(used, cut_piece(origin, buffer));
      feed_.finish(buffer, used);
      if (oversize_) TRY_STATUS(drop_rest(origin, used));
      if (!header_problem_.empty()) {
        return Error(ErrorCode::kInvalidArgument, fmt::format("the header cannot be read: {}", header_problem_));
      }
      if (used == 0 && origin.begin.empty()) return false;
      if (origin.begin.empty()) continue;
      origin.bytes = std::move(buffer);
      origin.header = header_;
      return true;
    }
  }

 private:
  // Fills the buffer and finds the records in it; gives where the first that is not whole begins.
  Result<size_t> cut_piece(Origin& origin, Buffer& buffer) {
    while (true) {
      TRY(more, feed_.fill(buffer));
      if (!more && !told_cut_short_) {
        cut_short_ = feed_.take_cut_short();
        told_cut_short_ = true;
      }
      const size_t used = cut_records(origin, buffer, !more);
      if (used > 0 || !more) return used;
      if (buffer.size() > feed_.options().record_bytes_max) return cut_oversize(origin, buffer);
    }
  }

  size_t cut_records(Origin& origin, const Buffer& buffer, bool last) {
    const char* const base = buffer.as<char>();
    const char* const limit = base + buffer.size();
    const char* at = base;
    while (at < limit) {
      const CsvEnd found = find_csv_end(at, limit, last, dialect_);
      if (found.kind == Kind::kMore) break;
      const char* end = found.end;
      std::string damage = problem(found, at, limit);
      if (end == limit && cut_short_ && found.kind != Kind::kBehind) {
        damage = *std::exchange(cut_short_, std::nullopt);  // an open quote is then nothing wrong by itself
      } else if (!damage.empty()) {
        end = line_end(at, limit);
        if (end == limit && !last) break;
      }
      add(origin, base, at, end, std::move(damage));
      at = std::min(end + 1, limit);
    }
    if (last && cut_short_) {  // it stopped between two records, or before the first
      origin.begin.push_back(static_cast<uint32_t>(buffer.size()));
      origin.end.push_back(origin.begin.back());
      origin.line.push_back(line_);
      origin.offset.push_back(feed_.offset() + buffer.size());
      origin.damaged.push_back(
          {static_cast<uint32_t>(origin.begin.size() - 1), *std::exchange(cut_short_, std::nullopt)});
    }
    return static_cast<size_t>(at - base);
  }

  static const char* line_end(const char* at, const char* limit) {
    const void* newline = std::memchr(at, '\n', static_cast<size_t>(limit - at));
    return newline == nullptr ? limit : static_cast<const char*>(newline);
  }

  // What is wrong with the quoting or the length of a record; then it is its first line alone.
  std::string problem(const CsvEnd& found, const char* at, const char* limit) const {
    const size_t bytes_max = feed_.options().record_bytes_max;
    const bool too_far = static_cast<size_t>(found.end - at) > bytes_max;
    if (found.kind == Kind::kWhole && !too_far) return "";
    const auto line_bytes = static_cast<size_t>(line_end(at, limit) - at);
    if (line_bytes > bytes_max) return too_long(line_bytes);
    if (too_far) return not_closed_in_time();
    if (found.kind == Kind::kUnclosed) return "a quote is not closed";
    return fmt::format("there is text behind a closing quote, at byte {} of the record", found.end - at + 1);
  }

  void add(Origin& origin, const char* base, const char* begin, const char* end, std::string damage) {
    const uint64_t line = line_;
    line_ += 1 + count_newlines(begin, end);
    if (end > begin && end[-1] == '\r') --end;
    if (dialect_.header && header_ == nullptr) {
      if (!damage.empty()) {
        header_problem_ = std::move(damage);
      } else if (begin < end) {
        read_header({begin, static_cast<size_t>(end - begin)});
      }
      return;
    }
    end = std::min(end, begin + feed_.options().record_bytes_max);
    if (begin == end && damage.empty() && !one_column_) return;
    if (!damage.empty()) origin.damaged.push_back({static_cast<uint32_t>(origin.begin.size()), std::move(damage)});
    origin.begin.push_back(static_cast<uint32_t>(begin - base));
    origin.end.push_back(static_cast<uint32_t>(end - base));
    origin.line.push_back(line);
    origin.offset.push_back(feed_.offset() + static_cast<uint64_t>(begin - base));
  }

  void read_header(std::string_view record) {
    if (!is_utf8(record)) header_problem_ = "it is not UTF-8";
    std::vector<CsvField> fields;
    split_csv(record, dialect_, fields);
    std::vector<std::string> names;
    std::string scratch;
    for (const CsvField& field : fields) names.emplace_back(csv_text(record, field, dialect_, scratch));
    one_column_ = names.size() == 1;
    header_ = std::make_shared<const std::vector<std::string>>(std::move(names));
  }

  std::string too_long(uint64_t bytes) const {
    return fmt::format("the line has {} bytes, the limit is {}; its beginning is kept here, all of it is in the source",
                       bytes, feed_.options().record_bytes_max);
  }
  std::string not_closed_in_time() const {
    return fmt::format("a quote is not closed within {} bytes, the limit of a record",
                       feed_.options().record_bytes_max);
  }

  // A record that is not whole and already over the limit. When it is an open quote that makes it so long, only its
  // first line is to blame.
  size_t cut_oversize(Origin& origin, const Buffer& buffer) {
    const size_t bytes_max = feed_.options().record_bytes_max;
    const char* const base = buffer.as<char>();
    const char* const limit = base + buffer.size();
    const char* const end = line_end(base, limit);
    const auto line_bytes = static_cast<size_t>(end - base);
    if (end < limit) {
      add(origin, base, base, end, line_bytes > bytes_max ? too_long(line_bytes) : not_closed_in_time());
      return line_bytes + 1;
    }
    add(origin, base, base, end, "over the limit");
    oversize_ = true;
    return buffer.size();
  }

  Status drop_rest(Origin& origin, size_t held) {
    oversize_ = false;
    TRY(dropped, feed_.drop_line());
    if (origin.damaged.empty()) return {};  // it was the header
    origin.damaged[0].reason = too_long(held + dropped);
    return {};
  }

  Feed feed_;
  CsvDialect dialect_;
  bool one_column_;
  std::shared_ptr<const std::vector<std::string>> header_;
  uint64_t line_ = 1;  // of the next record in the piece
  std::string header_problem_;
  bool oversize_ = false;
  bool told_cut_short_ = false;
  std::optional<std::string> cut_short_;
};

}  // namespace

std::unique_ptr<Framing> csv_framing(std::unique_ptr<ByteStream> stream, const FramingOptions& options,
                                     const CsvDialect& dialect) {
  return std::make_unique<CsvFraming>(std::move(stream), options, dialect);
}

}  // namespace millrace
