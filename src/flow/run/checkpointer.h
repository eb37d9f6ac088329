#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "flow/run/books.h"
#include "flow/run/journey.h"
#include "flow/run/runner.h"

namespace millrace {

// Has the run's transaction commit what its sinks were given, with the position it came from and the books: when there
// is enough of it, when enough time has passed, and at the end. Without a transaction it has nothing to do. Belongs to
// the run's commit turn; one thread at a time.
class Checkpointer {
 public:
  struct Run {
    std::function<bool()> stopping;  // whether to wait no longer
    std::function<Status()> settle;  // what goes along with the commit is out for good
  };
  // `books` is what is committed with the output.
  Checkpointer(const RunOptions& options, RunBooks& books, Run run)
      : options_(options), books_(books), run_(std::move(run)) {}

  // Takes the position up where the source begins.
  Status begin(Source& source);
  const Position& position() const { return position_; }
  // A batch is through to the sinks.
  void passed(const Journey& journey);
  Status commit_when_due();
  // For a source that has nothing to read: what is there is committed, and the store gets to do its chores.
  Status tend();
  // The last commit; afterwards everything is durable and visible. `complete`: it is the end of the run, which was not
  // stopped in front of it.
  Status finish(bool complete);
  // The end of a run that has failed: what has begun to be committed is, nothing else.
  Status give_up();

 private:
  Checkpoint checkpoint() const;
  Status commit();
  Status begin_commit();
  Status land();
  Status try_until_done(const std::function<Status()>& attempt);

  const RunOptions& options_;
  RunBooks& books_;
  Run run_;
  Source* source_ = nullptr;

  Position position_;         // behind all batches that are through
  bool uncommitted_ = false;  // a batch is through that no commit has
  uint64_t uncommitted_bytes_ = 0;
  bool commit_now_ = false;  // without waiting for more
  int64_t committed_at_us_ = 0;
  bool complete_ = false;  // the run, with the next commit
  bool waiting_ = false;   // for the commit to be possible again
  // What waits for a commit: tickets with what became of their records; intakes with how many records they had.
  struct Waiting {
    std::vector<std::pair<uint64_t, Ledger>> unsettled;
    std::vector<std::pair<int64_t, uint64_t>> since;
  };
  Waiting next_;
  // The commit that has begun and not landed.
  struct Flight {
    Waiting waiting;
    Position position;
    Ledger ledger;
  };
  std::optional<Flight> flight_;
};

}  // namespace millrace
