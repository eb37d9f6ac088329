#include "connect/home/stretch.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "connect/home/home_transaction.h"

namespace millrace {
namespace {

constexpr size_t kReadBytes = size_t{1} << 20;

}  // namespace

Result<int64_t> stamp_in_front(const TopicStore& topics, const std::string& topic, int32_t partition, int64_t offset) {
  TRY(bounds, topics.bounds(topic, partition));
  if (offset <= bounds.log_start) return 0;
  TRY(last, topics.read(topic, partition, offset - 1, 1));
  TRY(last_header, read_batch_header(last.batches));
  // A stamp is ahead of its record's time by no more than a microsecond for each record in front, so older batches than
  // that do not matter.
  const int64_t oldest_us = last_header.max_timestamp_ms * 1000 - (offset - bounds.log_start);
  TRY(begin, topics.offset_at(topic, partition, oldest_us / 1000));
  int64_t at = begin ? begin->offset : bounds.log_start;
  int64_t stamp_us = 0;
  while (at < offset) {
    TRY(fetched, topics.read(topic, partition, at, kReadBytes));
    std::string_view batches = fetched.batches;
    while (!batches.empty() && at < offset) {
      TRY(header, read_batch_header(batches));
      const int64_t end = std::min(header.end_offset(), offset);
      stamp_us = std::max(stamp_us + 1, header.max_timestamp_ms * 1000) + (end - at) - 1;
      at = end;
      batches.remove_prefix(header.bytes);
    }
  }
  return stamp_us;
}

Result<Stretch> find_stretch(Home& home, const PipelinePlan& pipeline, const FlowPlan& flow, const StretchEnds& ends) {
  const std::vector<std::string> topics = flow.source->topics();
  if (topics.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("flow {} reads {}, and only what comes from topics can be replayed{}", flow.name,
                             flow.source->place(), flow.raw ? "; `millrace raw replay` has its payloads" : ""));
  }
  if (flow.keeper == Keeper::kItself) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("flow {} keeps no position: it reads all of its source in every run", flow.name));
  }
  TRY(checkpoint, home.checkpoint(pipeline.name, flow));
  Stretch stretch;
  int32_t partitions = 0;
  for (const std::string& topic : topics) {
    TRY(description, home.topics().describe(topic));
    partitions = std::max(partitions, static_cast<int32_t>(description.partitions.size()));
    for (int32_t p = 0; p < static_cast<int32_t>(description.partitions.size()); ++p) {
      if (ends.partition >= 0 && p != ends.partition) continue;
      const std::string part = partition_part(topic, p);
      TRY(from, offset_of(home.topics(), topic, p, ends.from));
      TRY(to, offset_of(home.topics(), topic, p, ends.to));
      const auto reached = checkpoint.position.find(part);
      const int64_t read = reached == checkpoint.position.end() ? 0 : static_cast<int64_t>(reached->second.next);
      const int64_t until = std::min(to, read);
      if (from >= until) continue;
      TRY(stamp_us, stamp_in_front(home.topics(), topic, p, from));
      stretch.from[part] = {.next = static_cast<uint64_t>(from), .stamp_us = stamp_us};
      stretch.until[part] = {.next = static_cast<uint64_t>(until)};
    }
  }
  if (ends.partition < partitions) return stretch;
  return Error(ErrorCode::kNotFound, fmt::format("flow {} reads the partitions 0 to {}", flow.name, partitions - 1));
}

}  // namespace millrace
