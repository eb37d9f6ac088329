#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "store/topics/catalog.h"
#include "store/topics/subscriptions.h"
#include "store/topics/sync_pool.h"
#include "store/topics/topic_store.h"
#include "store/topics/topic_table.h"

namespace millrace {

// Orders all commits of a store, on a thread of its own, in rounds: writes those that are waiting, syncs what was
// written, publishes it. What changes topics is done by the same thread, between two rounds.
class Committer {
 public:
  Committer(const TopicStoreOptions& options, FileSystem& files, const Clock& clock, TopicTable& topics,
            Subscriptions& subscriptions, TopicCatalog catalog, std::shared_ptr<PartitionLog> commits);
  ~Committer();  // what is waiting is still done
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  Status start();  // before anything else

  // Any thread
  void submit(Commit& commit, TopicStore::Done done);
  Status sync();
  // Runs `change` on the committer's thread with nothing written that is not published; returns what it returns.
  using Change = std::function<Status()>;
  Status run_change(Change change);
  Status check_usable() const;  // kFailed once the store has failed
  std::optional<std::string> note(std::string_view key) const;
  std::vector<std::pair<std::string, std::string>> notes(std::string_view key_prefix) const;

  // For changes, on the committer's thread
  const TopicCatalog& catalog() const { return catalog_; }
  int64_t next_commit() const { return commits_->written().end_offset; }
  Status commit_now(CommitRecord record);  // written, synced and published

 private:
  struct Request {
    Commit* commit = nullptr;
    TopicStore::Done done;
    Change change;
    size_t bytes = 0;
  };
  // A commit of the round.
  struct Staged {
    Request* request = nullptr;
    std::vector<std::shared_ptr<const Topic>> topics;  // of its parts
    CommitReceipt receipt;
    CommitRecord record;
  };
  struct Written {
    CommitRecord record;
    TopicStore::Done done;  // empty: it was told already
    CommitReceipt receipt;
  };
  void enqueue(Request request);
  void run();
  std::deque<Request> take_group(std::unique_lock<std::mutex>& lock);
  void run_round(std::deque<Request>& group);
  Status stage(Staged& staged) const;
  Status check_limits(const Commit& commit) const;
  Status write(std::vector<Staged>& round);
  Status write_parts(Staged& staged);
  Status write_records(std::vector<Staged>& round);
  Result<std::string> encode_record(CommitRecord& record);
  Status mark(const std::shared_ptr<PartitionLog>& log);
  void keep();
  Error undo(const Error& why);
  Status sync_written();
  std::vector<Written> publish();
  Status write_checkpoint();
  Error fail(const Error& why);  // gives what everybody is told from now on

  // Constant after construction
  const TopicStoreOptions& options_;
  FileSystem& files_;
  const Clock& clock_;
  TopicTable& topics_;
  Subscriptions& subscriptions_;
  const std::shared_ptr<PartitionLog> commits_;

  // The committer's thread
  SyncPool sync_pool_;
  RecordBatchEncoder record_batch_;
  std::vector<std::shared_ptr<PartitionLog>> marked_;  // what the round writes to
  Unsynced unsynced_;
  std::vector<Written> written_;                  // not yet published
  std::set<std::shared_ptr<PartitionLog>> logs_;  // those of them
  int64_t synced_to_ = 0;
  uint64_t checkpoint_due_bytes_ = 0;  // of the commits' file
  std::chrono::steady_clock::time_point sync_due_;

  mutable std::shared_mutex catalog_mutex_;
  TopicCatalog catalog_;  // the committer's thread changes it, under catalog_mutex_

  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable room_;
  // Guarded by mutex_
  std::deque<Request> queue_;
  size_t queue_bytes_ = 0;
  std::optional<Error> failed_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace millrace
