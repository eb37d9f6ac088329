#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "store/topics/catalog.h"
#include "store/topics/segment.h"
#include "store/topics/topic.h"

namespace millrace {

// What was written and has to be synced before it counts, by path: so the order of calls does not hang on addresses.
struct Unsynced {
  std::map<std::string, std::shared_ptr<LogFile>> files;
  std::set<std::string> directories;
};

// What an append wrote.
struct AppendedBytes {
  int64_t base_offset = 0;
  int64_t end_offset = 0;
  uint32_t last_crc = 0;  // of its last batch
};

// The log of one partition: its segments, what of them readers see, its pins. The committer's thread writes, any thread
// reads.
class PartitionLog {
 public:
  // `state` is what the catalog says of it; the files must hold that (recover_partition makes it so).
  PartitionLog(FileSystem& files, std::string directory, const PartitionState& state,
               std::vector<std::shared_ptr<Segment>> segments);

  // The committer's thread. Nothing written is visible before publish().
  // The batches get their offsets. A segment that would grow beyond segment_bytes is followed by another.
  Result<AppendedBytes> append(std::string& batches, int64_t segment_bytes, Unsynced& unsynced);
  Status start_segment(Unsynced& unsynced);  // the next append begins a new file
  PartitionState written() const;            // with all that was appended
  // Remembers how things are, once until keep(), so that roll_back() can take back all that was appended since.
  Status mark();
  Status roll_back();
  void keep() { mark_.reset(); }
  void publish();  // all that was appended
  void end();      // the topic is gone or the store has failed: waiters wake
  // Readers get kExpired from now on, but for those that have begun; the segments' files are to be removed.
  std::vector<std::shared_ptr<Segment>> expire(int64_t log_start);
  // The log start that retention asks for at this time and pins allow. Raises the alarm, or ends it.
  Result<int64_t> apply_retention(const TopicConfig& config, int64_t now_ms);

  // Any thread
  int64_t log_start() const;
  int64_t high_water_mark() const;
  PartitionDescription describe() const;
  std::string alarm() const;  // not empty: appends are to be refused for this reason
  Result<Segment::Found> read(int64_t offset, size_t bytes_max) const;
  Result<Segment::Found> read_at_time(int64_t timestamp_ms) const;
  enum class Wait { kData, kTimeout, kEnded };
  Wait wait_beyond(int64_t offset, int64_t timeout_ms) const;
  Result<uint64_t> add_pin(int64_t offset, std::string holder);
  void move_pin(uint64_t pin, int64_t offset);
  void remove_pin(uint64_t pin);

 private:
  struct Mark {
    PartitionState state;
    int64_t max_timestamp_ms = SegmentIndex::kNoTimestamp;
  };
  struct PinAt {
    int64_t offset = 0;
    std::string holder;
  };

  Status roll(Unsynced& unsynced);
  const PinAt* lowest_pin_locked() const;

  // Constant after construction
  FileSystem& files_;
  const std::string directory_;

  // The committer's thread
  PartitionState written_;
  std::optional<Mark> mark_;
  std::vector<BatchHeader> headers_;
  bool directory_made_ = false;

  mutable std::mutex mutex_;
  mutable std::condition_variable advanced_;
  // Guarded by mutex_
  std::vector<std::shared_ptr<Segment>> segments_;  // the committer alone changes it
  int64_t log_start_;
  int64_t visible_end_;
  uint64_t visible_bytes_ = 0;  // of the segment that holds the visible end
  bool ended_ = false;
  std::map<uint64_t, PinAt> pins_;
  uint64_t next_pin_ = 1;
  std::string alarm_;
};

}  // namespace millrace
