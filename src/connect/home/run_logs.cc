#include "connect/home/run_logs.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace millrace {
namespace {

constexpr size_t kReadBytes = size_t{1} << 20;
constexpr int64_t kSegmentBytes = int64_t{8} << 20;
constexpr std::string_view kRunHeader = "run";
constexpr std::string_view kAttemptHeader = "attempt";
constexpr std::string_view kLevelHeader = "level";
constexpr std::string_view kInfo = "info";
constexpr std::string_view kProblem = "problem";

LogLine line_of(const TopicRecord& record) {
  LogLine line{.at_us = record.timestamp_ms * 1'000,
               .flow = std::string(record.key.value_or("")),
               .text = std::string(record.value.value_or(""))};
  for (const RecordHeader& header : record.headers) {
    const std::string_view value = header.value.value_or("");
    if (header.key == kRunHeader) line.run = value;
    if (header.key == kLevelHeader) line.problem = value == kProblem;
    if (header.key == kAttemptHeader) std::from_chars(value.data(), value.data() + value.size(), line.attempt);
  }
  return line;
}

bool wanted(const LogQuery& query, const LogLine& line) {
  const auto is_meant = [](const std::string& name, const std::string& said) {
    return said.empty() || name == said || name.ends_with("." + said);
  };
  return is_meant(line.run, query.run) && is_meant(line.flow, query.flow);
}

}  // namespace

Result<std::unique_ptr<RunLogs>> RunLogs::open(TopicStore& topics, const Clock& clock) {
  if (!topics.describe(kLogsTopic).ok()) {
    TRY_STATUS(topics.create_topic(kLogsTopic, {.retention_ms = kLogsRetentionMs,
                                                .retention_bytes = kLogsBytesMax,
                                                .compression = TopicCompression::kZstd,
                                                .segment_bytes = kSegmentBytes}));
  }
  return std::unique_ptr<RunLogs>(new RunLogs(topics, clock));
}

RunLogs::~RunLogs() { (void)flush(); }

void RunLogs::add(LogLine line) {
  if (line.at_us == 0) line.at_us = clock_.wall_us();
  if (line.text.size() > kLogLineBytesMax) line.text.resize(kLogLineBytesMax);
  const std::lock_guard lock(mutex_);
  if (waiting_.size() < kLogLinesWaitingMax) {
    waiting_.push_back(std::move(line));
  } else {
    ++lost_;
  }
}

Status RunLogs::flush() {
  const std::lock_guard one_at_a_time(flush_mutex_);
  std::vector<LogLine> lines;
  {
    const std::lock_guard lock(mutex_);
    lines.swap(waiting_);
    if (lost_ > 0 && !lines.empty()) {
      const LogLine& last = lines.back();
      lines.push_back({.at_us = last.at_us,
                       .flow = last.flow,
                       .problem = true,
                       .text = fmt::format("{} lines were lost: more than {} were to be written at once", lost_,
                                           kLogLinesWaitingMax)});
      lost_ = 0;
    }
  }
  if (lines.empty()) return {};
  RecordBatchEncoder encoder(TopicCompression::kZstd);
  for (const LogLine& line : lines) {
    const std::string attempt = std::to_string(line.attempt);
    std::vector<RecordHeader> headers = {{kLevelHeader, line.problem ? kProblem : kInfo}};
    if (!line.run.empty()) headers.push_back({kRunHeader, line.run});
    if (line.attempt > 0) headers.push_back({kAttemptHeader, attempt});
    encoder.add({.key = line.flow, .value = line.text, .headers = headers, .timestamp_ms = line.at_us / 1'000});
  }
  TRY(batch, encoder.finish());
  Commit commit;
  commit.append(kLogsTopic, 0, batch);
  const auto receipt = topics_.submit(commit);
  if (receipt.ok()) return {};
  const std::lock_guard lock(mutex_);
  waiting_.insert(waiting_.begin(), std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
  return receipt.error();
}

Result<std::vector<LogLine>> LogReader::next() {
  std::vector<LogLine> lines;
  if (!topics_.describe(kLogsTopic).ok()) return lines;  // nothing has been logged so far
  while (lines.empty()) {
    TRY(bounds, topics_.bounds(kLogsTopic, 0));
    offset_ = std::max(offset_, bounds.log_start);
    if (offset_ >= bounds.high_water_mark) break;
    TRY(fetched, topics_.read(kLogsTopic, 0, offset_, kReadBytes));
    TRY_STATUS(decode(fetched.batches, lines));
  }
  return lines;
}

Status LogReader::decode(std::string_view batches, std::vector<LogLine>& lines) {
  RecordBatchDecoder decoder;
  while (!batches.empty()) {
    TRY(records, decoder.decode(batches));
    for (const TopicRecord& record : records) {
      if (record.offset < offset_) continue;
      LogLine line = line_of(record);
      if (wanted(query_, line)) lines.push_back(std::move(line));
    }
    offset_ = std::max(offset_, decoder.header().end_offset());
    batches.remove_prefix(decoder.header().bytes);
  }
  return {};
}

Result<bool> LogReader::wait(int64_t timeout_ms) {
  return topics_.wait_beyond(kLogsTopic, 0, std::max<int64_t>(0, offset_), timeout_ms);
}

}  // namespace millrace
