#include "base/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace millrace {
namespace {

constexpr int kStopAskedMs = 100;  // so long at most it takes until a wish to stop is seen
// Written bytes are handed to the disk in steps of this size, so that the final sync has little left to do.
constexpr uint64_t kWritebackStepBytes = uint64_t{8} << 20;

class RealStream final : public ByteStream {
 public:
  RealStream(int fd, std::string path, const std::atomic<bool>* stop) : fd_(fd), path_(std::move(path)), stop_(stop) {}
  RealStream(const RealStream&) = delete;
  RealStream& operator=(const RealStream&) = delete;
  ~RealStream() override {
    if (fd_ > 0) ::close(fd_);
  }

  Result<size_t> read(char* to, size_t bytes) override {
    while (true) {
      if (stop_ != nullptr) TRY_STATUS(wait());
      const ssize_t got = ::read(fd_, to, bytes);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) return errno_error(errno, "read", path_);
    }
  }

 private:
  // A signal reaches any thread, so it cannot be relied on to end a read.
  Status wait() const {
    pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
    while (!stop_->load()) {
      const int ready = ::poll(&readable, 1, kStopAskedMs);
      if (ready > 0) return {};
      if (ready < 0 && errno != EINTR) return errno_error(errno, "wait for", path_);
    }
    return Error(ErrorCode::kCancelled, "interrupted while waiting for " + path_);
  }

  int fd_;
  std::string path_;
  const std::atomic<bool>* stop_;
};

class RealWritable final : public WritableFile {
 public:
  RealWritable(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  RealWritable(const RealWritable&) = delete;
  RealWritable& operator=(const RealWritable&) = delete;
  ~RealWritable() override {
    if (fd_ >= 0) ::close(fd_);
  }

  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
      if (put < 0) {
        if (errno == EINTR) continue;
        return errno_error(errno, "write", path_);
      }
      bytes.remove_prefix(static_cast<size_t>(put));
      written_ += static_cast<uint64_t>(put);
    }
    if (written_ - started_ >= kWritebackStepBytes) {
      // Only a hint to begin; sync() is what counts, so its failure is not one.
      ::sync_file_range(fd_, static_cast<off64_t>(started_), static_cast<off64_t>(written_ - started_),
                        SYNC_FILE_RANGE_WRITE);
      started_ = written_;
    }
    return {};
  }

  Status sync() override {
    if (::fdatasync(fd_) != 0) return errno_error(errno, "sync", path_);
    return {};
  }

  Status close() override {
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) return errno_error(errno, "close", path_);
    return {};
  }

 private:
  int fd_;
  std::string path_;
  uint64_t written_ = 0;
  uint64_t started_ = 0;
};

// Whether the name still stands for the open file: it may have been removed, or be another one of that name.
bool is_at(int fd, const std::string& path) {
  struct stat open {};
  struct stat named {};
  return ::fstat(fd, &open) == 0 && ::stat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

class RealLogFile final : public LogFile {
 public:
  RealLogFile(int fd, std::string path, uint64_t bytes) : fd_(fd), path_(std::move(path)), bytes_(bytes) {}
  RealLogFile(const RealLogFile&) = delete;
  RealLogFile& operator=(const RealLogFile&) = delete;
  ~RealLogFile() override { ::close(fd_); }

  Result<size_t> read_at(uint64_t position, char* to, size_t bytes) override {
    size_t done = 0;
    while (done < bytes) {
      const ssize_t got = ::pread(fd_, to + done, bytes - done, static_cast<off_t>(position + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return errno_error(errno, "read", path_);
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(bytes_));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return errno_error(errno, "write", path_);
      bytes.remove_prefix(static_cast<size_t>(put));
      bytes_ += static_cast<uint64_t>(put);
    }
    return {};
  }

  Status truncate(uint64_t bytes) override {
    if (::ftruncate(fd_, static_cast<off_t>(bytes)) != 0) return errno_error(errno, "truncate", path_);
    bytes_ = bytes;
    return {};
  }

  Status sync() override {
    if (::fdatasync(fd_) != 0) return errno_error(errno, "sync", path_);
    return {};
  }

 private:
  const int fd_;
  const std::string path_;
  uint64_t bytes_;  // the appending thread's
};

class RealLock final : public FileLock {
 public:
  explicit RealLock(int fd) : fd_(fd) {}
  RealLock(const RealLock&) = delete;
  RealLock& operator=(const RealLock&) = delete;
  ~RealLock() override { ::close(fd_); }

 private:
  int fd_;
};

Status sync_real_directory(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno_error(errno, "open", path);
  const int failed = ::fsync(fd) != 0 ? errno : 0;
  ::close(fd);
  if (failed != 0) return errno_error(failed, "sync", path);
  return {};
}

class RealFileSystem final : public FileSystem {
 public:
  explicit RealFileSystem(const std::atomic<bool>* stop) : stop_(stop) {}

  Result<std::unique_ptr<ByteStream>> open(const std::string& path) override {
    if (path == "-")
      return std::unique_ptr<ByteStream>(std::make_unique<RealStream>(STDIN_FILENO, "the standard input", stop_));
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno_error(errno, "open", path);
    struct stat about {};
    if (::fstat(fd, &about) == 0 && S_ISDIR(about.st_mode)) {
      ::close(fd);
      return errno_error(EISDIR, "read", path);
    }
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return std::unique_ptr<ByteStream>(std::make_unique<RealStream>(fd, path, nullptr));
  }

  Result<uint64_t> size(const std::string& path) override {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) return errno_error(errno, "find", path);
    return S_ISREG(about.st_mode) ? static_cast<uint64_t>(about.st_size) : 0;
  }

  bool is_directory(const std::string& path) override {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
  }

  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return errno_error(errno, "create", path);
    return std::unique_ptr<WritableFile>(std::make_unique<RealWritable>(fd, path));
  }

  // The lock goes with the process that has it, also by kill -9. Between creating and locking, remove_abandoned() may
  // come first; then the file is created anew.
  Result<std::unique_ptr<WritableFile>> create_held(const std::string& path) override {
    while (true) {
      const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (fd < 0) return errno_error(errno, "create", path);
      auto file = std::make_unique<RealWritable>(fd, path);
      if (::flock(fd, LOCK_EX) != 0) return errno_error(errno, "lock", path);
      if (is_at(fd, path)) return std::unique_ptr<WritableFile>(std::move(file));
    }
  }

  Result<bool> remove_abandoned(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return false;
    if (fd < 0) return errno_error(errno, "open", path);
    const RealWritable file(fd, path);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return false;
      return errno_error(errno, "lock", path);
    }
    if (!is_at(fd, path)) return false;
    if (::unlink(path.c_str()) != 0) return errno_error(errno, "remove", path);
    return true;
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return errno_error(errno, "rename", fmt::format("{} to {}", from, to));
    return sync_real_directory(directory_of(to));
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error(errno, "remove", path);
    return {};
  }

  Result<std::vector<std::string>> glob(const std::string& pattern) override {
    if (pattern.find_first_of("*?[") == std::string::npos) return std::vector<std::string>{pattern};
    glob_t found{};
    const int outcome = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
    std::vector<std::string> paths;
    if (outcome == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    if (outcome == GLOB_NOMATCH) return Error(ErrorCode::kNotFound, fmt::format("no file matches {}", pattern));
    if (outcome != 0) return Error(ErrorCode::kPermission, fmt::format("cannot list the files that match {}", pattern));
    return paths;
  }

  Result<std::unique_ptr<LogFile>> open_log(const std::string& path, OpenLog mode) override {
    const int create = mode == OpenLog::kCreate ? O_CREAT : 0;
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | create, 0666);
    if (fd < 0) return errno_error(errno, "open", path);
    struct stat about {};
    if (::fstat(fd, &about) != 0) {
      const int failed = errno;
      ::close(fd);
      return errno_error(failed, "find the size of", path);
    }
    return std::unique_ptr<LogFile>(std::make_unique<RealLogFile>(fd, path, static_cast<uint64_t>(about.st_size)));
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    DIR* open = ::opendir(directory.c_str());
    if (open == nullptr) return errno_error(errno, "list", directory);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(open)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    const int failed = errno;
    ::closedir(open);
    if (failed != 0) return errno_error(failed, "list", directory);
    std::sort(names.begin(), names.end());
    return names;
  }

  Status make_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) return errno_error(errno, "make the directory", path);
    return {};
  }

  Status remove_directory(const std::string& path) override {
    if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return errno_error(errno, "remove the directory", path);
    return {};
  }

  Status sync_directory(const std::string& path) override { return sync_real_directory(path); }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return errno_error(errno, "open", path);
    auto held = std::make_unique<RealLock>(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return errno_error(errno, "lock", path);
      char holder[32] = {};
      const ssize_t got = ::pread(fd, holder, sizeof holder - 1, 0);
      return Error(ErrorCode::kAlreadyExists,
                   fmt::format("{} is locked by process {}", path, got > 0 ? std::string_view(holder) : "?"));
    }
    const std::string id = fmt::format("{}", ::getpid());
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, id.data(), id.size(), 0) < 0) return errno_error(errno, "write", path);
    return std::unique_ptr<FileLock>(std::move(held));
  }

 private:
  const std::atomic<bool>* stop_;
};

}  // namespace

std::unique_ptr<FileSystem> real_file_system(const std::atomic<bool>* stop) {
  return std::make_unique<RealFileSystem>(stop);
}

Result<std::string> read_file(FileSystem& files, const std::string& path, size_t bytes_max) {
  TRY(stream, files.open(path));
  std::string text;
  while (true) {
    const size_t at = text.size();
    text.resize(at + 65536);
    TRY(got, stream->read(text.data() + at, 65536));
    text.resize(at + got);
    if (got == 0) return text;
    if (text.size() > bytes_max) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("{} is longer than {} bytes", path, bytes_max));
    }
  }
}

std::string join_path(std::string_view directory, std::string_view path) {
  if (path == "-" || path.starts_with('/') || directory.empty() || directory == ".") return std::string(path);
  return fmt::format("{}{}{}", directory, directory.ends_with('/') ? "" : "/", path);
}

std::string directory_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

}  // namespace millrace
