#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "data/formats/document_skeleton.h"
#include "data/formats/element_scan.h"
#include "data/formats/feed.h"

namespace millrace {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

class DocumentFraming final : public Framing {
 public:
  DocumentFraming(std::unique_ptr<ByteStream> stream, const FramingOptions& options, std::vector<std::string> records)
      : feed_(std::move(stream), options),
        nested_(!records.empty()),
        skeleton_(std::move(records), options.record_bytes_max) {}

  Result<bool> cut(Origin& origin) override {
    while (true) {
      if (around_) {
        hand_out_around(origin);
        return true;
      }
      Buffer buffer;
      size_t used = 0;
      while (true) {
        TRY(more, feed_.fill(buffer));
        used = scan(origin, buffer, !more);
        if (!more || used > 0 || around_) {
          if (!more && !around_) end(origin, used);
          break;
        }
      }
      feed_.finish(buffer, used);
      if (!origin.begin.empty()) {
        origin.bytes = std::move(buffer);
        return true;
      }
      if (used == 0 && !around_ && feed_.exhausted()) return false;
    }
  }

 private:
  enum class Where { kBetween, kAround, kArray, kValue, kTooLong };

  // What stands around the records of a document and is wrong: a broken record of its own.
  struct Around {
    std::string reason, text;
    uint64_t line = 0, offset = 0;
  };

  // Goes on from where it was; gives how far all is known.
  size_t scan(Origin& origin, const Buffer& buffer, bool last) {
    base_ = buffer.as<char>();
    limit_ = base_ + buffer.size();
    counted_ = base_;
    counted_line_ = feed_.line();
    const char* at = base_;
    while (!around_ && at < limit_) {
      if (where_ == Where::kAround) {
        at = follow(at);
        continue;
      }
      if (where_ == Where::kBetween || (where_ == Where::kArray && scanned_ == 0)) {
        while (at < limit_ && is_space(*at)) ++at;
        if (at == limit_) break;
      }
      if (where_ == Where::kBetween) {
        at = begin_document(at);
        continue;
      }
      if (where_ == Where::kArray && scanned_ == 0) {
        if (first_ && *at == ']') {
          ++at;
          array_ends();
          continue;
        }
        scan_.start(ElementScan::Place::kInArray);
      }
      const char* stop = element(origin, at, last);
      if (stop == nullptr) break;
      at = stop;
    }
    return static_cast<size_t>(at - base_);
  }

  const char* begin_document(const char* at) {
    document_line_ = line_of(at);
    document_offset_ = offset_of(at);
    if (!nested_ && *at == '[') {
      where_ = Where::kArray;
      first_ = true;
      return at + 1;
    }
    if (nested_ && (*at == '{' || *at == '[')) {
      skeleton_.start();
      where_ = Where::kAround;
      return at;
    }
    where_ = Where::kValue;
    on_line_ = *at != '{';
    scan_.start(ElementScan::Place::kOnTop);
    return at;
  }

  // Through what stands around the records.
  const char* follow(const char* at) {
    while (at < limit_) {
      const auto step = skeleton_.take(*at++);
      if (step == DocumentSkeleton::Step::kRecordsBegin) {
        where_ = Where::kArray;
        first_ = true;
        return at;
      }
      if (step == DocumentSkeleton::Step::kEnd) {
        where_ = Where::kBetween;
        if (std::string problem = skeleton_.problem(); !problem.empty()) set_around(std::move(problem));
        return at;
      }
    }
    return at;
  }

  void set_around(std::string reason) {
    around_ = Around{std::move(reason), skeleton_.text(), document_line_, document_offset_};
  }

  void hand_out_around(Origin& origin) {
    origin.bytes = Buffer(around_->text.size());
    std::memcpy(origin.bytes.bytes(), around_->text.data(), around_->text.size());
    std::memset(origin.bytes.bytes() + around_->text.size(), 0, kBufferSlack);
    origin.begin = {0};
    origin.end = {static_cast<uint32_t>(around_->text.size())};
    origin.line = {around_->line};
    origin.offset = {around_->offset};
    origin.damaged = {{0, std::move(around_->reason)}};
    around_.reset();
  }

  // One element or top value that begins at `at`, or (kTooLong) the rest of one; gives what is behind it, or nullptr
  // when its end has not come.
  const char* element(Origin& origin, const char* at, bool last) {
    const size_t bytes_max = feed_.options().record_bytes_max;
    const char* from = at + scanned_;
    const char* stop = nullptr;
    if (on_line_ && where_ != Where::kArray) {
      stop = static_cast<const char*>(std::memchr(from, '\n', static_cast<size_t>(limit_ - from)));
      if (stop == nullptr && last) stop = limit_;
    } else {
      stop = scan_.find_end(from, limit_);
    }
    const auto held = static_cast<size_t>((stop == nullptr ? limit_ : stop) - at);
    if (where_ == Where::kTooLong || held > bytes_max) return too_long(at, stop, held);
    if (stop == nullptr) {
      scanned_ = held;
      return nullptr;
    }
    const char* end = stop;
    while (end > at && is_space(end[-1])) --end;
    add(origin, at, end, at == end ? "a record is missing in front of a comma or bracket" : "");
    return behind(stop);
  }

  // Keeps the beginning of a record over the limit, then counts the rest of it.
  const char* too_long(const char* at, const char* stop, size_t held) {
    if (where_ != Where::kTooLong) {
      was_ = where_;
      where_ = Where::kTooLong;
      dropped_ = 0;
      // Kept apart until its length is known.
      long_ = {"", std::string(at, feed_.options().record_bytes_max), line_of(at), offset_of(at)};
    }
    dropped_ += held;
    scanned_ = 0;
    if (stop == nullptr) return limit_;
    where_ = was_;
    long_.reason =
        fmt::format("the record has {} bytes, the limit is {}; its beginning is kept here, all of it is in the source",
                    dropped_, feed_.options().record_bytes_max);
    around_ = std::exchange(long_, {});
    return behind(stop);
  }

  const char* behind(const char* stop) {
    scanned_ = 0;
    first_ = false;
    if (where_ == Where::kValue) {
      where_ = Where::kBetween;
      on_line_ = false;
      return stop;
    }
    if (*stop == ']') array_ends();
    return stop + 1;
  }

  void array_ends() {
    where_ = Where::kBetween;
    if (!nested_) return;
    skeleton_.records_ended();
    where_ = Where::kAround;
  }

  // The stream has ended: whatever is open is a broken record.
  void end(Origin& origin, size_t& used) {
    auto cut_short = feed_.take_cut_short();
    if (where_ == Where::kBetween && !cut_short) return;
    const std::string reason = cut_short ? *cut_short : "the file ends inside a document";
    const Where where = std::exchange(where_, Where::kBetween);
    const char* at = base_ + used;
    used = static_cast<size_t>(limit_ - base_);
    scanned_ = 0;
    if (where == Where::kAround) {
      set_around(reason);
    } else if (where == Where::kTooLong) {
      long_.reason = reason;
      around_ = std::exchange(long_, {});
    } else {
      add(origin, at, limit_, reason);
    }
  }

  void add(Origin& origin, const char* begin, const char* end, std::string damage) {
    if (!damage.empty()) origin.damaged.push_back({static_cast<uint32_t>(origin.begin.size()), std::move(damage)});
    origin.begin.push_back(static_cast<uint32_t>(begin - base_));
    origin.end.push_back(static_cast<uint32_t>(end - base_));
    origin.line.push_back(line_of(begin));
    origin.offset.push_back(offset_of(begin));
  }

  uint64_t line_of(const char* at) {
    counted_line_ += count_newlines(counted_, at);
    counted_ = at;
    return counted_line_;
  }
  uint64_t offset_of(const char* at) const { return feed_.offset() + static_cast<uint64_t>(at - base_); }

  Feed feed_;
  bool nested_;
  DocumentSkeleton skeleton_;
  ElementScan scan_;
  Where where_ = Where::kBetween;
  bool first_ = true;     // in an array: nothing has come yet
  bool on_line_ = false;  // a value that is no object: it ends with its line
  size_t scanned_ = 0;    // bytes of the element that have been looked through
  uint64_t document_line_ = 1;
  uint64_t document_offset_ = 0;
  std::optional<Around> around_;
  // Of a record over the limit.
  Where was_ = Where::kArray;
  Around long_;
  uint64_t dropped_ = 0;
  // Of the piece being scanned.
  const char* base_ = nullptr;
  const char* limit_ = nullptr;
  const char* counted_ = nullptr;
  uint64_t counted_line_ = 1;
};

// A stream whose beginning has been looked at.
class BegunStream final : public ByteStream {
 public:
  BegunStream(std::string begun, std::unique_ptr<ByteStream> rest) : begun_(std::move(begun)), rest_(std::move(rest)) {}
  Result<size_t> read(char* to, size_t bytes) override {
    if (at_ == begun_.size()) return rest_->read(to, bytes);
    const size_t got = std::min(bytes, begun_.size() - at_);
    std::memcpy(to, begun_.data() + at_, got);
    at_ += got;
    return got;
  }
  std::optional<std::string> cut_short() const override { return rest_->cut_short(); }

 private:
  std::string begun_;
  std::unique_ptr<ByteStream> rest_;
  size_t at_ = 0;
};

// An array is a document; an object is one when its first line ends where no line of a JSON lines file can end: in the
// middle of it, and the next line does not begin another.
bool looks_like_document(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  if (text.empty() || text[0] != '{') return !text.empty() && text[0] == '[';
  std::string_view line = text.substr(0, text.find('\n'));
  std::string_view next = text.substr(line.size());
  while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
  while (!next.empty() && is_space(next.front())) next.remove_prefix(1);
  if (next.empty()) return false;
  switch (line.back()) {
    case '{': return next.front() == '"' || next.front() == '}';
    case ',': return next.front() == '"';
    case '[':
    case ':': return true;
    default: return false;
  }
}

// Looks at the beginning when the first records are wanted, not before.
class JsonFraming final : public Framing {
 public:
  JsonFraming(std::unique_ptr<ByteStream> stream, const FramingOptions& options)
      : stream_(std::move(stream)), options_(options) {}

  Result<bool> cut(Origin& origin) override {
    if (found_ == nullptr) TRY_STATUS(detect());
    return found_->cut(origin);
  }

 private:
  Status detect() {
    std::string begun;
    while (begun.size() < kLookedAtBytes) {
      const size_t at = begun.size();
      begun.resize(kLookedAtBytes);
      TRY(got, stream_->read(begun.data() + at, kLookedAtBytes - at));
      begun.resize(at + got);
      if (got == 0) break;
    }
    const bool document = looks_like_document(begun);
    auto stream = std::make_unique<BegunStream>(std::move(begun), std::move(stream_));
    found_ = document ? document_framing(std::move(stream), options_, {}) : line_framing(std::move(stream), options_);
    return {};
  }

  static constexpr size_t kLookedAtBytes = 4096;
  std::unique_ptr<ByteStream> stream_;
  FramingOptions options_;
  std::unique_ptr<Framing> found_;
};

}  // namespace

std::unique_ptr<Framing> document_framing(std::unique_ptr<ByteStream> stream, const FramingOptions& options,
                                          std::vector<std::string> records) {
  return std::make_unique<DocumentFraming>(std::move(stream), options, std::move(records));
}

std::unique_ptr<Framing> json_framing(std::unique_ptr<ByteStream> stream, const FramingOptions& options) {
  return std::make_unique<JsonFraming>(std::move(stream), options);
}

}  // namespace millrace
