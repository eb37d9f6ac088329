#include <array>
#include <atomic>

#include <fmt/format.h>
#include <unistd.h>

#include "connect/file/file.h"
#include "data/formats/json_writer.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 3> kFormats = {"auto", "json_lines", "csv"};

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "path",
     .kind = FieldKind::kText,
     .summary = "The file to write, relative to the pipeline file; `-` is the standard output.",
     .example = "out/users.jsonl",
     .required = true},
    {.name = "format",
     .kind = FieldKind::kChoice,
     .summary = "How records are written; auto goes by the path's ending (.csv; everything else is JSON lines).",
     .default_value = "auto",
     .example = "csv",
     .choices = kFormats},
});

class FileSink final : public Sink {
 public:
  FileSink(std::unique_ptr<RecordWriter> writer, FileSystem& files, std::string path, std::string staged,
           std::unique_ptr<WritableFile> file)
      : writer_(std::move(writer)),
        files_(files),
        path_(std::move(path)),
        staged_(std::move(staged)),
        file_(std::move(file)) {}

  Buffer encode(const Batch& batch, const Rows& rows) const override { return writer_->write(batch, rows); }

  Status append(Buffer encoded, size_t) override { return file_->append({encoded.as<char>(), encoded.size()}); }

  Status commit() override {
    TRY_STATUS(file_->sync());
    TRY_STATUS(file_->close());
    return files_.rename(staged_, path_);
  }

  bool abandon() override {
    file_.reset();
    return files_.remove(staged_).ok();
  }

 private:
  std::unique_ptr<RecordWriter> writer_;
  FileSystem& files_;
  std::string path_;
  std::string staged_;
  std::unique_ptr<WritableFile> file_;
};

class StdoutSink final : public Sink {
 public:
  explicit StdoutSink(std::unique_ptr<RecordWriter> writer) : writer_(std::move(writer)) {}

  Buffer encode(const Batch& batch, const Rows& rows) const override { return writer_->write(batch, rows); }

  Status append(Buffer encoded, size_t) override {
    const char* at = encoded.as<char>();
    size_t left = encoded.size();
    while (left > 0) {
      const ssize_t put = ::write(STDOUT_FILENO, at, left);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return errno_error(errno, "write to", "the standard output");
      at += put;
      left -= static_cast<size_t>(put);
    }
    return {};
  }
  Status commit() override { return {}; }
  bool abandon() override { return false; }

 private:
  std::unique_ptr<RecordWriter> writer_;
};

class FileSinkPlan final : public SinkPlan {
 public:
  explicit FileSinkPlan(const Settings& settings) : path_(settings.text("path")), format_(settings.text("format")) {}

  Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>& columns, const RunContext& run) const override {
    std::vector<WriteColumn> out;
    for (const VisibleColumn& column : columns)
      out.push_back({column.name, column.type, static_cast<size_t>(column.slot)});
    std::unique_ptr<RecordWriter> writer = std::make_unique<JsonWriter>(out);
    if (path_ == "-") return std::unique_ptr<Sink>(std::make_unique<StdoutSink>(std::move(writer)));
    const std::string path = join_path(run.directory, path_);
    // Beside its final name, so that the rename is one on the same disk; named by the run, so that two runs do not
    // meet.
    const std::string staged = fmt::format("{}.partial-{}", path, run.run_id);
    TRY(file, run.files->create(staged));
    return std::unique_ptr<Sink>(
        std::make_unique<FileSink>(std::move(writer), *run.files, path, staged, std::move(file)));
  }

  std::string place() const override { return path_ == "-" ? "the standard output" : path_; }
  bool is_stdout() const override { return path_ == "-"; }

 private:
  std::string path_;
  std::string format_;
};

std::unique_ptr<SinkPlan> make_file_sink(const Settings& settings, const std::vector<VisibleColumn>&, Diagnostics&) {
  return std::make_unique<FileSinkPlan>(settings);
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
