#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rocksdb {
class FileSystem;
}  // namespace rocksdb

namespace millrace {

// The calls that put bytes on the disk, as the system has them: the result, or -1 and errno. A test gives one that runs
// full or fails, a simulation another disk. Thread-safe.
class DiskCalls {
 public:
  virtual ~DiskCalls() = default;
  virtual int create(const char* path, int flags);
  virtual int open_directory(const char* path);
  virtual int64_t size(int fd);
  virtual int64_t write(int fd, const char* bytes, size_t size);  // at the end
  virtual int truncate(int fd, uint64_t size);
  virtual int sync(int fd, bool directory);                      // what was written is on the disk
  virtual void begin_sync(int fd, uint64_t at, uint64_t bytes);  // only a hint
  virtual int close(int fd);
  virtual int rename(const char* from, const char* to);
};

// The disk has no room and somebody waits for some, or it has room again.
struct DiskStatus {
  bool waiting = false;
  std::string path;       // what could not be written
  std::string message;    // one sentence for people: what, where, what to do
  int64_t waited_us = 0;  // when it has ended
};

struct DiskOptions {
  DiskCalls* calls = nullptr;                  // borrowed; nullptr: the system's
  std::shared_ptr<rocksdb::FileSystem> files;  // for what is read, listed and removed; nullptr: the system's
  int64_t retry_interval_us = 200'000;
  std::function<void(const DiskStatus&)> on_status;
  // The disk has failed (EIO, a sync that failed): what is in memory may not be what is on the disk. Must end the
  // process; when it returns, the process ends with status 74 (EX_IOERR). Without one the message goes to stderr.
  std::function<void(const Error&)> on_failure;
};

}  // namespace millrace
