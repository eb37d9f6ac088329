#include "connect/kafka/source.h"

#include <algorithm>
#include <deque>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/assert.h"
#include "connect/kafka/member.h"
#include "connect/kafka/rd.h"
#include "connect/kafka/topics.h"
#include "connect/kafka/transaction.h"
#include "connect/topics/topic_intake.h"

namespace millrace {
namespace {

// Records of a partition that were written in the same so many milliseconds came in at the same time: at the beginning
// of that. They may be one piece then, and a replay sees the same times, wherever it begins.
constexpr int64_t kSameTimeMs = 10;

// One partition, as far as it is read.
struct Part {
  KafkaPartition partition;
  std::string name;  // "users[3]"
  int64_t next = 0;  // behind the last record that is in a piece
  int64_t end = 0;   // not following: where it ended when the run began
  // Records that have come, and are not a piece yet.
  std::shared_ptr<Origin> origin;
  int64_t time_ms = 0;
  int64_t seen = 0;  // behind what has come, records or not
};

class KafkaSource final : public Source {
 public:
  KafkaSource(KafkaSourceOptions options, std::shared_ptr<KafkaMember> own, KafkaMember& member,
              std::vector<Part> parts, Position start, const Slots& slots, RunContext run)
      : options_(std::move(options)),
        start_(std::move(start)),
        run_(std::move(run)),
        intake_(options_.format, slots, run_),
        own_(std::move(own)),
        member_(member),
        parts_(std::move(parts)) {}

  Result<std::optional<SourcePiece>> next() override {
    tell_trouble();
    switch (member_.standing()) {
      case KafkaMember::Standing::kHeld: break;
      case KafkaMember::Standing::kWanted: over_ = true; return std::optional<SourcePiece>();
      case KafkaMember::Standing::kLost:
        return Error(
            ErrorCode::kUnavailable,
            fmt::format("the group of flow {} has given this worker's partitions to others, who go on from the "
                        "last commit",
                        run_.flow));
    }
    while (true) {
      if (ready_.empty()) receive(0);
      if (failed_) return *failed_;
      if (!ready_.empty()) {
        SourcePiece piece = std::move(ready_.front());
        ready_.pop_front();
        ready_bytes_ -= piece.bytes_read;
        return std::optional(std::move(piece));
      }
      if (run_.follow || is_through()) return std::optional<SourcePiece>();
      if (run_.stopping && run_.stopping()) return Error(ErrorCode::kCancelled, "stopped");
      if (member_.standing() != KafkaMember::Standing::kHeld) return next();
      receive(kWaitMs);
      tell_trouble();
    }
  }

  bool is_over() const override { return over_; }

  void wait(int64_t timeout_us) override {
    if (ready_.empty() && member_.standing() == KafkaMember::Standing::kHeld) {
      receive(static_cast<int>(std::min<int64_t>(timeout_us / 1000, kWaitMs)));
    }
  }

  Position start(Position resumed) const override {
    for (const auto& [part, at] : start_) resumed.emplace(part, at);
    return resumed;
  }

  Batch decode(SourcePiece piece, Passage& passage) const override {
    return intake_.take(std::move(piece.origin), passage);
  }

  uint64_t bytes_total() const override { return 0; }

 private:
  static constexpr int kWaitMs = 20;  // so long a piece that is not full waits for more at most

  void receive(int timeout_ms) {
    member_.receive(timeout_ms, [this](const rd_kafka_message_t& message) { return take(message); });
    // All there is has come: what is not full goes too.
    if (ready_bytes_ >= run_.piece_bytes) return;
    for (Part& part : parts_) finish(part);
  }

  // Of one message; whether there is room for more.
  bool take(const rd_kafka_message_t& message) {
    Part* const part = part_of(message);
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (part != nullptr) part->seen = std::max(part->seen, message.offset);
      return true;
    }
    if (part == nullptr || message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (!failed_) failed_ = problem(message, part);
      return false;
    }
    if (message.offset < part->seen) {
      failed_ = Error(ErrorCode::kCorruption, fmt::format("{}: the client gave offset {} behind offset {}", part->name,
                                                          message.offset, part->seen - 1));
      return false;
    }
    part->seen = message.offset + 1;
    if (!run_.follow && message.offset >= part->end) return true;
    rd_kafka_timestamp_type_t type{};
    const int64_t timestamp_ms = std::max<int64_t>(rd_kafka_message_timestamp(&message, &type), 0);
    const int64_t time_ms = timestamp_ms / kSameTimeMs * kSameTimeMs;
    if (part->origin && (part->time_ms != time_ms || part->origin->bytes.size() >= run_.piece_bytes)) {
      part->seen = message.offset;
      finish(*part);
      part->seen = message.offset + 1;
    }
    if (!part->origin) begin(*part, time_ms);
    const auto text = [](const void* at, size_t bytes) -> std::optional<std::string_view> {
      if (at == nullptr) return std::nullopt;
      return std::string_view(static_cast<const char*>(at), bytes);
    };
    add_topic_record(*part->origin, {.key = text(message.key, message.key_len),
                                     .value = text(message.payload, message.len),
                                     .timestamp_ms = timestamp_ms,
                                     .offset = message.offset});
    return ready_bytes_ < run_.piece_bytes;
  }

  Part* part_of(const rd_kafka_message_t& message) {
    if (message.rkt == nullptr) return nullptr;
    if (message.rkt == last_topic_ && message.partition == last_->partition.partition) return last_;
    const std::string_view topic = rd_kafka_topic_name(message.rkt);
    for (Part& part : parts_) {
      if (part.partition.partition != message.partition || part.partition.topic != topic) continue;
      last_topic_ = message.rkt;
      last_ = &part;
      return last_;
    }
    return nullptr;
  }

  Error problem(const rd_kafka_message_t& message, const Part* part) const {
    if (part != nullptr && kafka_error_code(message.err) == ErrorCode::kExpired) {
      const auto bounds = bounds_of(member_.client(), part->partition);
      if (!bounds.ok()) return bounds.error();
      if (auto status = check_bounds(*part, *bounds); !status.ok()) return status.error();
    }
    return member_.client().error(message.err, fmt::format("read {}", part == nullptr ? "topics" : part->name));
  }

  void begin(Part& part, int64_t time_ms) {
    part.time_ms = time_ms;
    part.origin = std::make_shared<Origin>();
    Origin& origin = *part.origin;
    origin.source = part.name;
    origin.topic = part.partition.topic;
    origin.partition = part.partition.partition;
    origin.format = value_format_name(options_.format.value);
    origin.run_id = run_.run_id;
    origin.first_offset = static_cast<uint64_t>(part.next);
    origin.ingested_at_us = time_ms * 1000;
  }

  // What has come of a partition becomes a piece; without records too, so that the ends of transactions count as read.
  void finish(Part& part) {
    const int64_t next = run_.follow ? part.seen : std::min(part.seen, std::max(part.end, part.next));
    if (next <= part.next) return;
    if (!part.origin) begin(part, part.time_ms);
    end_topic_records(*part.origin);
    const size_t bytes = part.origin->bytes.size();
    ready_bytes_ += bytes;
    const auto first = static_cast<uint64_t>(std::exchange(part.next, next));
    ready_.push_back({.origin = std::exchange(part.origin, nullptr),
                      .bytes_read = bytes,
                      .part = part.name,
                      .next = static_cast<uint64_t>(next),
                      .stamps = static_cast<uint64_t>(next) - first});
  }

  bool is_through() const {
    return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.next >= part.end; });
  }

  // Once it begins, and once it ends.
  void tell_trouble() {
    if (!run_.waiting) return;
    const auto trouble = member_.client().trouble();
    if (trouble.has_value() == waiting_) return;
    waiting_ = trouble.has_value();
    run_.waiting(trouble ? trouble->message() : "");
  }

 public:
  // Retention must not have taken what was not read, and a log must not be shorter than what was.
  static Status check_bounds(const Part& part, const KafkaBounds& bounds) {
    if (part.next < bounds.begin) {
      return Error(ErrorCode::kExpired,
                   fmt::format("{}: the flow has read up to offset {}, and the log begins at {}: retention has taken "
                               "what lies between. To go on behind it, stop the flow and set the offset of its group "
                               "with Kafka's own tools",
                               part.name, part.next, bounds.begin));
    }
    if (part.next > bounds.end) {
      return Error(
          ErrorCode::kCorruption,
          fmt::format("{}: the flow has read up to offset {}, and the log ends at {}: the topic was made anew, "
                      "or has lost records. To read it anew, stop the flow and delete its group with Kafka's own tools",
                      part.name, part.next, bounds.end));
    }
    return {};
  }

 private:
  // Constant after construction.
  KafkaSourceOptions options_;
  Position start_;
  RunContext run_;
  TopicIntake intake_;
  std::shared_ptr<KafkaMember> own_;  // where the run's transaction has none
  KafkaMember& member_;

  // Touched by next() and wait() only.
  std::vector<Part> parts_;
  const void* last_topic_ = nullptr;
  Part* last_ = nullptr;
  std::deque<SourcePiece> ready_;
  size_t ready_bytes_ = 0;
  std::optional<Error> failed_;
  bool over_ = false;
  bool waiting_ = false;
};

class KafkaSourcePlan final : public SourcePlan {
 public:
  KafkaSourcePlan(const KafkaAccess& access, KafkaSourceOptions options)
      : access_(access), options_(std::move(options)) {}

  SourceSchema schema() const override { return options_.schema; }
  std::string place() const override {
    return fmt::format("topic {} in {}", fmt::join(options_.topics, ", "), access_.name);
  }
  bool can_follow() const override { return true; }
  bool begins_at_end() const override { return options_.latest; }
  std::vector<std::string> topics() const override { return options_.topics; }

  Result<std::unique_ptr<Source>> open(const Slots& slots, const RunContext& run) const override {
    auto* const transaction = dynamic_cast<KafkaTransaction*>(run.transaction);
    const bool as_member = transaction != nullptr && transaction->member() != nullptr;
    std::shared_ptr<KafkaMember> own;
    std::vector<KafkaPartition> partitions;
    if (as_member) {
      partitions = transaction->assignment().partitions;
    } else {
      TRY(opened, KafkaMember::open(access_, {}));
      own = std::move(opened);
      TRY(all, partitions_of(own->client(), options_.topics));
      partitions = std::move(all);
    }
    KafkaMember& member = own != nullptr ? *own : *transaction->member();
    const Position position = run.transaction == nullptr ? Position{} : run.transaction->resumed_from().position;
    std::vector<Part> parts;
    std::vector<KafkaStart> starts;
    Position start;
    for (const KafkaPartition& partition : partitions) {
      TRY(bounds, bounds_of(member.client(), partition));
      Part part{.partition = partition, .name = partition.part(), .end = bounds.end};
      const auto known = position.find(part.name);
      part.next = known != position.end() ? static_cast<int64_t>(known->second.next)
                  : options_.latest       ? bounds.end
                                          : bounds.begin;
      part.seen = part.next;
      TRY_STATUS(KafkaSource::check_bounds(part, bounds));
      if (known == position.end() && part.next > 0) start[part.name].next = static_cast<uint64_t>(part.next);
      starts.push_back({partition, part.next});
      parts.push_back(std::move(part));
    }
    TRY_STATUS(member.read_from(starts));
    return std::unique_ptr<Source>(std::make_unique<KafkaSource>(options_, std::move(own), member, std::move(parts),
                                                                 std::move(start), slots, run));
  }

 private:
  KafkaAccess access_;
  KafkaSourceOptions options_;
};

}  // namespace

std::unique_ptr<SourcePlan> make_kafka_source(const KafkaAccess& access, KafkaSourceOptions options) {
  return std::make_unique<KafkaSourcePlan>(access, std::move(options));
}

}  // namespace millrace
