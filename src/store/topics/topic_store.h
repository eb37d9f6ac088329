#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "store/topics/commit.h"
#include "store/topics/topic.h"

namespace millrace {

inline constexpr int64_t kSyncIntervalMs = 50;      // Durability::kInterval
inline constexpr int64_t kOsSyncIntervalMs = 5000;  // Durability::kOs

// When submit() returns. In each mode readers see only what is synced, and a crash keeps whole commits, in order.
enum class Durability {
  kCommit,    // once the commit is on the disk
  kInterval,  // once it is written; it is on the disk and visible within kSyncIntervalMs
  kOs,        // the same within kOsSyncIntervalMs: the disk writes when it likes
};

struct TopicStoreOptions {
  std::string directory;  // made when it is not there; its parent must be
  Durability durability = Durability::kCommit;
  size_t sync_threads = 3;  // beside the committer: this many files more are synced at once

  // Limits
  size_t commit_bytes_max = size_t{256} << 20;  // of one commit's batches
  size_t queue_bytes_max = size_t{512} << 20;   // submitted and not yet written; submit() waits beyond it
  size_t round_bytes_max = size_t{16} << 20;    // commits that share a sync; at least one
  size_t note_key_bytes_max = size_t{4} << 10;
  size_t commit_notes_bytes_max = size_t{16} << 20;  // keys and values of one commit's notes
  size_t commits_segment_bytes = size_t{16} << 20;   // millrace.commits is checkpointed when it has grown by this
};

// Batches that were read. They are immutable and shared; the views live as long as `buffer`.
struct Fetched {
  BufferRef buffer;
  std::string_view batches;  // whole ones; the first holds the offset asked for, maybe behind others. Empty: none yet
  int64_t log_start = 0;
  int64_t high_water_mark = 0;
};

struct OffsetAtTime {
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
};

// Keeps retention from taking records at and beyond an offset, until it is destroyed. Not durable: take pins anew after
// open(), before the first enforce_retention(). Must not outlive the store.
class Pin {
 public:
  virtual ~Pin() = default;
  virtual void move_to(int64_t offset) = 0;  // thread-safe
};

// Ends a subscription when it is destroyed, and waits for a call of it that is under way. Must not outlive the store.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

// The durable, partitioned log of a data directory, in segment files of Kafka's record batches;
// docs/internals/topics.md has the bytes. One committer orders all commits: what a commit appends to any number of
// partitions, and its notes, become durable and visible together. Thread-safe; readers and writers do not wait for each
// other. Failure: a full disk fails a submit with kResource and leaves nothing of it behind; the next one is tried
// anew. After any other failed write or sync nobody knows what the disk holds: everything fails with kFailed until the
// store is opened again, which recovers the longest run of whole commits.
class TopicStore {
 public:
  // Recovers what is there. kAlreadyExists: another process has the directory; kCorruption: what was synced is
  // damaged, and the text says where.
  static Result<std::unique_ptr<TopicStore>> open(TopicStoreOptions options, FileSystem& files, const Clock& clock);
  ~TopicStore();  // syncs what is written; nobody may be in a call
  TopicStore(const TopicStore&) = delete;
  TopicStore& operator=(const TopicStore&) = delete;

  // Topics. Each change is a commit of its own, durable when the call returns.
  Status create_topic(std::string_view name, const TopicConfig& config);  // kAlreadyExists
  Status delete_topic(std::string_view name);                             // and all its records
  // Everything but a smaller number of partitions can be changed; with more partitions, keys go elsewhere from then on.
  Status change_topic(std::string_view name, const TopicConfig& config);
  std::vector<std::string> topics() const;  // in byte order; kCommitsTopic is one
  Result<TopicDescription> describe(std::string_view name) const;

  // Commits. `commit` is left as it was, but for the offsets written into its batches; clear() it for the next one.
  // kNotFound, kInvalidArgument: a topic or partition that there is not, a limit that is exceeded; nothing happened.
  // kResource: the disk is full, or a pinned topic has reached its limit; nothing happened, try again later.
  Result<CommitReceipt> submit(Commit& commit);
  // Returns at once unless the queue is full. `done` is called once, from the store's thread or from this one; it
  // must be quick and not call the store. `commit` must be left alone until then.
  using Done = std::function<void(Result<CommitReceipt>)>;
  void submit_async(Commit& commit, Done done);
  Status sync();          // all that was submitted before is on the disk and visible
  Status usable() const;  // kFailed: the store has failed, and the text says how

  // Notes, as of the last commit that is on the disk.
  std::optional<std::string> note(std::string_view key) const;
  std::vector<std::pair<std::string, std::string>> notes(std::string_view key_prefix) const;  // in byte order of keys

  // Reading. At the high-water mark there is nothing yet, which is no error. kInvalidArgument: beyond it;
  // kExpired: before the log's start, which bounds() tells; kCorruption: the bytes are not what was written.
  // At least one batch, then as many as fit into bytes_max. The batches' checksums are for the decoder to check.
  Result<Fetched> read(std::string_view topic, int32_t partition, int64_t offset, size_t bytes_max) const;
  struct Bounds {
    int64_t log_start = 0;
    int64_t high_water_mark = 0;
  };
  Result<Bounds> bounds(std::string_view topic, int32_t partition) const;
  // The first record whose timestamp is not before this one; nullopt when there is none.
  Result<std::optional<OffsetAtTime>> offset_at(std::string_view topic, int32_t partition, int64_t timestamp_ms) const;
  // True once the high-water mark is beyond `offset`, false after timeout_ms of real time. kNotFound: the topic is not
  // there (any more); kFailed: the store has failed.
  Result<bool> wait_beyond(std::string_view topic, int32_t partition, int64_t offset, int64_t timeout_ms) const;
  // `on_data` is called with a partition of the topic whenever its high-water mark has advanced: from the store's
  // thread; it must be quick and not call the store. Once more with -1 when the topic is deleted or the store fails.
  Result<std::unique_ptr<Subscription>> subscribe(std::string_view topic, std::function<void(int32_t)> on_data);

  // Retention: deletes whole segments that time or size has taken, none at or beyond a pin. Call it now and then.
  Status enforce_retention();
  // `holder` says in alarms who keeps the records: "flow store". kNotFound; kExpired when the offset is gone already.
  Result<std::unique_ptr<Pin>> pin(std::string_view topic, int32_t partition, int64_t offset, std::string holder);

 private:
  struct Parts;
  explicit TopicStore(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace
