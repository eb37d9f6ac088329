#include "store/tables/disk.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <rocksdb/file_system.h>

#include "base/files.h"
#include "store/tables/rocks.h"

namespace millrace {
namespace {

constexpr int kExitDiskFailed = 74;  // EX_IOERR of sysexits.h
constexpr int kFileMode = 0644;

bool is_full(int error) { return error == ENOSPC || error == EDQUOT; }

// What every file of one store shares.
class Disk {
 public:
  explicit Disk(DiskOptions options) : options_(std::move(options)) {
    calls_ = options_.calls != nullptr ? options_.calls : &system_calls_;
  }

  // -1 and errno when the file cannot be there for a reason other than the disk: RocksDB tells its caller.
  int create(const std::string& path, int flags) {
    int refused = 0;
    const int64_t fd = retry(path, "create", [&]() -> int64_t {
      const int got = calls_->create(path.c_str(), flags);
      if (got >= 0 || errno == EINTR || errno == EIO || is_full(errno)) return got;
      refused = errno;
      return 0;
    });
    errno = refused;
    return refused != 0 ? -1 : static_cast<int>(fd);
  }
  void write(int fd, const std::string& path, const char* bytes, size_t size) {
    while (size > 0) {
      const int64_t put = retry(path, "write", [&] { return calls_->write(fd, bytes, size); });
      bytes += put;
      size -= static_cast<size_t>(put);
    }
  }
  DiskCalls& calls() { return *calls_; }
  void sync(int fd, const std::string& path, bool directory = false) {
    while (calls_->sync(fd, directory) != 0) {
      if (errno != EINTR) fail(errno, "sync", path);
    }
  }
  void sync_directory_of(const std::string& path) {
    const std::string directory = directory_of(path);
    const int fd = calls_->open_directory(directory.c_str());
    if (fd < 0) fail(errno, "open", directory);
    sync(fd, directory, true);
    calls_->close(fd);
  }
  [[noreturn]] void fail(int error, std::string_view action, const std::string& path) {
    fail_disk(options_, errno_error(error, action, path));
  }

  // Until the call succeeds or the disk has failed.
  template <typename Call>
  int64_t retry(const std::string& path, std::string_view action, Call&& call) {
    int64_t waited_us = 0;
    bool waiting = false;
    while (true) {
      const int64_t outcome = call();
      if (outcome >= 0) {
        if (waiting)
          tell({.waiting = false, .path = path, .message = "the disk has room again", .waited_us = waited_us});
        return outcome;
      }
      if (errno == EINTR) continue;
      if (!is_full(errno)) fail(errno, action, path);
      if (!waiting) {
        waiting = true;
        tell({.waiting = true,
              .path = path,
              .message = fmt::format("the disk is full: {} waits; make room and it goes on by itself", path)});
      }
      std::this_thread::sleep_for(std::chrono::microseconds(options_.retry_interval_us));
      waited_us += options_.retry_interval_us;
    }
  }

 private:
  void tell(const DiskStatus& status) const {
    if (options_.on_status) options_.on_status(status);
  }

  DiskOptions options_;
  DiskCalls system_calls_;
  DiskCalls* calls_;
};

class WaitingFile final : public rocksdb::FSWritableFile {
 public:
  WaitingFile(std::shared_ptr<Disk> disk, std::string path, int fd, uint64_t size)
      : disk_(std::move(disk)), path_(std::move(path)), fd_(fd), size_(size) {}
  WaitingFile(const WaitingFile&) = delete;
  WaitingFile& operator=(const WaitingFile&) = delete;
  ~WaitingFile() override {
    if (fd_ >= 0) disk_->calls().close(fd_);
  }

  using rocksdb::FSWritableFile::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    disk_->write(fd_, path_, data.data(), data.size());
    size_ += data.size();
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Truncate(uint64_t size, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    if (disk_->calls().truncate(fd_, size) != 0) disk_->fail(errno, "truncate", path_);
    size_ = size;
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Close(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    const int fd = fd_;
    fd_ = -1;
    if (fd >= 0 && disk_->calls().close(fd) != 0) disk_->fail(errno, "close", path_);
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Flush(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    disk_->sync(fd_, path_);
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus RangeSync(uint64_t offset, uint64_t bytes, const rocksdb::IOOptions&,
                              rocksdb::IODebugContext*) override {
    // Only a hint to begin; Sync() is what counts, so its failure is not one.
    disk_->calls().begin_sync(fd_, offset, bytes);
    return rocksdb::IOStatus::OK();
  }
  bool IsSyncThreadSafe() const override { return true; }
  uint64_t GetFileSize(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return size_; }

 private:
  std::shared_ptr<Disk> disk_;
  std::string path_;
  int fd_;
  uint64_t size_;
};

class WaitingDirectory final : public rocksdb::FSDirectory {
 public:
  WaitingDirectory(std::shared_ptr<Disk> disk, std::string path, int fd)
      : disk_(std::move(disk)), path_(std::move(path)), fd_(fd) {}
  WaitingDirectory(const WaitingDirectory&) = delete;
  WaitingDirectory& operator=(const WaitingDirectory&) = delete;
  ~WaitingDirectory() override {
    if (fd_ >= 0) disk_->calls().close(fd_);
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    disk_->sync(fd_, path_, true);
    return rocksdb::IOStatus::OK();
  }

 private:
  std::shared_ptr<Disk> disk_;
  std::string path_;
  int fd_;
};

rocksdb::IOStatus refused(const std::string& path) {
  return rocksdb::IOStatus::IOError(path, std::generic_category().message(errno));
}

class WaitingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit WaitingFileSystem(const DiskOptions& options)
      : FileSystemWrapper(options.files != nullptr ? options.files : rocksdb::FileSystem::Default()),
        disk_(std::make_shared<Disk>(options)) {}
  const char* Name() const override { return "millrace.waiting"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext*) override {
    const int fd = disk_->create(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
    if (fd < 0) return refused(path);
    *file = std::make_unique<WaitingFile>(disk_, path, fd, 0);
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext*) override {
    const int fd = disk_->create(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC);
    if (fd < 0) return refused(path);
    const int64_t end = disk_->calls().size(fd);
    if (end < 0) disk_->fail(errno, "find the end of", path);
    *file = std::make_unique<WaitingFile>(disk_, path, fd, static_cast<uint64_t>(end));
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override {
    const rocksdb::IOStatus renamed = RenameFile(old_path, path, {}, debug);
    return renamed.ok() ? NewWritableFile(path, options, file, debug) : renamed;
  }
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions&,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory, rocksdb::IODebugContext*) override {
    const int fd = disk_->calls().open_directory(path.c_str());
    if (fd < 0) return refused(path);
    *directory = std::make_unique<WaitingDirectory>(disk_, path, fd);
    return rocksdb::IOStatus::OK();
  }
  // What a new CURRENT leads to must be there before it is: RocksDB does not make sure of that when it opens a database
  // and flushes what it finds in its log.
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override {
    disk_->sync_directory_of(to);
    disk_->retry(from, "rename", [&] { return disk_->calls().rename(from.c_str(), to.c_str()); });
    return rocksdb::IOStatus::OK();
  }

 private:
  std::shared_ptr<Disk> disk_;
};

}  // namespace

int DiskCalls::create(const char* path, int flags) { return ::open(path, flags, kFileMode); }
int DiskCalls::open_directory(const char* path) { return ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); }
int64_t DiskCalls::size(int fd) { return ::lseek(fd, 0, SEEK_END); }
int64_t DiskCalls::write(int fd, const char* bytes, size_t size) { return ::write(fd, bytes, size); }
int DiskCalls::truncate(int fd, uint64_t size) { return ::ftruncate(fd, static_cast<off_t>(size)); }
int DiskCalls::sync(int fd, bool directory) { return directory ? ::fsync(fd) : ::fdatasync(fd); }
void DiskCalls::begin_sync(int fd, uint64_t at, uint64_t bytes) {
  ::sync_file_range(fd, static_cast<off64_t>(at), static_cast<off64_t>(bytes), SYNC_FILE_RANGE_WRITE);
}
int DiskCalls::close(int fd) { return ::close(fd); }
int DiskCalls::rename(const char* from, const char* to) { return ::rename(from, to); }

void fail_disk(const DiskOptions& options, const Error& error) {
  const Error failure = error.with_context(
      "the disk has failed, so millrace stops rather than keep what may be wrong; "
      "see to the disk and start again, it recovers by itself");
  if (options.on_failure) {
    options.on_failure(failure);
  } else {
    fmt::print(stderr, "millrace: {}\n", failure.message());
  }
  std::_Exit(kExitDiskFailed);
}

std::shared_ptr<rocksdb::FileSystem> waiting_file_system(const DiskOptions& options) {
  return std::make_shared<WaitingFileSystem>(options);
}

Error rocks_error(const rocksdb::Status& status, std::string_view action, std::string_view subject) {
  ErrorCode code = ErrorCode::kFailed;
  if (status.IsCorruption()) code = ErrorCode::kCorruption;
  if (status.IsNotFound()) code = ErrorCode::kNotFound;
  if (status.IsIOError() || status.IsBusy() || status.IsTimedOut()) code = ErrorCode::kUnavailable;
  return {code, fmt::format("{} {}: {}", action, subject, status.ToString())};
}

}  // namespace millrace
