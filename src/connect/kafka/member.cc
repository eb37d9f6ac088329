#include "connect/kafka/member.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/assert.h"
#include "connect/kafka/rd.h"

namespace millrace {
namespace {

constexpr int kServeMs = 100;
constexpr int kReachMs = 1'000;
constexpr int64_t kStuckUs = 60'000'000;
constexpr int kSeekMs = 5'000;
constexpr int64_t kSeekUs = 30'000'000;

// What the user may say otherwise. A worker that was killed is missed after ten seconds. What is read ahead is bounded
// in bytes, over all partitions.
const KafkaPairs kFirst = {{"session.timeout.ms", "10000"},
                           {"heartbeat.interval.ms", "3000"},
                           {"queued.max.messages.kbytes", "16384"},
                           {"fetch.wait.max.ms", "100"},
                           {"fetch.error.backoff.ms", "100"}};

int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Result<std::shared_ptr<KafkaMember>> KafkaMember::open(const KafkaAccess& access, Options options) {
  std::shared_ptr<KafkaMember> member(new KafkaMember(std::move(options)));
  // Positions are ours: kept with the output, given back when an assignment begins. Every run serves one assignment as
  // a whole, so partitions are given and taken as a whole too.
  const KafkaPairs last = {{"group.id", member->options_.group.empty() ? "millrace" : member->options_.group},
                           {"enable.auto.commit", "false"},
                           {"enable.auto.offset.store", "false"},
                           {"isolation.level", "read_committed"},
                           {"auto.offset.reset", "error"},
                           {"enable.partition.eof", "true"},
                           {"partition.assignment.strategy", "roundrobin"}};
  TRY(client, KafkaClient::open(access, KafkaClient::Role::kConsumer, kFirst, last,
                                [member = member.get()](rd_kafka_s* handle, bool given, auto* partitions) {
                                  member->rebalance(handle, given, partitions);
                                }));
  member->client_ = std::move(client);
  rd_kafka_s* const handle = member->client_->handle();
  member->queue_ = rd_kafka_queue_new(handle);
  member->unassigned_since_us_ = now_us();
  if (!member->options_.group.empty()) {
    const RdPartitions topics(rd_kafka_topic_partition_list_new(1));
    for (const std::string& topic : member->options_.topics) {
      rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    }
    const rd_kafka_resp_err_t code = rd_kafka_subscribe(handle, topics.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return member->client_->error(code, fmt::format("join group {}", member->options_.group));
    }
  }
  member->thread_ = std::thread([member = member.get()] { member->serve(); });
  return member;
}

KafkaMember::~KafkaMember() {
  MILLRACE_ASSERT(!held_, "a member outlives the runs that it serves");
  ending_ = true;
  if (thread_.joinable()) thread_.join();
  if (queue_ != nullptr) rd_kafka_queue_destroy(queue_);
}

// Records do not come this way, only what concerns the group and the brokers.
void KafkaMember::serve() {
  while (!ending_) {
    const RdMessage problem(rd_kafka_consumer_poll(client_->handle(), kServeMs));
    if (problem != nullptr && problem->err != RD_KAFKA_RESP_ERR_NO_ERROR &&
        problem->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      const std::lock_guard lock(mutex_);
      problem_ = client_->error(problem->err, fmt::format("join group {}", options_.group));
    }
    if (client_->trouble()) static_cast<void>(client_->reach(kReachMs));
  }
  rd_kafka_consumer_close(client_->handle());
}

void KafkaMember::rebalance(rd_kafka_s* handle, bool given, rd_kafka_topic_partition_list_s* partitions) {
  if (given) {
    take_over(handle, partitions);
  } else {
    give_up(handle);
  }
}

// Where to read from is known once a run begins, and librdkafka wants an answer at once: until then partitions are read
// from their ends, and what comes of that is gone with the first seek.
void KafkaMember::take_over(rd_kafka_s* handle, rd_kafka_topic_partition_list_s* partitions) {
  KafkaAssignment assignment;
  for (int i = 0; i < partitions->cnt; ++i) {
    rd_kafka_topic_partition_t& one = partitions->elems[i];
    one.offset = RD_KAFKA_OFFSET_END;
    assignment.partitions.push_back({one.topic, one.partition});
    forward(assignment.partitions.back());
  }
  std::sort(assignment.partitions.begin(), assignment.partitions.end());
  rd_kafka_assign(handle, partitions);
  assignment.group = {rd_kafka_consumer_group_metadata(handle), rd_kafka_consumer_group_metadata_destroy};
  const std::lock_guard lock(mutex_);
  assignment_ = std::move(assignment);
  assigned_ = true;
  problem_.reset();
  changed_.notify_all();
}

// To our queue. The end of an assignment undoes it.
void KafkaMember::forward(const KafkaPartition& partition) {
  const RdQueue own(rd_kafka_queue_get_partition(client_->handle(), partition.topic.c_str(), partition.partition));
  rd_kafka_queue_forward(own.get(), queue_);
}

void KafkaMember::give_up(rd_kafka_s* handle) {
  const bool lost = rd_kafka_assignment_lost(handle) != 0;
  std::unique_lock lock(mutex_);
  assigned_ = false;
  unassigned_since_us_ = now_us();
  if (held_) {
    standing_ = lost ? Standing::kLost : Standing::kWanted;
    if (!lost) changed_.wait(lock, [&] { return !held_; });
  }
  rd_kafka_assign(handle, nullptr);
}

Result<KafkaAssignment> KafkaMember::hold(int64_t timeout_us) {
  std::unique_lock lock(mutex_);
  MILLRACE_ASSERT(!held_, "a member serves one run at a time");
  if (!changed_.wait_for(lock, std::chrono::microseconds(timeout_us), [&] { return assigned_; })) {
    if (auto trouble = client_->trouble()) return *std::move(trouble);
    if (problem_) return *problem_;
    return Error(ErrorCode::kUnavailable,
                 fmt::format("system {}: group {} has not given this worker its partitions of {} yet: others are "
                             "finishing with them, or have not been missed so far",
                             client_->system(), options_.group, fmt::join(options_.topics, ", ")));
  }
  held_ = true;
  standing_ = Standing::kHeld;
  return assignment_;
}

void KafkaMember::release() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

bool KafkaMember::is_stuck() const {
  const std::lock_guard lock(mutex_);
  return !assigned_ && now_us() - unassigned_since_us_ > kStuckUs && !client_->trouble();
}

Status KafkaMember::read_from(const std::vector<KafkaStart>& starts) {
  const RdPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(starts.size())));
  for (const KafkaStart& start : starts) {
    rd_kafka_topic_partition_list_add(list.get(), start.partition.topic.c_str(), start.partition.partition)->offset =
        start.offset;
  }
  if (!options_.group.empty()) return seek(*list);
  for (const KafkaStart& start : starts) forward(start.partition);
  const rd_kafka_resp_err_t code = rd_kafka_assign(client_->handle(), list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return client_->error(code, "begin to read");
  return {};
}

// An assignment is being taken over for a moment longer than the group's answer takes.
Status KafkaMember::seek(rd_kafka_topic_partition_list_s& list) {
  const int64_t until_us = now_us() + kSeekUs;
  while (list.cnt > 0) {
    const RdError failure{rd_kafka_seek_partitions(client_->handle(), &list, kSeekMs)};
    rd_kafka_resp_err_t code = failure == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(failure.get());
    for (int i = 0; i < list.cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) code = list.elems[i].err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || standing_ != Standing::kHeld) return {};
    const bool too_early = code == RD_KAFKA_RESP_ERR__STATE || code == RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS ||
                           code == RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (!too_early || now_us() > until_us) return client_->error(code, "begin to read");
    std::this_thread::sleep_for(std::chrono::milliseconds(kServeMs / 10));
  }
  return {};
}

void KafkaMember::receive(int timeout_ms, const Take& take) {
  struct Receiving {
    const Take& take;
    rd_kafka_t* handle;
  } receiving{take, client_->handle()};
  rd_kafka_consume_callback_queue(
      queue_, timeout_ms,
      [](rd_kafka_message_t* message, void* opaque) {
        const auto& now = *static_cast<Receiving*>(opaque);
        if (!now.take(*message)) rd_kafka_yield(now.handle);
      },
      &receiving);
}

}  // namespace millrace
