#include "connect/kafka/transaction.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "connect/kafka/rd.h"

namespace millrace {
namespace {

constexpr int64_t kHoldUs = 15'000'000;
constexpr int kOffsetsMs = 5'000;
constexpr int kCommitMs = 5'000;
constexpr int kAbortMs = 10'000;
constexpr int kRoomMs = 10;  // until there may be room in the queue of what is to be sent
constexpr int kReadMs = 100;
constexpr int64_t kReadCheckpointUs = 60'000'000;

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int32_t checkpoint_partition(std::string_view flow) { return Partitioner(kCheckpointPartitions).partition_of(flow); }

}  // namespace

Result<std::unique_ptr<KafkaTransaction>> KafkaTransaction::begin_as_member(std::string flow, KafkaProducer& producer,
                                                                            std::shared_ptr<KafkaMember> member) {
  TRY(client, producer.ready());
  TRY(assignment, member->hold(kHoldUs));
  std::unique_ptr<KafkaTransaction> transaction(new KafkaTransaction(std::move(flow), producer, std::move(client)));
  transaction->member_ = std::move(member);  // which is released with it
  transaction->assignment_ = std::move(assignment);
  TRY(committed, committed_of(transaction->member_->client(), transaction->assignment_.partitions));
  transaction->resumed_from_ = checkpoint_of(committed);
  transaction->committed_ = transaction->resumed_from_.position;
  for (const KafkaCommitted& one : committed) transaction->has_books_.push_back(one.note.books.has_value());
  return transaction;
}

Result<std::unique_ptr<KafkaTransaction>> KafkaTransaction::begin_alone(std::string flow, KafkaProducer& producer,
                                                                        const KafkaAccess& access) {
  TRY(client, producer.ready());  // from now on nobody else commits for this flow
  TRY(checkpoint, read_checkpoint(access, flow));
  std::unique_ptr<KafkaTransaction> transaction(new KafkaTransaction(std::move(flow), producer, std::move(client)));
  transaction->resumed_from_ = std::move(checkpoint);
  TRY(checkpoints, transaction->topic(std::string(kCheckpointsTopic), TopicCompression::kNone));
  transaction->checkpoint_.topic = checkpoints;
  return transaction;
}

KafkaTransaction::~KafkaTransaction() {
  if (outcome_.valid()) outcome_.wait();
  if (stage_ == Stage::kCommitting) {
    drop();  // how it ends is found out by the next one
  } else if (stage_ != Stage::kNone) {
    abort();
  }
  for (const auto& [name, topic] : topics_) rd_kafka_topic_destroy(topic);
  if (member_ != nullptr) member_->release();
}

Result<rd_kafka_topic_s*> KafkaTransaction::topic(const std::string& name, TopicCompression compression) {
  if (const auto known = topics_.find(name); known != topics_.end()) return known->second;
  rd_kafka_topic_conf_t* const conf = rd_kafka_default_topic_conf_dup(client_->handle());
  if (compression != TopicCompression::kNone) {
    std::array<char, 256> why{};
    const std::string codec(topic_compression_name(compression));
    const auto set = rd_kafka_topic_conf_set(conf, "compression.codec", codec.c_str(), why.data(), why.size());
    MILLRACE_ASSERT(set == RD_KAFKA_CONF_OK, why.data());
  }
  rd_kafka_topic_t* const made = rd_kafka_topic_new(client_->handle(), name.c_str(), conf);
  if (made == nullptr) return client_->error(rd_kafka_last_error(), fmt::format("write to topic {}", name));
  topics_[name] = made;
  return made;
}

Status KafkaTransaction::start() {
  if (stage_ != Stage::kNone) return {};
  if (const RdError failure{rd_kafka_begin_transaction(client_->handle())})
    return judge(*failure, "begin a transaction");
  stage_ = Stage::kSending;
  return {};
}

Status KafkaTransaction::append(const std::string& name, TopicCompression compression,
                                std::unique_ptr<KafkaRecords> records, const RunContext& run) {
  if (over_) return Error(ErrorCode::kUnavailable, fmt::format("flow {} has been taken over", flow_));
  TRY(to, topic(name, compression));
  Sent sent{to, std::move(records)};
  if (flight_) {
    next_.push_back(std::move(sent));
    return {};
  }
  return put(std::move(sent), run.stopping);
}

Status KafkaTransaction::put(Sent sent, const std::function<bool()>& stopping) {
  // What came before has not been sent again yet, so this cannot be sent either.
  const bool in_order = stage_ != Stage::kNone || sent_.empty();
  sent_.push_back(std::move(sent));
  if (!in_order) return {};
  TRY_STATUS(start());
  return send(sent_.back(), stopping);
}

// A record that librdkafka does not take since the transaction has failed is sent again with all others.
Status KafkaTransaction::send(const Sent& sent, const std::function<bool()>& stopping) {
  rd_kafka_t* const handle = client_->handle();
  std::array<rd_kafka_vu_t, 5> fields{};
  fields[0] = {.vtype = RD_KAFKA_VTYPE_RKT, .u = {.rkt = sent.topic}};
  fields[1] = {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u = {.i64 = sent.records->timestamp_ms}};
  for (const KafkaRecords::Record& record : sent.records->records) {
    fields[2] = {.vtype = RD_KAFKA_VTYPE_PARTITION, .u = {.i32 = record.partition}};
    fields[3] = {.vtype = RD_KAFKA_VTYPE_VALUE,
                 .u = {.mem = {.ptr = const_cast<char*>(record.value.data()), .size = record.value.size()}}};
    const std::string_view key = record.key.value_or("");
    fields[4] = {.vtype = RD_KAFKA_VTYPE_KEY, .u = {.mem = {.ptr = const_cast<char*>(key.data()), .size = key.size()}}};
    while (true) {
      const RdError failure{rd_kafka_produceva(handle, fields.data(), record.key ? 5 : 4)};
      if (failure == nullptr) break;
      const auto code = rd_kafka_error_code(failure.get());
      if (code == RD_KAFKA_RESP_ERR__STATE) {
        abort();
        return {};
      }
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) return judge(*failure, "send a record");
      if (stopping && stopping()) return Error(ErrorCode::kCancelled, "stopped");
      rd_kafka_poll(handle, kRoomMs);
    }
  }
  return {};
}

// The run is told to try again until it succeeds, unless that is of no use.
Status KafkaTransaction::judge(const rd_kafka_error_s& failure, std::string_view action) {
  const int code = rd_kafka_error_code(&failure);
  Error error = client_->error(failure, action);
  const bool no_member = code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
                         code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
  if (no_member) {
    abort();
    over_ = true;
    return Error(ErrorCode::kUnavailable,
                 fmt::format("flow {}: the group has given this worker's partitions to others, who go on from the last "
                             "commit ({})",
                             flow_, rd_kafka_error_string(&failure)));
  }
  if (rd_kafka_error_is_fatal(&failure) != 0) {
    over_ = true;
    drop();
    return Error(ErrorCode::kUnavailable, fmt::format("flow {}: another process has begun to commit as '{}' ({})",
                                                      flow_, producer_.id(), rd_kafka_error_string(&failure)));
  }
  if (rd_kafka_error_txn_requires_abort(&failure) != 0) {
    // Which of the records it was that could not be delivered says more.
    if (auto undelivered = client_->take_undelivered()) error = *std::move(undelivered);
    abort();
  }
  if (code == RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("flow {}: its books do not fit into the metadata of an offset: set "
                             "offset.metadata.max.bytes of the brokers of {} to 32768 (4096 unless set)",
                             flow_, client_->system()));
  }
  return error;
}

// Who comes next puts an end to the transaction. Nothing of what was sent is looked at any more.
void KafkaTransaction::drop() {
  stage_ = Stage::kNone;
  rd_kafka_purge(client_->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  producer_.drop();
}

// What was sent stays, to be sent again.
void KafkaTransaction::abort() {
  if (stage_ == Stage::kNone) return;
  stage_ = Stage::kNone;
  if (const RdError failure{rd_kafka_abort_transaction(client_->handle(), kAbortMs)}) {
    over_ = true;
    drop();
  }
}

Status KafkaTransaction::send_offsets(const Checkpoint& checkpoint) {
  const std::vector<KafkaPartition>& partitions = assignment_.partitions;
  const RdPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (size_t i = 0; i < partitions.size(); ++i) {
    const std::string part = partitions[i].part();
    const auto at = checkpoint.position.find(part);
    const PartPosition now = at == checkpoint.position.end() ? PartPosition{} : at->second;
    const auto before = committed_.find(part);
    // The books are with the first of the partitions, and nowhere else once this is committed.
    const bool moved = at != checkpoint.position.end() && (before == committed_.end() || before->second != now);
    if (i != 0 && !moved && !has_books_[i]) continue;
    OffsetNote note{.stamp_us = now.stamp_us};
    if (i == 0) {
      note.books = checkpoint;
      note.books->position.clear();
    }
    auto* const entry =
        rd_kafka_topic_partition_list_add(list.get(), partitions[i].topic.c_str(), partitions[i].partition);
    entry->offset = static_cast<int64_t>(now.next);
    const std::string text = note.to_text();
    entry->metadata = rd_kafka_mem_malloc(client_->handle(), text.size());
    entry->metadata_size = text.size();
    std::memcpy(entry->metadata, text.data(), text.size());
  }
  if (list->cnt == 0) return {};
  const RdError failure{
      rd_kafka_send_offsets_to_transaction(client_->handle(), list.get(), assignment_.group.get(), kOffsetsMs)};
  return failure == nullptr ? Status() : judge(*failure, "commit offsets");
}

Status KafkaTransaction::send_checkpoint(const Checkpoint& checkpoint) {
  const std::string text = checkpoint.to_bytes();
  auto records = std::make_unique<KafkaRecords>();
  records->values.bytes.resize(text.size());
  std::memcpy(records->values.bytes.bytes(), text.data(), text.size());
  records->timestamp_ms = now_ms();
  records->records.push_back({.key = flow_,
                              .value = {records->values.bytes.as<char>(), text.size()},
                              .partition = checkpoint_partition(flow_)});
  checkpoint_.records = std::move(records);
  return send(checkpoint_, nullptr);
}

Status KafkaTransaction::send_all(const Checkpoint& checkpoint) {
  if (stage_ == Stage::kNone) {
    TRY_STATUS(start());
    for (size_t i = 0; i < sent_.size() && stage_ == Stage::kSending; ++i) TRY_STATUS(send(sent_[i], nullptr));
  }
  if (stage_ == Stage::kSending)
    TRY_STATUS(member_ != nullptr ? send_offsets(checkpoint) : send_checkpoint(checkpoint));
  if (stage_ == Stage::kNone)
    return Error(ErrorCode::kUnavailable, fmt::format("flow {}: the transaction failed", flow_));
  stage_ = Stage::kCommitting;
  return {};
}

Status KafkaTransaction::commit(const Checkpoint& checkpoint) {
  TRY_STATUS(land());
  return commit_now(checkpoint);
}

Status KafkaTransaction::begin_commit(const Checkpoint& checkpoint) {
  TRY_STATUS(land());
  flight_ = checkpoint;
  fly();
  return {};
}

void KafkaTransaction::fly() {
  outcome_ = std::async(std::launch::async, [this] { return commit_now(*flight_); });
}

bool KafkaTransaction::has_landed() const {
  return !flight_ || (outcome_.valid() && outcome_.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
}

Status KafkaTransaction::land() {
  if (!flight_) return {};
  if (!outcome_.valid()) fly();  // it has failed before
  TRY_STATUS(outcome_.get());
  flight_.reset();
  for (Sent& sent : std::exchange(next_, {})) TRY_STATUS(put(std::move(sent), nullptr));
  return {};
}

Status KafkaTransaction::commit_now(const Checkpoint& checkpoint) {
  if (over_) return Error(ErrorCode::kUnavailable, fmt::format("flow {} has been taken over", flow_));
  if (stage_ != Stage::kCommitting) TRY_STATUS(send_all(checkpoint));
  if (const RdError failure{rd_kafka_commit_transaction(client_->handle(), kCommitMs)})
    return judge(*failure, "commit");
  stage_ = Stage::kNone;
  sent_.clear();
  checkpoint_.records.reset();
  committed_ = checkpoint.position;
  has_books_.assign(has_books_.size(), false);
  if (!has_books_.empty()) has_books_[0] = true;
  return {};
}

KafkaTopicWanted checkpoints_topic() {
  return {.name = std::string(kCheckpointsTopic),
          .partitions = kCheckpointPartitions,
          .settings = {{"cleanup.policy", "compact"},
                       {"segment.bytes", "16777216"},
                       {"min.cleanable.dirty.ratio", "0.1"},
                       {"max.compaction.lag.ms", "600000"}}};
}

Result<Checkpoint> read_checkpoint(const KafkaAccess& access, const std::string& flow) {
  const KafkaPartition partition{std::string(kCheckpointsTopic), checkpoint_partition(flow)};
  TRY(reader, KafkaMember::open(access, {}));
  TRY(bounds, bounds_of(reader->client(), partition));
  std::optional<std::string> last;
  if (bounds.end > bounds.begin) {
    TRY_STATUS(reader->read_from({{partition, bounds.begin}}));
    int64_t next = bounds.begin;
    std::optional<Error> failed;
    const auto take = [&](const rd_kafka_message_t& message) {
      if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        next = std::max(next, message.offset);
      } else if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        failed = reader->client().error(message.err, "read checkpoints");
      } else {
        next = message.offset + 1;
        const std::string_view key(static_cast<const char*>(message.key), message.key_len);
        if (key == flow) last = std::string(static_cast<const char*>(message.payload), message.len);
      }
      return !failed;
    };
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(kReadCheckpointUs);
    while (next < bounds.end && !failed) {
      if (std::chrono::steady_clock::now() > until) {
        return Error(ErrorCode::kTimeout, fmt::format("flow {}: {} cannot be read to its end", flow, partition.part()));
      }
      reader->receive(kReadMs, take);
    }
    if (failed) return *std::move(failed);
  }
  if (!last) return Checkpoint{};
  auto checkpoint = Checkpoint::from_bytes(*last);
  if (!checkpoint.ok()) return checkpoint.error().with_context(fmt::format("flow {}", flow));
  return checkpoint;
}

}  // namespace millrace
