#include "connect/http/page.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace millrace {
namespace {

class BodyStream final : public ByteStream {
 public:
  explicit BodyStream(std::string_view body) : rest_(body) {}
  Result<size_t> read(char* to, size_t bytes) override {
    const size_t got = rest_.copy(to, bytes);
    rest_.remove_prefix(got);
    return got;
  }

 private:
  std::string_view rest_;
};

void append_bytes(Buffer& to, std::string_view bytes) {
  const size_t at = to.size();
  to.reserve(at + bytes.size());
  if (!bytes.empty()) std::memcpy(to.bytes() + at, bytes.data(), bytes.size());
  to.set_size(at + bytes.size());
  std::memset(to.bytes() + to.size(), 0, kBufferSlack);
}

Page unreadable(std::string_view body, size_t record_bytes_max, std::string reason) {
  const std::string_view kept = body.substr(0, record_bytes_max);
  auto origin = std::make_shared<Origin>();
  append_bytes(origin->bytes, kept);
  origin->begin = {0};
  origin->end = {static_cast<uint32_t>(kept.size())};
  origin->line = {1};
  origin->offset = {0};
  origin->damaged = {{0, std::move(reason)}};
  return {.origin = std::move(origin), .facts = {.records = 1, .unreadable = true}};
}

// Whether a text begins as what JSON records are written in does; what stands there else would be taken apart line by
// line.
bool begins_as_json(std::string_view body) {
  const size_t begin = body.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos || body[begin] == '{' || body[begin] == '[';
}

}  // namespace

Result<Page> page_of(std::string_view body, const FileFormat& format, size_t record_bytes_max) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const bool marked = body.starts_with(kByteOrderMark);
  if (format.kind != FileFormat::Kind::kCsv && !begins_as_json(body.substr(marked ? kByteOrderMark.size() : 0))) {
    return unreadable(body, record_bytes_max, "the answer is no JSON");
  }
  const auto framing = format.framing(std::make_unique<BodyStream>(body), "",
                                      {.piece_bytes = body.size() + 1, .record_bytes_max = record_bytes_max});
  TRY(all, cut_all(*framing, record_bytes_max));
  if (all->records() > 0 && all->damaged.size() == all->records()) {
    return unreadable(body, record_bytes_max, all->damaged[0].reason);
  }
  const size_t records = all->records();
  return Page{.origin = std::move(all), .facts = {.records = records}};
}

}  // namespace millrace
