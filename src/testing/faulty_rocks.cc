#include "testing/faulty_rocks.h"

#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <rocksdb/file_system.h>

#include "base/assert.h"

namespace millrace {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

IOStatus io_status(const Status& status) {
  if (status.ok()) return IOStatus::OK();
  const Error& error = status.error();
  return error.code() == ErrorCode::kNotFound ? IOStatus::NotFound(error.message())
                                              : IOStatus::IOError(error.message());
}

IOStatus not_here(const char* call) { return IOStatus::NotSupported(call, "belongs to the waiting file system"); }

class ReadFile final : public rocksdb::FSRandomAccessFile, public rocksdb::FSSequentialFile {
 public:
  explicit ReadFile(std::unique_ptr<LogFile> file) : file_(std::move(file)) {}

  IOStatus Read(uint64_t offset, size_t n, const IOOptions&, rocksdb::Slice* result, char* scratch,
                IODebugContext*) const override {
    auto got = file_->read_at(offset, scratch, n);
    if (!got.ok()) return io_status(got.error());
    *result = rocksdb::Slice(scratch, *got);
    return IOStatus::OK();
  }
  IOStatus Read(size_t n, const IOOptions& options, rocksdb::Slice* result, char* scratch,
                IODebugContext* debug) override {
    IOStatus status = Read(at_, n, options, result, scratch, debug);
    at_ += result->size();
    return status;
  }
  IOStatus Skip(uint64_t n) override {
    at_ += n;
    return IOStatus::OK();
  }

 private:
  std::unique_ptr<LogFile> file_;
  uint64_t at_ = 0;
};

struct HeldLock final : rocksdb::FileLock {
  explicit HeldLock(std::unique_ptr<millrace::FileLock> of) : lock(std::move(of)) {}
  std::unique_ptr<millrace::FileLock> lock;
};

// What RocksDB reads, lists and removes; writing is the waiting file system's.
class FaultyFiles final : public rocksdb::FileSystem {
 public:
  explicit FaultyFiles(FaultyDisk& disk) : disk_(disk) {}
  const char* Name() const override { return "millrace.faulty"; }

  IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file, IODebugContext*) override {
    return open(path, *file);
  }
  IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file, IODebugContext*) override {
    return open(path, *file);
  }
  IOStatus NewWritableFile(const std::string&, const rocksdb::FileOptions&, std::unique_ptr<rocksdb::FSWritableFile>*,
                           IODebugContext*) override {
    return not_here("NewWritableFile");
  }
  IOStatus NewDirectory(const std::string&, const IOOptions&, std::unique_ptr<rocksdb::FSDirectory>*,
                        IODebugContext*) override {
    return not_here("NewDirectory");
  }
  IOStatus RenameFile(const std::string&, const std::string&, const IOOptions&, IODebugContext*) override {
    return not_here("RenameFile");
  }

  IOStatus FileExists(const std::string& path, const IOOptions&, IODebugContext*) override {
    const auto size = disk_.size(path);
    return size.ok() ? IOStatus::OK() : io_status(size.error());
  }
  IOStatus GetChildren(const std::string& path, const IOOptions&, std::vector<std::string>* names,
                       IODebugContext*) override {
    auto found = disk_.list(path.ends_with('/') ? path.substr(0, path.size() - 1) : path);
    if (!found.ok()) return io_status(found.error());
    *names = std::move(*found);
    return IOStatus::OK();
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) override {
    return io_status(disk_.remove(path));
  }
  IOStatus CreateDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    return io_status(disk_.make_directory(path));
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions&, IODebugContext*) override {
    return io_status(disk_.make_directory(path));
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    return io_status(disk_.remove_directory(path));
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions&, uint64_t* bytes, IODebugContext*) override {
    const auto size = disk_.size(path);
    if (!size.ok()) return io_status(size.error());
    *bytes = *size;
    return IOStatus::OK();
  }
  IOStatus GetFileModificationTime(const std::string&, const IOOptions&, uint64_t* time, IODebugContext*) override {
    *time = 0;
    return IOStatus::OK();
  }
  IOStatus LockFile(const std::string& path, const IOOptions&, rocksdb::FileLock** lock, IODebugContext*) override {
    auto held = disk_.lock(path);
    if (!held.ok()) return io_status(held.error());
    *lock = new HeldLock(std::move(*held));
    return IOStatus::OK();
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    delete static_cast<HeldLock*>(lock);
    return IOStatus::OK();
  }
  IOStatus GetTestDirectory(const IOOptions&, std::string*, IODebugContext*) override {
    return IOStatus::NotSupported("GetTestDirectory");
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* absolute, IODebugContext*) override {
    *absolute = path;
    return IOStatus::OK();
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* is_directory, IODebugContext*) override {
    *is_directory = disk_.is_directory(path);
    return IOStatus::OK();
  }

 private:
  template <typename File>
  IOStatus open(const std::string& path, std::unique_ptr<File>& file) {
    auto opened = disk_.open_log(path, OpenLog::kExisting);
    if (!opened.ok()) return io_status(opened.error());
    file = std::make_unique<ReadFile>(std::move(*opened));
    return IOStatus::OK();
  }

  FaultyDisk& disk_;
};

int errno_of(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kResource: return ENOSPC;
    case ErrorCode::kNotFound: return ENOENT;
    default: return EIO;
  }
}

}  // namespace

DiskOptions FaultyRocksDisk::options() {
  return {.calls = this,
          .files = std::make_shared<FaultyFiles>(disk_),
          .retry_interval_us = 0,
          .on_status = [this](const DiskStatus& status) {
            if (status.waiting) disk_.limit_bytes(UINT64_MAX);
          }};
}

int FaultyRocksDisk::add(Open open) {
  const std::lock_guard lock(mutex_);
  open_[next_fd_] = std::move(open);
  return next_fd_++;
}

FaultyRocksDisk::Open FaultyRocksDisk::find(int fd) const {
  const std::lock_guard lock(mutex_);
  return open_.at(fd);
}

// 0, or -1 and errno. Behind a failure that the program does not live through the disk ends, and is called once more.
template <typename Call>
int FaultyRocksDisk::result_of(OnFull on_full, Call&& call) {
  Status done = call();
  if (!done.ok() && (errno_of(done.error()) == EIO || (on_full == OnFull::kEnds && errno_of(done.error()) == ENOSPC))) {
    disk_.end_now(FaultyDisk::End::kProcess);
    done = call();
  }
  if (done.ok()) return 0;
  errno = errno_of(done.error());
  return -1;
}

int FaultyRocksDisk::create(const char* path, int flags) {
  std::shared_ptr<LogFile> file;
  const int done = result_of(OnFull::kWaits, [&]() -> Status {
    TRY(opened, disk_.open_log(path, OpenLog::kCreate));
    if ((flags & O_TRUNC) != 0) TRY_STATUS(opened->truncate(0));
    file = std::move(opened);
    return {};
  });
  return done != 0 ? -1 : add({path, std::move(file)});
}

int FaultyRocksDisk::open_directory(const char* path) {
  if (disk_.is_directory(path)) return add({path, nullptr});
  errno = ENOENT;
  return -1;
}

int64_t FaultyRocksDisk::size(int fd) {
  const auto bytes = disk_.size(find(fd).path);
  MILLRACE_ASSERT(bytes.ok(), "a file that was opened a moment ago");
  return static_cast<int64_t>(*bytes);
}

// A write that fails has written a part; then it has to be written behind that.
int64_t FaultyRocksDisk::write(int fd, const char* bytes, size_t size) {
  const Open open = find(fd);
  const uint64_t begin = *disk_.size(open.path);
  const auto written = [&] { return static_cast<size_t>(*disk_.size(open.path) - begin); };
  const int done = result_of(OnFull::kWaits, [&] {
    const size_t there = written();
    return open.file->append({bytes + there, size - there});
  });
  if (done == 0) return static_cast<int64_t>(size);
  return written() > 0 ? static_cast<int64_t>(written()) : -1;
}

int FaultyRocksDisk::truncate(int fd, uint64_t size) {
  const Open open = find(fd);
  return result_of(OnFull::kEnds, [&] { return open.file->truncate(size); });
}

int FaultyRocksDisk::sync(int fd, bool directory) {
  const Open open = find(fd);
  return result_of(OnFull::kEnds, [&] { return directory ? disk_.sync_directory(open.path) : open.file->sync(); });
}

int FaultyRocksDisk::close(int fd) {
  const std::lock_guard lock(mutex_);
  open_.erase(fd);
  return 0;
}

int FaultyRocksDisk::rename(const char* from, const char* to) {
  return result_of(OnFull::kWaits, [&] { return disk_.rename_unsynced(from, to); });
}

}  // namespace millrace
