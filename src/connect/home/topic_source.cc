#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/assert.h"
#include "connect/home/home_transaction.h"
#include "connect/home/topic.h"
#include "connect/topics/topic_intake.h"
#include "flow/system.h"
#include "store/topics/topic_store.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 2> kStarts = {"earliest", "latest"};

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "name",
     .kind = FieldKind::kTexts,
     .summary = "The topic to read, or a list of topics with the same columns.",
     .example = "users_created",
     .required = true},
    {.name = "start",
     .kind = FieldKind::kChoice,
     .summary = "Where a flow begins that has no position yet: at the oldest record, or behind the newest.",
     .default_value = "earliest",
     .example = "latest",
     .choices = kStarts},
});

// One partition of one topic, as far as it is read.
struct Part {
  std::string topic;
  int32_t partition = 0;
  std::string name;  // "users[3]"
  int64_t next = 0;
  int64_t end = 0;  // not following: where it ended when the run began, or where the stretch ends
};

class TopicSource final : public Source {
 public:
  struct Options {
    TopicFormat format;
    bool follow = false;
  };
  TopicSource(Options options, std::vector<Part> parts, Position start, const Slots& slots, RunContext run)
      : options_(std::move(options)),
        start_(std::move(start)),
        run_(std::move(run)),
        intake_(options_.format, slots, run_),
        parts_(std::move(parts)) {}

  // While following: `wait` is woken by any of these topics.
  Status subscribe(const std::vector<std::string>& topics) {
    for (const std::string& topic : topics) {
      TRY(subscription, run_.topics->subscribe(topic, [this](int32_t) {
        {
          const std::lock_guard lock(news_mutex_);
          news_ = true;
        }
        news_came_.notify_one();
      }));
      subscriptions_.push_back(std::move(subscription));
    }
    return {};
  }

  // Partitions in turn, each as much as a piece holds.
  Result<std::optional<SourcePiece>> next() override {
    for (size_t tried = 0; tried < parts_.size(); ++tried) {
      Part& part = parts_[turn_++ % parts_.size()];
      if (!options_.follow && part.next >= part.end) continue;
      TRY(fetched, run_.topics->read(part.topic, part.partition, part.next, run_.piece_bytes));
      if (fetched.batches.empty()) continue;
      return std::optional(take(part, std::move(fetched)));
    }
    return std::optional<SourcePiece>();
  }

  void wait(int64_t timeout_us) override {
    std::unique_lock lock(news_mutex_);
    news_came_.wait_for(lock, std::chrono::microseconds(timeout_us), [&] { return news_; });
    news_ = false;
  }

  // Of a topic that the flow reads no more nothing is kept for it.
  Position start(Position resumed) const override {
    std::erase_if(resumed, [&](const auto& known) {
      const auto where = partition_of_part(known.first);
      return where &&
             std::none_of(parts_.begin(), parts_.end(), [&](const Part& part) { return part.topic == where->topic; });
    });
    for (const auto& [part, at] : start_) resumed.emplace(part, at);
    return resumed;
  }

  Batch decode(SourcePiece piece, Passage& passage) const override {
    std::unique_ptr<RecordBatchDecoder> decoder = take_decoder();
    unpack(*decoder, piece);
    give_back(std::move(decoder));
    return intake_.take(std::move(piece.origin), passage);
  }

  uint64_t bytes_total() const override { return 0; }

 private:
  // Batches of one time: that is when their records came in, again on every replay.
  SourcePiece take(Part& part, Fetched fetched) {
    auto origin = std::make_shared<Origin>();
    origin->source = part.name;
    origin->topic = part.topic;
    origin->partition = part.partition;
    origin->format = value_format_name(options_.format.value);
    origin->run_id = run_.run_id;
    const auto first = static_cast<uint64_t>(part.next);
    origin->first_offset = first;
    std::optional<int64_t> time_ms;
    size_t taken = 0;
    while (taken < fetched.batches.size()) {
      const auto header = read_batch_header(fetched.batches.substr(taken));
      MILLRACE_ASSERT(header.ok(), "the store gives whole batches");
      if (!options_.follow && header->base_offset >= part.end) break;
      if (time_ms && header->max_timestamp_ms != *time_ms) break;
      time_ms = header->max_timestamp_ms;
      part.next = header->end_offset();
      taken += header->bytes;
    }
    if (!options_.follow) part.next = std::min(part.next, part.end);  // a stretch may end inside a batch
    origin->ingested_at_us = time_ms.value_or(0) * 1000;
    return {.origin = std::move(origin),
            .bytes_read = taken,
            .part = part.name,
            .next = static_cast<uint64_t>(part.next),
            .stamps = static_cast<uint64_t>(part.next) - first,
            .fetched = std::move(fetched.buffer),
            .batches = fetched.batches.substr(0, taken)};
  }

  // The records of the piece's batches, their values one behind the other in the origin's bytes.
  static void unpack(RecordBatchDecoder& decoder, SourcePiece& piece) {
    Origin& origin = *piece.origin;
    std::string_view batches = piece.batches;
    while (!batches.empty()) {
      const auto records = decoder.decode(batches);
      MILLRACE_ASSERT(records.ok(), records.error().message());
      for (const TopicRecord& record : *records) {
        const auto offset = static_cast<uint64_t>(record.offset);
        if (offset >= origin.first_offset && offset < piece.next) add_topic_record(origin, record);
      }
      batches.remove_prefix(decoder.header().bytes);
    }
    end_topic_records(origin);
  }

  std::unique_ptr<RecordBatchDecoder> take_decoder() const {
    const std::lock_guard lock(decoders_mutex_);
    if (decoders_.empty()) return std::make_unique<RecordBatchDecoder>();
    auto decoder = std::move(decoders_.back());
    decoders_.pop_back();
    return decoder;
  }
  void give_back(std::unique_ptr<RecordBatchDecoder> decoder) const {
    const std::lock_guard lock(decoders_mutex_);
    decoders_.push_back(std::move(decoder));
  }

  // Constant after construction.
  Options options_;
  Position start_;
  RunContext run_;
  TopicIntake intake_;

  // Touched by next() only.
  std::vector<Part> parts_;
  size_t turn_ = 0;

  std::mutex news_mutex_;
  std::condition_variable news_came_;
  bool news_ = false;  // guarded by news_mutex_

  mutable std::mutex decoders_mutex_;
  mutable std::vector<std::unique_ptr<RecordBatchDecoder>> decoders_;  // guarded by decoders_mutex_

  std::vector<std::unique_ptr<Subscription>> subscriptions_;  // last: ends before what it calls goes
};

class TopicSourcePlan final : public SourcePlan {
 public:
  TopicSourcePlan(std::vector<std::string> topics, TopicFormat format, bool latest, SourceSchema schema)
      : topics_(std::move(topics)), format_(std::move(format)), latest_(latest), schema_(std::move(schema)) {}

  SourceSchema schema() const override { return schema_; }
  std::string place() const override { return fmt::format("topic {}", fmt::join(topics_, ", ")); }
  bool needs_home() const override { return true; }
  bool can_follow() const override { return true; }
  bool begins_at_end() const override { return latest_; }
  std::vector<std::string> topics() const override { return topics_; }

  Result<std::unique_ptr<Source>> open(const Slots& slots, const RunContext& run) const override {
    MILLRACE_ASSERT(run.topics != nullptr, "a topic is read in the embedded home");
    const Position position = run.transaction == nullptr ? Position{} : run.transaction->resumed_from().position;
    std::vector<Part> parts;
    Position start;
    for (const std::string& topic : topics_) {
      TRY(description, run.topics->describe(topic));
      for (int32_t p = 0; p < static_cast<int32_t>(description.partitions.size()); ++p) {
        const PartitionDescription& now = description.partitions[static_cast<size_t>(p)];
        Part part{.topic = topic, .partition = p, .name = partition_part(topic, p), .end = now.high_water_mark};
        const auto known = position.find(part.name);
        part.next = known != position.end() ? static_cast<int64_t>(known->second.next)
                    : latest_               ? now.high_water_mark
                                            : now.log_start;
        if (known == position.end() && part.next > 0) start[part.name].next = static_cast<uint64_t>(part.next);
        parts.push_back(std::move(part));
      }
    }
    auto source = std::make_unique<TopicSource>(TopicSource::Options{.format = format_, .follow = run.follow},
                                                std::move(parts), std::move(start), slots, run);
    if (run.follow) TRY_STATUS(source->subscribe(topics_));
    return std::unique_ptr<Source>(std::move(source));
  }

  Result<std::unique_ptr<Source>> open_stretch(const Position& from, const Position& until, const Slots& slots,
                                               const RunContext& run) const override {
    std::vector<Part> parts;
    for (const auto& [name, end] : until) {
      const auto where = partition_of_part(name);
      MILLRACE_ASSERT(where.has_value(), "a part of a topic is a partition");
      parts.push_back({.topic = where->topic,
                       .partition = where->partition,
                       .name = name,
                       .next = static_cast<int64_t>(from.at(name).next),
                       .end = static_cast<int64_t>(end.next)});
    }
    return std::unique_ptr<Source>(std::make_unique<TopicSource>(TopicSource::Options{.format = format_},
                                                                 std::move(parts), Position{}, slots, run));
  }

 private:
  std::vector<std::string> topics_;
  TopicFormat format_;
  bool latest_;
  SourceSchema schema_;
};

SourceSchema schema_of(const TopicDeclaration& topic) {
  SourceSchema schema;
  if (topic.config.partitions > 1) schema.spread_by = topic.key;
  if (topic.value == ValueFormat::kText && !topic.columns) {
    schema.declared.push_back({{"value"}, TypeKind::kString});
    schema.open = false;
  }
  if (!topic.columns) return schema;
  for (const Field& field : *topic.columns) schema.declared.push_back({{field.name}, field.type});
  schema.open = false;
  return schema;
}

std::unique_ptr<SourcePlan> make_topic_source(const Settings& settings, Declarations& declarations,
                                              Diagnostics& diagnostics) {
  const Node& name = settings.node("name");
  const std::vector<std::string> names = settings.texts("name");
  const TopicDeclaration* first = nullptr;
  std::vector<TopicDeclaration> topics;
  for (size_t i = 0; i < names.size(); ++i) {
    const Place place = name.is_list() ? name.items[i].place : name.place;
    TopicDeclaration* topic = declarations.topic(names[i], place, diagnostics);
    if (topic == nullptr || !find_avro_columns(*topic, place, diagnostics)) return nullptr;
    if (first == nullptr) first = topic;
    if (topic->columns != first->columns || topic->value != first->value) {
      diagnostics.error(place, fmt::format("topic '{}' has other columns than '{}'", topic->name, first->name),
                        "read them in two flows");
      return nullptr;
    }
    if (topic->system != first->system) {
      diagnostics.error(place, fmt::format("topic '{}' is in another system than '{}'", topic->name, first->name),
                        "read them in two flows");
      return nullptr;
    }
    topics.push_back(*topic);
  }
  const bool latest = settings.text("start") == "latest";
  if (first->system != nullptr) return first->system->topics()->topic_source(topics, latest, schema_of(*first));
  return std::make_unique<TopicSourcePlan>(names, TopicFormat::of(*first), latest, schema_of(*first));
}

}  // namespace

const SourceComponent kTopicSource = {
    .about = {.kind = ComponentKind::kSource,
              .name = "topic",
              .summary = "Reads records from a topic, or from several.",
              .details = "Each flow has its own position in it. Records of one key are read in their order; partitions "
                         "are read in turn.",
              .shorthand = "name",
              .fields = kFields,
              .example = "topic: users_created"},
    .make = make_topic_source};

}  // namespace millrace
