#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "data/batch.h"
#include "flow/component.h"
#include "flow/declarations.h"
#include "flow/passage.h"
#include "flow/payload.h"
#include "flow/retry.h"
#include "flow/scope.h"
#include "flow/settings.h"
#include "flow/transaction.h"

namespace millrace {

class SchemaRegistry;
class TopicStore;

// What connectors may know of the run they serve.
struct RunContext {
  std::string flow;
  std::string run_id;
  bool identified = false;  // the run can be told from others by its id, and started again under it
  std::string directory;    // relative paths in the file are relative to this
  // The time that a scheduled run is for; 0: it is for none.
  int64_t window_start_us = 0;
  int64_t window_end_us = 0;
  const Clock* clock = nullptr;
  FileSystem* files = nullptr;
  size_t piece_bytes = 0;  // how much of a source is read at once
  // What the sinks put their output into; nullptr: each publishes its own, all of the run or nothing.
  Transaction* transaction = nullptr;
  TopicStore* topics = nullptr;       // of the embedded home, where there is one
  SchemaRegistry* schemas = nullptr;  // where schemas of records are kept; as topics, or one outside
  bool follow = false;                // the source goes on when it has come to its end
  bool keep_payloads = false;         // the source gives them with its pieces; no longer ones than kPayloadBytesMax
  std::vector<std::string>* notes =
      nullptr;                     // what people are to know besides, a sentence each; open(), next(); or absent
  Retry retry;                     // of what may go better when it is asked for again
  std::function<bool()> stopping;  // whether to wait no longer; any thread; may be empty
  std::function<void(std::string why)> waiting;  // next() waits for something; an empty text: no longer; may be empty
};

// A piece of the source in its order: raw bytes, whole records, not yet looked into.
struct SourcePiece {
  std::shared_ptr<Origin> origin;  // bytes, source, places of the first record; the rest is filled by decode
  size_t bytes_read = 0;           // of the source as it lies on disk, for progress
  // What is to be read next of a part of the source once all pieces up to this one are through; an empty part: the
  // source cannot be resumed.
  std::string part;
  uint64_t next = 0;
  std::string token;              // kept with the position beside `next`
  bool commit = false;            // at once: the next piece may be long in coming
  uint64_t ticket = 0;            // not 0: the source is told when the piece is settled
  uint64_t stamps = 0;            // its records take no more than this many, from origin->stamp_us on
  int64_t stamped_us = 0;         // not 0: what was read before, and how its first record was stamped then
  std::vector<Payload> payloads;  // that it was cut from, and those in which there was nothing to cut
  // Of a topic: the batches as they were fetched, for decode() to take apart.
  BufferRef fetched;
  std::string_view batches;
};

class Source {
 public:
  virtual ~Source() = default;
  // The next piece in order, nullopt at the end; when following, nullopt is the end for now. One thread at a time.
  virtual Result<std::optional<SourcePiece>> next() = 0;
  // Following: nothing more will come of it, though there may be more: the flow is to be run again. After next().
  virtual bool is_over() const { return false; }
  // Where it begins, given where the flow had got to when it was opened: parts that begin anywhere but at their
  // beginning are in it, and what is of no use any more is not.
  virtual Position start(Position resumed) const { return resumed; }
  // What of its position outlives the run, once that has come to its end.
  virtual Position end(Position reached) const { return reached; }
  // Following: returns when there may be more, or after the time-out. With next(), one thread at a time.
  virtual void wait(int64_t /*timeout_us*/) {}
  // Columns out of bytes; records that cannot be read become faults in `passage` (passage.ledger.read counts all). Any
  // thread.
  virtual Batch decode(SourcePiece piece, Passage& passage) const = 0;
  virtual uint64_t bytes_total() const = 0;  // 0: unknown (stdin)
  // What became of the records of a piece with a ticket, once that is durable, in the order of the pieces. Any thread;
  // must be quick. Pieces that are never settled are as if they had not been read: whoever waits for them is to be told
  // when the source is destroyed.
  virtual void settled(uint64_t /*ticket*/, const Ledger& /*ledger*/) {}
};

// Rows as their sink takes them.
class EncodedRows {
 public:
  virtual ~EncodedRows() = default;
};

// For sinks whose rows are bytes.
struct EncodedBytes final : EncodedRows {
  explicit EncodedBytes(Buffer of) : bytes(std::move(of)) {}
  std::string_view view() const { return {bytes.as<char>(), bytes.size()}; }
  Buffer bytes;
};

// A sink of one flow in one run.
class Sink {
 public:
  virtual ~Sink() = default;
  // The rows that it cannot take, in their order: they go to quarantine. Any thread.
  virtual std::vector<Fault> refuse(const Batch& /*batch*/, const Rows& /*rows*/) const { return {}; }
  // Turns rows into what append() takes. Any thread.
  virtual std::unique_ptr<EncodedRows> encode(const Batch& batch, const Rows& rows) const = 0;
  // What encode() of this sink made, in the order of the source, one thread at a time.
  virtual Status append(std::unique_ptr<EncodedRows> encoded, size_t rows) = 0;
  // Returns once all that was appended is out for good; before each commit of the run's transaction. What can be
  // retried is called again. One thread at a time, with append().
  virtual Status settle() { return {}; }
  // Makes all of it durable and visible, at once. After that the sink is done.
  virtual Status commit() = 0;
  // The run has failed. True: nothing is left behind; false: what was appended is out (the standard output).
  virtual bool abandon() = 0;
  virtual std::string result() const { return {}; }  // what to print behind the run: a path, a count and a hash
};

// Who makes the output of a flow durable, with its position and its books. The numbers are kept on disk.
enum class Keeper {
  kItself = 0,  // each sink at the end of the run, all of the run or nothing
  kTopics = 1,  // the store of topics, on the way
  kTables = 2,  // the store of tables, on the way; what goes to topics follows
  kSystem = 3,  // the outside system that has the flow's topics, on the way
  // Of a sink alone: another one's commit. Its rows are out before that (Sink::settle), and once more after a crash, to
  // the same effect.
  kAlong = 4,
};

// A source or sink as the file says it, checked; opened once per run.
class SourcePlan {
 public:
  virtual ~SourcePlan() = default;
  virtual SourceSchema schema() const = 0;
  virtual Result<std::unique_ptr<Source>> open(const Slots& slots, const RunContext& run) const = 0;
  virtual std::string place() const = 0;                          // "users.jsonl": for people
  virtual bool needs_home() const { return false; }               // RunContext::topics
  virtual bool can_follow() const { return false; }               // more may come behind its end
  virtual bool begins_at_end() const { return false; }            // without a position: only what comes from then on
  virtual std::vector<std::string> topics() const { return {}; }  // that it reads
  // Of a source that reads topics: what lies between places of its partitions, once more. kExpired: it is not there any
  // more.
  virtual Result<std::unique_ptr<Source>> open_stretch(const Position& /*from*/, const Position& /*until*/,
                                                       const Slots& /*slots*/, const RunContext& /*run*/) const {
    MILLRACE_UNREACHABLE("a source without topics has no stretches");
  }
  // Its records cannot be had again, so only topics, which keep them, may take them.
  virtual bool is_only_copy() const { return false; }
  // Of a source that gets payloads and can give them to be kept; else nullptr.
  virtual const PayloadCutter* payloads() const { return nullptr; }
  // The records of a test case instead of what the source has, in the source's own format: maps are written in it,
  // texts are records as they are. JSON unless overridden.
  virtual Result<std::unique_ptr<Source>> open_given(const std::vector<Node>& records, const Slots& slots,
                                                     const RunContext& run) const;
};

class SinkPlan {
 public:
  virtual ~SinkPlan() = default;
  virtual Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>& columns,
                                             const RunContext& run) const = 0;
  virtual std::string place() const = 0;
  virtual bool is_stdout() const { return false; }
  virtual Keeper keeper() const { return Keeper::kItself; }
  virtual std::string topic() const { return {}; }  // that it writes; empty: none
};

struct SourceComponent {
  Component about;
  bool has_payloads = false;  // SourcePlan::payloads() of what it makes is one
  std::unique_ptr<SourcePlan> (*make)(const Settings& settings, Declarations& declarations,
                                      Diagnostics& diagnostics) = nullptr;
};

struct SinkComponent {
  Component about;
  std::unique_ptr<SinkPlan> (*make)(const Settings& settings, const std::vector<VisibleColumn>& columns,
                                    Declarations& declarations, Diagnostics& diagnostics) = nullptr;
};

}  // namespace millrace
