#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "data/formats/framing.h"

namespace millrace {

// A stream over a text that gives at most `step` bytes a call, and may end before its time; for tests.
class TextStream final : public ByteStream {
 public:
  explicit TextStream(std::string text, size_t step = SIZE_MAX, std::optional<std::string> cut_short = std::nullopt)
      : text_(std::move(text)), step_(step), cut_short_(std::move(cut_short)) {}
  Result<size_t> read(char* to, size_t bytes) override {
    const size_t got = std::min({bytes, step_, text_.size() - at_});
    if (got > 0) std::memcpy(to, text_.data() + at_, got);
    at_ += got;
    return got;
  }
  std::optional<std::string> cut_short() const override { return cut_short_; }

 private:
  std::string text_;
  size_t step_;
  std::optional<std::string> cut_short_;
  size_t at_ = 0;
};

// A record as a framing gives it; `damage` is empty when it is well.
struct CutRecord {
  std::string bytes;
  uint64_t line = 0;
  uint64_t offset = 0;
  std::string damage;
  bool operator==(const CutRecord&) const = default;
};

inline void PrintTo(const CutRecord& record, std::ostream* out) {  // NOLINT: the name that GoogleTest looks for
  *out << record.line << ":" << record.offset << " <" << record.bytes << "> " << record.damage;
}

inline std::vector<CutRecord> records_of(const Origin& origin) {
  std::vector<CutRecord> records;
  for (size_t i = 0; i < origin.records(); ++i) {
    records.push_back({std::string(origin.record_bytes(i)), origin.line[i], origin.offset[i], ""});
  }
  for (const Origin::Damage& damage : origin.damaged) records[damage.record].damage = damage.reason;
  return records;
}

inline std::vector<CutRecord> cut_to_records(Framing& framing, size_t record_bytes_max = kRecordBytesMax) {
  std::vector<CutRecord> records;
  while (true) {
    Origin origin;
    auto more = framing.cut(origin);
    MILLRACE_ASSERT(more.ok(), more.ok() ? "" : more.error().message());
    if (!*more) return records;
    split_lines(origin, record_bytes_max);
    for (CutRecord& record : records_of(origin)) records.push_back(std::move(record));
  }
}

}  // namespace millrace
