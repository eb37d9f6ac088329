#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/topics/record_batch.h"

namespace millrace {

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;

  auto operator<=>(const TopicPartition&) const = default;
};

// What becomes durable and visible together or not at all: batches for any number of topic partitions, and notes.
// A note is a named value that outlives the process (a flow's position, its ledger, how a run ended); the last one of
// a key counts. Belongs to one thread; nothing happens before TopicStore::submit(). clear() makes it ready for the next
// one and keeps its memory.
class Commit {
 public:
  struct Part {
    TopicPartition where;
    std::string bytes;  // whole batches
    int64_t offsets = 0;
    int64_t max_timestamp_ms = 0;
    size_t batches = 0;
  };
  struct Note {
    std::string key;
    std::string value;
    bool removed = false;
  };

  // Copies the batches behind those that the commit already has for the partition.
  void append(std::string_view topic, int32_t partition, const RecordBatches& batches);
  void note(std::string_view key, std::string_view value) { notes_.push_back({std::string(key), std::string(value)}); }
  void remove_note(std::string_view key) { notes_.push_back({std::string(key), {}, true}); }
  void clear();

  bool empty() const { return parts_used_ == 0 && notes_.empty(); }
  size_t bytes() const { return bytes_; }  // of the batches
  std::vector<Part>& parts() { return parts_; }
  size_t parts_used() const { return parts_used_; }
  const std::vector<Note>& notes() const { return notes_; }

 private:
  std::vector<Part> parts_;  // those from parts_used_ on are kept for their memory
  size_t parts_used_ = 0;
  size_t bytes_ = 0;
  std::vector<Note> notes_;
};

// Where the parts of a commit went.
struct CommitReceipt {
  struct Part {
    TopicPartition where;
    int64_t base_offset = 0;
    int64_t end_offset = 0;  // one beyond the last
  };
  int64_t commit = 0;  // its offset in millrace.commits: grows from commit to commit
  std::vector<Part> parts;
};

}  // namespace millrace
