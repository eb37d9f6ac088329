#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "store/tables/disk.h"
#include "testing/faulty_disk.h"

namespace millrace {

// A FaultyDisk as a TableStore takes its disk. Where the program would end because the disk has failed, the disk ends
// (FaultyDisk::end_now) and the call works: what comes then is forgotten. Borrows the disk. Thread-safe.
class FaultyRocksDisk final : public DiskCalls {
 public:
  explicit FaultyRocksDisk(FaultyDisk& disk) : disk_(disk) {}

  // For TableStoreOptions::disk. A full disk is given room again at the first look.
  DiskOptions options();

  int create(const char* path, int flags) override;
  int open_directory(const char* path) override;
  int64_t size(int fd) override;
  int64_t write(int fd, const char* bytes, size_t size) override;
  int truncate(int fd, uint64_t size) override;
  int sync(int fd, bool directory) override;
  void begin_sync(int, uint64_t, uint64_t) override {}
  int close(int fd) override;
  int rename(const char* from, const char* to) override;

 private:
  struct Open {
    std::string path;
    std::shared_ptr<LogFile> file;  // nullptr: a directory
  };
  int add(Open open);
  Open find(int fd) const;
  enum class OnFull { kWaits, kEnds };  // what disk.cc does
  template <typename Call>
  int result_of(OnFull on_full, Call&& call);

  FaultyDisk& disk_;
  mutable std::mutex mutex_;
  std::map<int, Open> open_;  // guarded by mutex_
  int next_fd_ = 1;
};

}  // namespace millrace
