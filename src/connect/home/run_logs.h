#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/topics/topic_store.h"

namespace millrace {

inline constexpr std::string_view kLogsTopic = "millrace.logs";
inline constexpr size_t kLogLineBytesMax = size_t{8} << 10;  // the rest of a longer one is cut off
inline constexpr size_t kLogLinesWaitingMax = 10'000;        // what comes on top before a flush() is lost, and counted
inline constexpr int64_t kLogsBytesMax = int64_t{64} << 20;  // of the topic; the oldest lines go first
inline constexpr int64_t kLogsRetentionMs = int64_t{30} * 24 * 60 * 60 * 1000;

// What is to be known of a flow at a moment.
struct LogLine {
  int64_t at_us = 0;
  std::string flow;     // "users.ingest"
  std::string run;      // empty: the flow is continuous
  int64_t attempt = 0;  // 0: of none
  bool problem = false;
  std::string text;
};

// Keeps log lines of flows in the topic millrace.logs: the key is the flow, the headers are run, attempt and level.
// Thread-safe. Lines are kept in memory until flush(); a crash loses those.
class RunLogs {
 public:
  // Makes the topic when it is not there.
  static Result<std::unique_ptr<RunLogs>> open(TopicStore& topics, const Clock& clock);
  ~RunLogs();  // flushes
  RunLogs(const RunLogs&) = delete;
  RunLogs& operator=(const RunLogs&) = delete;

  void add(LogLine line);  // quick; at_us 0: now
  // What was added is on the disk. After an error it is still to be written.
  Status flush();

 private:
  RunLogs(TopicStore& topics, const Clock& clock) : topics_(topics), clock_(clock) {}

  TopicStore& topics_;
  const Clock& clock_;
  std::mutex mutex_;
  std::vector<LogLine> waiting_;  // guarded by mutex_
  uint64_t lost_ = 0;             // guarded by mutex_
  std::mutex flush_mutex_;        // one flushes at a time
};

// Which lines to read; what is empty does not matter.
struct LogQuery {
  std::string flow;  // "users.ingest", or "ingest" of any pipeline
  std::string run;   // "users.ingest@2026-11-21T10:05:00Z", or the same without the pipeline
};

// Reads them in their order, from the oldest that is there. Belongs to one thread.
class LogReader {
 public:
  LogReader(const TopicStore& topics, LogQuery query) : topics_(topics), query_(std::move(query)) {}

  // Some more lines; none: the end for now.
  Result<std::vector<LogLine>> next();
  // False: nothing has come within this time.
  Result<bool> wait(int64_t timeout_ms);

 private:
  Status decode(std::string_view batches, std::vector<LogLine>& lines);

  const TopicStore& topics_;
  LogQuery query_;
  int64_t offset_ = -1;  // -1: the oldest
};

}  // namespace millrace
