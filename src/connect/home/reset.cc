#include "connect/home/reset.h"

#include <charconv>

#include <fmt/format.h>

#include "connect/home/home_transaction.h"
#include "connect/home/stretch.h"
#include "data/expr/parse.h"

namespace millrace {

Result<int64_t> offset_of(const TopicStore& topics, const std::string& topic, int32_t partition, const ResetTo& to) {
  TRY(bounds, topics.bounds(topic, partition));
  switch (to.kind) {
    case ResetTo::Kind::kEarliest: return bounds.log_start;
    case ResetTo::Kind::kLatest: return bounds.high_water_mark;
    case ResetTo::Kind::kOffset:
      if (to.value >= bounds.log_start && to.value <= bounds.high_water_mark) return to.value;
      return Error(to.value < bounds.log_start ? ErrorCode::kExpired : ErrorCode::kInvalidArgument,
                   fmt::format("partition {} of topic {} has the offsets {} to {}, and not {}", partition, topic,
                               bounds.log_start, bounds.high_water_mark, to.value));
    case ResetTo::Kind::kTime: {
      TRY(found, topics.offset_at(topic, partition, to.value / 1000));
      return found ? found->offset : bounds.high_water_mark;
    }
  }
  MILLRACE_UNREACHABLE("kind of place");
}

Result<ResetTo> ResetTo::parse(std::string_view text) {
  if (text == "earliest") return ResetTo{.kind = Kind::kEarliest};
  if (text == "latest") return ResetTo{.kind = Kind::kLatest};
  constexpr std::string_view kOffsetPrefix = "offset:";
  if (text.starts_with(kOffsetPrefix)) {
    const std::string_view digits = text.substr(kOffsetPrefix.size());
    ResetTo to{.kind = Kind::kOffset};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), to.value);
    if (error == std::errc() && end == digits.data() + digits.size() && to.value >= 0) return to;
  } else if (const auto time = parse_timestamp_us(text)) {
    return ResetTo{.kind = Kind::kTime, .value = *time};
  }
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("'{}' is no place to go on from: say earliest, latest, offset:120, or a time as "
                           "2026-01-02T03:04:05Z",
                           text));
}

Status set_back(Home& home, const std::string& flow, Keeper keeper, Position position) {
  for (const auto& [part, at] : position) {
    const auto where = partition_of_part(part);
    if (!where) continue;
    TRY(bounds, home.topics().bounds(where->topic, where->partition));
    if (static_cast<int64_t>(at.next) >= bounds.log_start) continue;
    return Error(ErrorCode::kExpired,
                 fmt::format("flow {} cannot go back to {} at {}: retention has taken the records before {}", flow,
                             part, at.next, bounds.log_start));
  }
  // A part without a place in it (what a server said of its last answer) would keep from asking again.
  std::erase_if(position, [](const auto& part) { return part.second.next == 0; });
  TRY(transaction, home.begin(flow, keeper));
  const Checkpoint& now = transaction->resumed_from();
  Checkpoint back{.position = std::move(position),
                  .run_id = now.run_id,
                  .generation = now.generation + 1,
                  .left_quarantine = now.left_quarantine,
                  .rereadings = now.rereadings + 1};
  TRY_STATUS(transaction->commit(back));
  return transaction->sync();
}

Result<Checkpoint> reset_flow(Home& home, const PipelinePlan& pipeline, const FlowPlan& flow, const ResetTo& to) {
  if (flow.keeper == Keeper::kItself) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("flow {} keeps no position: it reads all of its source in every run", flow.name));
  }
  if (flow.keeper == Keeper::kSystem && !flow.reads.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("flow {} reads {}, and its position is kept there: stop its workers, and set it with that "
                             "system's own tools",
                             flow.name, flow.source->place()));
  }
  const std::vector<std::string> topics = flow.source->topics();
  if (topics.empty() && to.kind != ResetTo::Kind::kEarliest) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("flow {} reads {}, which can only be reset to its beginning: say --to earliest", flow.name,
                             flow.source->place()));
  }
  TRY(transaction, home.begin(pipeline, flow));
  Checkpoint checkpoint;
  checkpoint.generation = transaction->resumed_from().generation + 1;
  checkpoint.left_quarantine = transaction->resumed_from().left_quarantine;  // what has left it does not come back
  checkpoint.rereadings = transaction->resumed_from().rereadings + 1;
  for (const std::string& topic : topics) {
    TRY(description, home.topics().describe(topic));
    for (int32_t p = 0; p < static_cast<int32_t>(description.partitions.size()); ++p) {
      TRY(offset, offset_of(home.topics(), topic, p, to));
      TRY(stamp_us, stamp_in_front(home.topics(), topic, p, offset));
      checkpoint.position[partition_part(topic, p)] = {.next = static_cast<uint64_t>(offset), .stamp_us = stamp_us};
    }
  }
  TRY_STATUS(transaction->commit(checkpoint));
  TRY_STATUS(transaction->sync());
  return checkpoint;
}

}  // namespace millrace
