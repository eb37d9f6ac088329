#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/result.h"
#include "flow/passage.h"
#include "flow/payload.h"
#include "flow/step_state.h"

namespace millrace {

inline constexpr size_t kPositionTokenBytesMax = size_t{8} << 10;

// How far one part of a source (a file, a partition) is read.
struct PartPosition {
  uint64_t next = 0;     // what is to be read next: a byte, an offset, a page
  int64_t stamp_us = 0;  // the last stamp that was given to one of its records; the next ones are later
  std::string token;     // what the source needs besides to find it: a cursor; at most kPositionTokenBytesMax
  bool operator==(const PartPosition&) const = default;
};

// Where in its source a flow has got to, by part. One that is missing has not been read.
using Position = std::map<std::string, PartPosition>;

// A part of a flow's source that was put through the flow once more, or of its payloads; the flow's position stays.
struct Replay {
  std::string run_id;
  std::string what;   // as it was asked for
  Position position;  // behind what is through
  Position until;     // behind what is meant
  Ledger ledger;      // of its own records
  bool done = false;
};

// How far a flow has got, and what became of the records up to there since its books began.
struct Checkpoint {
  Position position;
  Ledger ledger;
  std::map<std::string, CheckCounts> checks;  // by name
  std::string run_id;                         // of the run that committed it
  bool run_done = false;                      // and that was all of it
  uint64_t generation = 1;                    // of the books: a reset begins new ones
  std::string left_quarantine;                // which of its records were retried or dropped: OffsetSet's text
  std::optional<Replay> replay;               // the last one
  uint64_t rereadings = 0;                    // how often it was set back, or had something replayed: Origin::rereading

  // What is kept on disk, and back. An unknown version is an error.
  std::string to_bytes() const;
  static Result<Checkpoint> from_bytes(std::string_view bytes);
};

// What makes the output of one flow durable: all that its sinks and its quarantine have put in since the last commit,
// and the checkpoint with them, are there together or not at all. Whoever opens one for a flow is the only one.
// Used in the flow's commit turn only, by one thread at a time.
class Transaction {
 public:
  virtual ~Transaction() = default;
  // Where the flow goes on; the empty checkpoint at its beginning. Does not change.
  virtual const Checkpoint& resumed_from() const = 0;
  // Durable and visible when it returns, or as soon as the store's durability says. After a failure that cannot be
  // retried nothing more can be committed: what was put in since the last
  // commit is as if it had never been.
  virtual Status commit(const Checkpoint& checkpoint) = 0;
  // The same, beside what is put in meanwhile: durable and visible once land() has returned. The one before has landed.
  virtual Status begin_commit(const Checkpoint& checkpoint) { return commit(checkpoint); }
  virtual bool has_landed() const { return true; }  // land() need not wait
  // After a failure that can be retried, calling it again tries the same commit again.
  virtual Status land() { return {}; }
  // Others have taken its place: nothing more can be committed, and trying again is of no use. The flow is to be run
  // again.
  virtual bool is_over() const { return false; }
  // Payloads of the source for their topic: part of the next commit. A flow that has `raw` has a keeper that can.
  virtual Status keep(const RawTopic& /*raw*/, std::span<const Payload> /*payloads*/) {
    MILLRACE_UNREACHABLE("payloads are not kept here");
  }
  // For what steps remember from run to run; nullptr: they remember nothing.
  virtual StateKeeper* states() { return nullptr; }
  // Called now and then while there is nothing to commit.
  virtual Status tend() { return {}; }
  // All that was committed is durable and visible.
  virtual Status sync() = 0;
};

}  // namespace millrace
