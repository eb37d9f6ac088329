#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "connect/file/file.h"
#include "connect/file/file_format.h"
#include "connect/file/given_csv.h"
#include "data/formats/csv_reader.h"
#include "data/formats/feed.h"
#include "data/formats/record_readers.h"
#include "flow/intake.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 4> kFormats = {"auto", "json_lines", "json", "csv"};

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "path",
     .kind = FieldKind::kTexts,
     .summary = "A file, or a list of them; * ? and [..] match several; relative to the pipeline file; `-` is the "
                "standard input.",
     .example = "data/users-*.jsonl",
     .required = true},
    {.name = "format",
     .kind = FieldKind::kChoice,
     .summary =
         "How records are written; auto goes by the path's ending (.csv, .tsv, .jsonl) and for JSON by how a file "
         "begins: an object a line, an array of records, or one record.",
     .default_value = "auto",
     .example = "json_lines",
     .choices = kFormats},
    {.name = "compression",
     .kind = FieldKind::kChoice,
     .summary = "How the file is compressed; auto goes by its first bytes, else by the path's ending (.gz, .zst).",
     .default_value = "auto",
     .example = "gzip",
     .choices = kCompressions},
    {.name = "records",
     .kind = FieldKind::kText,
     .summary = "JSON documents: the path to the array of records; the document itself unless said otherwise.",
     .example = "data.items"},
    kDelimiterField,
    kQuoteField,
    kEscapeField,
    {.name = "header",
     .kind = FieldKind::kBool,
     .summary =
         "CSV: whether the first record names the columns; true unless said otherwise. Without it, `columns` names "
         "them all, in their order.",
     .example = "false"},
    kNullField,
    {.name = "record_max",
     .kind = FieldKind::kBytes,
     .summary = "A longer record goes to quarantine.",
     .default_value = "16MB",
     .example = "1MB",
     .min = 1024,
     .max = int64_t{1} << 30},
    {.name = "columns",
     .kind = FieldKind::kColumnTypes,
     .summary = "Types of columns; what is not named here is read as a string.",
     .example = "{ dob.age: int, tags: array<string> }"},
});

// The file as it lies on the disk; its bytes are counted for the progress bar.
class CountedStream final : public ByteStream {
 public:
  CountedStream(std::unique_ptr<ByteStream> stream, uint64_t& bytes) : stream_(std::move(stream)), bytes_(bytes) {}
  Result<size_t> read(char* to, size_t bytes) override {
    TRY(got, stream_->read(to, bytes));
    bytes_ += got;
    return got;
  }
  std::optional<std::string> cut_short() const override { return stream_->cut_short(); }

 private:
  std::unique_ptr<ByteStream> stream_;
  uint64_t& bytes_;
};

class GivenBytes final : public ByteStream {
 public:
  explicit GivenBytes(std::string_view bytes) : bytes_(bytes) {}
  Result<size_t> read(char* to, size_t bytes) override {
    const size_t got = bytes_.copy(to, bytes);
    bytes_.remove_prefix(got);
    return got;
  }

 private:
  std::string_view bytes_;
};

std::unique_ptr<ByteStream> uncompressed(std::unique_ptr<ByteStream> stream, std::string_view compression,
                                         std::string_view path) {
  if (compression == "auto") return decompress_detected(std::move(stream), compression_of_path(path));
  if (compression == "none") return stream;
  return decompress(std::move(stream), compression == "gzip" ? Compression::kGzip : Compression::kZstd);
}

class FileSource final : public Source {
 public:
  struct Options {
    std::vector<std::string> paths;
    FileFormat format;
    FramingOptions framing;
    std::string compression;
    uint64_t bytes_total = 0;
    std::optional<std::string> given;  // what the file holds, instead of what is on the disk: a test case
  };
  FileSource(Options options, const Slots& slots, RunContext run)
      : options_(std::move(options)),
        slots_(slots),
        run_(std::move(run)),
        columns_(columns_to_read(slots)),
        readers_([this] { return options_.format.reader(columns_); }) {}

  Result<std::optional<SourcePiece>> next() override {
    while (true) {
      if (framing_ == nullptr) {
        if (next_path_ == options_.paths.size()) return std::optional<SourcePiece>();
        TRY_STATUS(open_next());
      }
      auto origin = std::make_shared<Origin>();
      const std::string& path = options_.paths[next_path_];
      origin->source = path == "-" ? "stdin" : path;
      origin->format = options_.format.name();
      auto cut = framing_->cut(*origin);
      if (!cut.ok()) return cut.error().with_context(origin->source);
      if (!*cut) {
        framing_.reset();
        ++next_path_;
        continue;
      }
      if (auto status = check_header(*origin); !status.ok()) return status.error().with_context(origin->source);
      if (!is_new(*origin)) continue;
      origin->ingested_at_us = run_.clock->wall_us();
      origin->run_id = run_.run_id;
      const uint64_t end = end_of(*origin);
      const uint64_t stamps = run_.transaction == nullptr ? 0 : records_at_most(*origin);
      return std::optional(SourcePiece{.origin = std::move(origin),
                                       .bytes_read = std::exchange(bytes_read_, uint64_t{0}),
                                       .part = path == "-" ? "" : part_of(path),
                                       .next = end,
                                       .stamps = stamps});
    }
  }

  Batch decode(SourcePiece piece, Passage& passage) const override {
    split_lines(*piece.origin, options_.framing.record_bytes_max);
    ReadOutcome outcome = readers_.read(*piece.origin);
    return take_in(std::move(piece.origin), std::move(outcome), slots_, passage);
  }

  uint64_t bytes_total() const override { return options_.bytes_total; }

 private:
  // A part of the source is a file, named as seen from the pipeline file.
  std::string part_of(const std::string& path) const {
    const std::string prefix = join_path(run_.directory, "");
    return path.starts_with(prefix) ? path.substr(prefix.size()) : path;
  }

  // The place behind all of its records.
  static uint64_t end_of(const Origin& origin) {
    if (origin.begin.empty()) return origin.offset[0] + origin.bytes.size();  // lines, not split so far
    return origin.offset.back() + std::max<uint64_t>(origin.end.back() - origin.begin.back(), 1);
  }

  static uint64_t records_at_most(const Origin& origin) {
    const char* const bytes = origin.bytes.as<char>();
    return origin.begin.empty() ? count_newlines(bytes, bytes + origin.bytes.size()) + 1 : origin.records();
  }

  // Leaves only what an earlier run has not read; false when that is nothing.
  bool is_new(Origin& origin) const {
    if (resume_at_ == 0) return true;
    if (end_of(origin) <= resume_at_) return false;
    split_lines(origin, options_.framing.record_bytes_max);
    const auto old = static_cast<size_t>(std::lower_bound(origin.offset.begin(), origin.offset.end(), resume_at_) -
                                         origin.offset.begin());
    if (old == origin.offset.size()) return false;
    const auto forget = [old](auto& values) {
      values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(old));
    };
    forget(origin.begin);
    forget(origin.end);
    forget(origin.line);
    forget(origin.offset);
    std::erase_if(origin.damaged, [&](const Origin::Damage& damage) { return damage.record < old; });
    for (Origin::Damage& damage : origin.damaged) damage.record -= static_cast<uint32_t>(old);
    return true;
  }

  Status open_next() {
    const std::string& path = options_.paths[next_path_];
    if (options_.given) {
      framing_ = options_.format.framing(std::make_unique<GivenBytes>(*options_.given), path, options_.framing);
      return {};
    }
    resume_at_ = 0;
    if (run_.transaction != nullptr) {
      const Position& position = run_.transaction->resumed_from().position;
      if (const auto read = position.find(part_of(path)); read != position.end()) resume_at_ = read->second.next;
    }
    TRY(file, run_.files->open(path));
    auto counted = std::make_unique<CountedStream>(std::move(file), bytes_read_);
    auto stream = uncompressed(std::move(counted), options_.compression, path);
    framing_ = options_.format.framing(std::move(stream), path, options_.framing);
    return {};
  }

  // Once per file: its records all have the same header.
  Status check_header(const Origin& origin) {
    if (origin.header == nullptr || origin.header == header_) return {};
    header_ = origin.header;
    return check_csv_columns(columns_, *header_);
  }

  // Constant after construction.
  Options options_;
  const Slots& slots_;
  RunContext run_;
  std::vector<ReadColumn> columns_;

  // Touched by next() only.
  size_t next_path_ = 0;
  std::unique_ptr<Framing> framing_;
  std::shared_ptr<const std::vector<std::string>> header_;
  uint64_t bytes_read_ = 0;  // since the last piece
  uint64_t resume_at_ = 0;   // of the open file: what is in front of it has been read by an earlier run

  RecordReaders readers_;
};

class FileSourcePlan final : public SourcePlan {
 public:
  FileSourcePlan(const Settings& settings, FileFormat format, SourceSchema schema)
      : paths_(settings.texts("path")),
        format_(std::move(format)),
        record_bytes_max_(static_cast<size_t>(settings.bytes("record_max"))),
        compression_(settings.text("compression")),
        schema_(std::move(schema)) {}

  SourceSchema schema() const override { return schema_; }
  std::string place() const override { return fmt::format("{}", fmt::join(paths_, ", ")); }

  Result<std::unique_ptr<Source>> open(const Slots& slots, const RunContext& run) const override {
    FileSource::Options options{.format = format_,
                                .framing = {.piece_bytes = run.piece_bytes, .record_bytes_max = record_bytes_max_},
                                .compression = compression_};
    bool size_known = true;
    for (const std::string& pattern : paths_) {
      TRY(found, run.files->glob(join_path(run.directory, pattern)));
      for (std::string& path : found) {
        if (run.files->is_directory(path)) {
          return Error(
              ErrorCode::kInvalidArgument,
              fmt::format("cannot read {0}: it is a directory; name the files in it, for example {0}/*", path));
        }
        if (path == "-") {
          size_known = false;
        } else {
          TRY(size, run.files->size(path));
          options.bytes_total += size;
        }
        options.paths.push_back(std::move(path));
      }
    }
    if (!size_known) options.bytes_total = 0;
    return std::unique_ptr<Source>(std::make_unique<FileSource>(std::move(options), slots, run));
  }

  Result<std::unique_ptr<Source>> open_given(const std::vector<Node>& records, const Slots& slots,
                                             const RunContext& run) const override {
    if (format_.kind != FileFormat::Kind::kCsv) return SourcePlan::open_given(records, slots, run);
    TRY(bytes, given_csv(records, csv_columns(schema_, slots), format_.csv));
    FileSource::Options options{.paths = {"given"},
                                .format = format_,
                                .framing = {.piece_bytes = run.piece_bytes, .record_bytes_max = record_bytes_max_},
                                .given = std::move(bytes)};
    return std::unique_ptr<Source>(std::make_unique<FileSource>(std::move(options), slots, run));
  }

 private:
  std::vector<std::string> paths_;
  FileFormat format_;
  size_t record_bytes_max_;
  std::string compression_;
  SourceSchema schema_;
};

std::unique_ptr<SourcePlan> make_file_source(const Settings& settings, Declarations&, Diagnostics& diagnostics) {
  auto format = read_file_format(settings, settings.texts("path"), diagnostics);
  if (!format) return nullptr;
  auto schema = read_columns(settings, *format, diagnostics);
  if (!schema) return nullptr;
  return std::make_unique<FileSourcePlan>(settings, std::move(*format), *std::move(schema));
}

}  // namespace

const SourceComponent kFileSource = {
    .about = {.kind = ComponentKind::kSource,
              .name = "file",
              .summary = "Reads records from files or from the standard input.",
              .details = "A record that cannot be read goes to quarantine with its bytes; the records around it go on.",
              .shorthand = "path",
              .fields = kFields,
              .example = "file: { path: data/users.jsonl, columns: { dob.age: int } }"},
    .make = make_file_source};

}  // namespace millrace
