#include <array>
#include <atomic>

#include <fmt/format.h>
#include <unistd.h>

#include "connect/file/file.h"
#include "connect/file/file_format.h"
#include "flow/run/run_id.h"

namespace millrace {
namespace {

constexpr std::string_view kPartial = ".partial-";  // between a file's name and the run that writes it
constexpr std::array<std::string_view, 3> kFormats = {"auto", "json_lines", "csv"};

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "path",
     .kind = FieldKind::kText,
     .summary = "The file to write, relative to the pipeline file; `-` is the standard output.",
     .example = "out/users.jsonl",
     .required = true},
    {.name = "format",
     .kind = FieldKind::kChoice,
     .summary = "How records are written; auto goes by the path's ending (.csv, .tsv; everything else is JSON lines).",
     .default_value = "auto",
     .example = "csv",
     .choices = kFormats},
    {.name = "compression",
     .kind = FieldKind::kChoice,
     .summary = "How the file is compressed; auto goes by the path's ending (.gz, .zst).",
     .default_value = "auto",
     .example = "zstd",
     .choices = kCompressions},
    kDelimiterField,
    kQuoteField,
    {.name = "header",
     .kind = FieldKind::kBool,
     .summary = "CSV: whether the names of the columns stand at the top; true unless said otherwise.",
     .example = "false"},
    kNullField,
});

// What both kinds of file have in common: records to bytes, a header at the beginning, compression.
class BytesSink : public Sink {
 public:
  BytesSink(std::unique_ptr<RecordWriter> writer, Compression compression)
      : writer_(std::move(writer)), compression_(compression) {}

  std::unique_ptr<EncodedRows> encode(const Batch& batch, const Rows& rows) const override {
    Buffer bytes = writer_->write(batch, rows);
    if (compression_ != Compression::kNone) bytes = compress({bytes.as<char>(), bytes.size()}, compression_);
    return std::make_unique<EncodedBytes>(std::move(bytes));
  }

  Status append(std::unique_ptr<EncodedRows> encoded, size_t) override {
    TRY_STATUS(begin());
    return put(static_cast<const EncodedBytes&>(*encoded).view());
  }

 protected:
  // Also without any record, a file has its header, and what is to be decompressed is not empty.
  Status begin() {
    if (std::exchange(begun_, true)) return {};
    const std::string header = writer_->header();
    if (compression_ == Compression::kNone) return header.empty() ? Status() : put(header);
    const Buffer compressed = compress(header, compression_);
    return put({compressed.as<char>(), compressed.size()});
  }
  virtual Status put(std::string_view bytes) = 0;

 private:
  std::unique_ptr<RecordWriter> writer_;
  Compression compression_;
  bool begun_ = false;
};

class FileSink final : public BytesSink {
 public:
  FileSink(std::unique_ptr<RecordWriter> writer, Compression compression, FileSystem& files, std::string path,
           std::string staged, std::unique_ptr<WritableFile> file)
      : BytesSink(std::move(writer), compression),
        files_(files),
        path_(std::move(path)),
        staged_(std::move(staged)),
        file_(std::move(file)) {}

  Status commit() override {
    TRY_STATUS(begin());
    TRY_STATUS(file_->sync());
    // Held until it has its name: another run may not take it for abandoned.
    TRY_STATUS(files_.rename(staged_, path_));
    published_ = true;
    return file_->close();
  }

  bool abandon() override {
    if (published_) return false;
    file_.reset();
    return files_.remove(staged_).ok();
  }

 private:
  Status put(std::string_view bytes) override { return file_->append(bytes); }

  FileSystem& files_;
  std::string path_;
  std::string staged_;
  std::unique_ptr<WritableFile> file_;
  bool published_ = false;
};

class StdoutSink final : public BytesSink {
 public:
  using BytesSink::BytesSink;

  Status commit() override { return begin(); }
  bool abandon() override { return false; }

 private:
  Status put(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return errno_error(errno, "write to", "the standard output");
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }
};

std::string as_pattern(std::string_view path) {
  std::string pattern;
  for (const char c : path) pattern += c == '*' || c == '?' || c == '[' ? fmt::format("[{}]", c) : std::string(1, c);
  return pattern;
}

// What runs that were killed have left of this very file: named by a run, and held by none. A leftover that cannot be
// removed does no harm, so it does not fail the run.
void remove_leftovers(const std::string& path, const RunContext& run) {
  const auto found = run.files->glob(as_pattern(path + std::string(kPartial)) + "*");
  if (!found.ok()) return;
  for (const std::string& file : *found) {
    if (!is_run_id(std::string_view(file).substr(path.size() + kPartial.size()))) continue;
    const auto removed = run.files->remove_abandoned(file);
    if (run.notes == nullptr || (removed.ok() && !*removed)) continue;
    run.notes->push_back(
        removed.ok() ? fmt::format("removed {}, left by a run that was killed", file)
                     : fmt::format("{} is left by a run that was killed, and {}", file, removed.error().message()));
  }
}

class FileSinkPlan final : public SinkPlan {
 public:
  FileSinkPlan(const Settings& settings, FileFormat format) : path_(settings.text("path")), format_(std::move(format)) {
    const std::string& compression = settings.text("compression");
    compression_ = compression == "auto"   ? compression_of_path(path_)
                   : compression == "gzip" ? Compression::kGzip
                   : compression == "zstd" ? Compression::kZstd
                                           : Compression::kNone;
  }

  Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>& columns, const RunContext& run) const override {
    std::vector<WriteColumn> out;
    for (const VisibleColumn& column : columns) {
      out.push_back({column.name, column.type, static_cast<size_t>(column.slot)});
    }
    auto writer = format_.writer(out);
    if (path_ == "-") return std::unique_ptr<Sink>(std::make_unique<StdoutSink>(std::move(writer), compression_));
    const std::string path = join_path(run.directory, path_);
    if (run.files->is_directory(path)) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot write {}: it is a directory; name a file in it", path));
    }
    // Beside its final name, so that the rename is one on the same disk; named by the run, so that two runs do not
    // meet.
    const std::string staged = fmt::format("{}{}{}", path, kPartial, run.run_id);
    // A run that goes on after it was killed has the id that it had.
    (void)run.files->remove_abandoned(staged);
    auto file = run.files->create_held(staged);
    if (!file.ok() && file.error().code() == ErrorCode::kAlreadyExists) {
      return Error(ErrorCode::kAlreadyExists, fmt::format("cannot write {}: another sink of this run does", path));
    }
    if (!file.ok() && file.error().code() == ErrorCode::kNotFound) {
      return Error(ErrorCode::kNotFound,
                   fmt::format("cannot write {}: there is no directory {}; create it with mkdir -p {}", path,
                               directory_of(path), directory_of(path)));
    }
    if (!file.ok()) return file.error();
    remove_leftovers(path, run);
    return std::unique_ptr<Sink>(
        std::make_unique<FileSink>(std::move(writer), compression_, *run.files, path, staged, std::move(*file)));
  }

  std::string place() const override { return path_ == "-" ? "the standard output" : path_; }
  bool is_stdout() const override { return path_ == "-"; }

 private:
  std::string path_;
  FileFormat format_;
  Compression compression_ = Compression::kNone;
};

std::unique_ptr<SinkPlan> make_file_sink(const Settings& settings, const std::vector<VisibleColumn>&, Declarations&,
                                         Diagnostics& diagnostics) {
  auto format = read_file_format(settings, {settings.text("path")}, diagnostics);
  return format ? std::make_unique<FileSinkPlan>(settings, std::move(*format)) : nullptr;
}

}  // namespace

const SinkComponent kFileSink = {
    .about = {.kind = ComponentKind::kSink,
              .name = "file",
              .summary = "Writes records to a file, whole or not at all.",
              .details =
                  "The records are gathered beside the file and take its name at the end of the run, once they are on "
                  "the disk; a run that fails leaves the old file as it was. The standard output gets them at once.",
              .shorthand = "path",
              .fields = kFields,
              .example = "file: out/users.jsonl"},
    .make = make_file_sink};

}  // namespace millrace
