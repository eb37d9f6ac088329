#include "cli/sampled_file.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "data/formats/compression.h"
#include "data/utf8.h"

namespace millrace {
namespace {

constexpr size_t kHeadBytes = 64 << 10;          // what is looked at to tell the format
constexpr size_t kDocumentBytesMax = 256 << 20;  // a document is one record until it is known where its records are
constexpr std::array<char, 4> kDelimiters = {',', ';', '\t', '|'};
constexpr std::array<std::string_view, 6> kNullWords = {"NULL", "null", "NA", "N/A", "\\N", "None"};

// A stream whose beginning has been read already.
class PeekedStream final : public ByteStream {
 public:
  explicit PeekedStream(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {}

  Result<std::string_view> peek(size_t bytes) {
    head_.resize(bytes);
    size_t have = 0;
    while (have < bytes) {
      TRY(got, stream_->read(head_.data() + have, bytes - have));
      if (got == 0) break;
      have += got;
    }
    head_.resize(have);
    return std::string_view(head_);
  }
  Result<size_t> read(char* to, size_t bytes) override {
    if (given_ == head_.size()) return stream_->read(to, bytes);
    const size_t got = std::string_view(head_).substr(given_).copy(to, bytes);
    given_ += got;
    return got;
  }
  std::optional<std::string> cut_short() const override { return stream_->cut_short(); }

 private:
  std::unique_ptr<ByteStream> stream_;
  std::string head_;
  size_t given_ = 0;
};

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view one) { return text.ends_with(one); });
}

bool is_json(std::string_view head, std::string_view path) {
  const std::string_view plain = without_compression_ending(path);
  if (ends_with_any(plain, {".json", ".jsonl", ".ndjson"})) return true;
  if (ends_with_any(plain, {".csv", ".tsv"})) return false;
  const size_t first = head.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return first != std::string_view::npos && (head[first] == '{' || head[first] == '[');
}

// Up to the first line break that is outside of quotes.
std::string_view first_csv_line(std::string_view head) {
  bool quoted = false;
  for (size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '"') quoted = !quoted;
    if (!quoted && (head[i] == '\n' || head[i] == '\r')) return head.substr(0, i);
  }
  return head;
}

// The one that comes most often in the first line, outside of quotes.
char delimiter_of(std::string_view line) {
  std::array<size_t, kDelimiters.size()> counts{};
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    const auto* found = std::find(kDelimiters.begin(), kDelimiters.end(), c);
    if (!quoted && found != kDelimiters.end()) ++counts[static_cast<size_t>(found - kDelimiters.begin())];
  }
  return kDelimiters[static_cast<size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

struct CsvValue {
  std::string text;
  bool quoted = false;
};
using CsvRecord = std::vector<CsvValue>;

CsvRecord read_record(std::string_view record, const CsvDialect& dialect) {
  std::vector<CsvField> fields;
  std::string scratch;
  CsvRecord out;
  split_csv(record, dialect, fields);
  for (const CsvField& field : fields) {
    out.push_back({std::string(csv_text(record, field, dialect, scratch)), field.quoted});
  }
  return out;
}

// A word that stands for null, when no field is empty and only this one of the usual words comes.
std::string null_word_of(const std::vector<CsvRecord>& records) {
  std::map<std::string_view, size_t> seen;
  for (const CsvRecord& record : records) {
    for (const CsvValue& value : record) {
      if (value.quoted) continue;
      if (value.text.empty()) return "";
      if (std::find(kNullWords.begin(), kNullWords.end(), value.text) != kNullWords.end()) ++seen[value.text];
    }
  }
  return seen.size() == 1 ? std::string(seen.begin()->first) : "";
}

Error nothing(const std::string& path, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("{} {}, so there is nothing to go by", path, why)};
}

class CsvSampler {
 public:
  CsvSampler(std::string path, uint64_t records_max) : path_(std::move(path)), records_max_(records_max) {}

  Result<SampledFile> run(std::unique_ptr<ByteStream> stream, std::string_view head) {
    CsvDialect& dialect = out_.format.csv;
    dialect.delimiter = delimiter_of(first_csv_line(head));
    dialect.header = false;  // the first record is looked at like any other
    out_.format.kind = FileFormat::Kind::kCsv;
    const auto framing = csv_framing(std::move(stream), {}, dialect);
    while (records_.size() <= records_max_) {
      Origin origin;
      TRY(more, framing->cut(origin));
      if (!more) break;
      take(origin);
    }
    if (records_.empty()) return nothing(path_, "has no CSV record");
    name_columns();
    if (records_.empty()) return nothing(path_, "has no record behind its header");
    count();
    if (out_.sample.records == 0) return nothing(path_, "has no record with as many fields as the first");
    return std::move(out_);
  }

 private:
  void take(const Origin& origin) {
    for (uint32_t i = 0; i < origin.records() && records_.size() <= records_max_; ++i) {
      const auto of_record = [&](const Origin::Damage& damage) { return damage.record == i; };
      if (std::any_of(origin.damaged.begin(), origin.damaged.end(), of_record)) {
        ++out_.sample.broken;
      } else {
        records_.push_back(read_record(origin.record_bytes(i), out_.format.csv));
      }
    }
  }

  // The first record is a header unless there is a value in it.
  void name_columns() {
    const CsvRecord& first = records_[0];
    const auto is_name = [](const CsvValue& value) { return !value.text.empty() && !is_value(value.text); };
    out_.format.csv.header = std::all_of(first.begin(), first.end(), is_name);
    for (size_t i = 0; i < first.size(); ++i) {
      names_.push_back(out_.format.csv.header ? first[i].text : fmt::format("column_{}", i + 1));
    }
    if (out_.format.csv.header) records_.erase(records_.begin());
    if (records_.size() > records_max_) records_.pop_back();
    if (!out_.format.csv.header) out_.format.csv.names = names_;
  }

  void count() {
    CsvDialect& dialect = out_.format.csv;
    dialect.null_text = null_word_of(records_);
    for (CsvRecord& record : records_) {
      if (record.size() != names_.size()) {
        ++out_.sample.broken;
        continue;
      }
      std::vector<std::optional<std::string>> fields;
      for (CsvValue& value : record) {
        const bool null = !value.quoted && value.text == dialect.null_text;
        fields.push_back(null ? std::nullopt : std::optional(std::move(value.text)));
      }
      add_fields(names_, fields, out_.sample);
    }
  }

  std::string path_;
  uint64_t records_max_;
  std::vector<CsvRecord> records_;
  std::vector<std::string> names_;
  SampledFile out_;
};

Result<SampledFile> sample_json(std::unique_ptr<ByteStream> stream, const std::string& path, uint64_t records_max) {
  SampledFile out;
  Sample& sample = out.sample;
  std::string only;  // the record, as long as there is just one
  const auto framing =
      out.format.framing(std::move(stream), without_compression_ending(path), {.record_bytes_max = kDocumentBytesMax});
  while (sample.records + sample.broken < records_max) {
    Origin origin;
    TRY(more, framing->cut(origin));
    if (!more) break;
    split_lines(origin, kDocumentBytesMax);
    for (size_t i = 0; i < origin.records() && sample.records + sample.broken < records_max; ++i) {
      only = sample.records + sample.broken == 0 ? std::string(origin.record_bytes(i)) : "";
      add_record(origin.record_bytes(i), sample);
    }
  }
  if (sample.records == 0) return nothing(path, "has no JSON object");
  const bool lines = ends_with_any(without_compression_ending(path), {".jsonl", ".ndjson"});
  if (only.empty() || lines) return out;
  if (const auto below = records_path(sample)) {
    out = {};
    out.format = {.kind = FileFormat::Kind::kJsonDocument, .records = *below};
    add_records_below(only, *below, records_max, out.sample);
  }
  return out;
}

}  // namespace

Result<SampledFile> sample_file(FileSystem& files, const std::string& path, uint64_t records_max) {
  TRY(file, files.open(path));
  auto stream = std::make_unique<PeekedStream>(decompress_detected(std::move(file), compression_of_path(path)));
  TRY(head_view, stream->peek(kHeadBytes));
  const std::string head(head_view);
  if (head.find_first_not_of(" \t\r\n") == std::string::npos) return nothing(path, "is empty");
  if (is_json(head, path)) return sample_json(std::move(stream), path, records_max);
  const size_t flaw = find_utf8_flaw(head).at;
  const bool cut_inside = flaw != std::string::npos && flaw + 4 > kHeadBytes;  // a character that goes on behind it
  if (head.find('\0') != std::string::npos || (flaw != std::string::npos && !cut_inside)) {
    return nothing(path, "is not UTF-8 text");
  }
  return CsvSampler(path, records_max).run(std::move(stream), head);
}

}  // namespace millrace
