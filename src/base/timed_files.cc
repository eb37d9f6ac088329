#include "base/timed_files.h"

#include <utility>

#include "base/clock.h"

namespace millrace {
namespace {

template <typename Sync>
Status timed(Histogram& syncs, Sync sync) {
  const SystemClock clock;
  const int64_t begin_us = clock.monotonic_us();
  Status status = sync();
  syncs.observe_us(clock.monotonic_us() - begin_us);
  return status;
}

class TimedLog final : public LogFile {
 public:
  TimedLog(std::unique_ptr<LogFile> file, Histogram& syncs) : file_(std::move(file)), syncs_(syncs) {}
  Result<size_t> read_at(uint64_t position, char* to, size_t bytes) override {
    return file_->read_at(position, to, bytes);
  }
  Status append(std::string_view bytes) override { return file_->append(bytes); }
  Status truncate(uint64_t bytes) override { return file_->truncate(bytes); }
  Status sync() override {
    return timed(syncs_, [this] { return file_->sync(); });
  }

 private:
  std::unique_ptr<LogFile> file_;
  Histogram& syncs_;
};

class TimedFile final : public WritableFile {
 public:
  TimedFile(std::unique_ptr<WritableFile> file, Histogram& syncs) : file_(std::move(file)), syncs_(syncs) {}
  Status append(std::string_view bytes) override { return file_->append(bytes); }
  Status sync() override {
    return timed(syncs_, [this] { return file_->sync(); });
  }
  Status close() override { return file_->close(); }

 private:
  std::unique_ptr<WritableFile> file_;
  Histogram& syncs_;
};

class TimedFiles final : public FileSystem {
 public:
  TimedFiles(FileSystem& files, Histogram& syncs) : files_(files), syncs_(syncs) {}

  Result<std::unique_ptr<ByteStream>> open(const std::string& path) override { return files_.open(path); }
  Result<uint64_t> size(const std::string& path) override { return files_.size(path); }
  bool is_directory(const std::string& path) override { return files_.is_directory(path); }
  Result<std::vector<std::string>> glob(const std::string& pattern) override { return files_.glob(pattern); }

  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    TRY(file, files_.create(path));
    return std::unique_ptr<WritableFile>(std::make_unique<TimedFile>(std::move(file), syncs_));
  }
  Result<std::unique_ptr<WritableFile>> create_held(const std::string& path) override {
    TRY(file, files_.create_held(path));
    return std::unique_ptr<WritableFile>(std::make_unique<TimedFile>(std::move(file), syncs_));
  }
  Result<bool> remove_abandoned(const std::string& path) override { return files_.remove_abandoned(path); }
  Status rename(const std::string& from, const std::string& to) override { return files_.rename(from, to); }
  Status remove(const std::string& path) override { return files_.remove(path); }

  Result<std::unique_ptr<LogFile>> open_log(const std::string& path, OpenLog mode) override {
    TRY(file, files_.open_log(path, mode));
    return std::unique_ptr<LogFile>(std::make_unique<TimedLog>(std::move(file), syncs_));
  }
  Result<std::vector<std::string>> list(const std::string& directory) override { return files_.list(directory); }
  Status make_directory(const std::string& path) override { return files_.make_directory(path); }
  Status remove_directory(const std::string& path) override { return files_.remove_directory(path); }
  Status sync_directory(const std::string& path) override {
    return timed(syncs_, [&] { return files_.sync_directory(path); });
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override { return files_.lock(path); }

 private:
  FileSystem& files_;
  Histogram& syncs_;
};

}  // namespace

std::unique_ptr<FileSystem> timed_files(FileSystem& files, Histogram& syncs) {
  return std::make_unique<TimedFiles>(files, syncs);
}

}  // namespace millrace
