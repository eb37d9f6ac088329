#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "store/topics/commit_record.h"

namespace millrace {

// What can be read of millrace.commits, from its last whole checkpoint on.
struct CommitHistory {
  struct Entry {
    CommitRecord record;
    int64_t id = 0;          // its offset
    int64_t end_offset = 0;  // the next one's
    int64_t segment = 0;     // the file it is in, and where it ends there
    uint64_t position = 0;
  };
  std::vector<Entry> entries;  // the first is a checkpoint; none: the directory is new
  int64_t synced_to = 0;       // entries before this one need no look at their data

  // Stops at the first batch that is torn. kCorruption: what is torn had been synced.
  static Result<CommitHistory> read(FileSystem& files, const std::string& directory);
};

}  // namespace millrace
