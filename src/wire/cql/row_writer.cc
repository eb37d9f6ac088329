#include "wire/cql/row_writer.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <queue>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/clock.h"
#include "wire/cql/backoff.h"

namespace millrace::cql {
namespace {

constexpr size_t kBlockedMax = 64;        // rows whose replicas have no room, passed over while others' have
constexpr uint8_t kRefusalsMax = 10;      // of one row, by servers that are up: then it is no passing trouble
constexpr int64_t kWaitSliceUs = 50'000;  // how often a waiting thread looks whether it is to stop
constexpr int64_t kWaitTellUs = 1'000'000;

int64_t now_us() { return SystemClock().monotonic_us(); }

uint64_t tag_of(uint32_t batch, uint32_t row) { return (static_cast<uint64_t>(batch) << 32) | row; }

// Trouble of the kind that a server has with one row again and again: its own fault, not the cluster's.
bool is_refusal(const ErrorAnswer& error) {
  return error.is(ErrorKind::kServer) || error.is(ErrorKind::kWriteFailure) || error.is(ErrorKind::kCdcWriteFailure);
}

}  // namespace

// The part that lives in the loop's thread, and what it shares with the flow's.
class RowWriter::Core final : public Sender, private Answered {
 public:
  Core(Cluster& cluster, PreparedRef prepared, RowWriterOptions options)
      : options_(options), cluster_(cluster), prepared_(std::move(prepared)) {}

  // ---- Any thread.
  std::mutex mutex;
  std::condition_variable changed;
  size_t rows_waiting = 0;  // guarded by mutex, as all below
  size_t bytes_waiting = 0;
  std::optional<Error> failure;
  std::string trouble;  // what the last answer that was none of success said
  Counts counts;

  const RowWriterOptions options_;

  // ---- The loop's thread.

  void take(std::unique_ptr<BoundRows> rows) {
    uint32_t id = 0;
    if (free_.empty()) {
      id = static_cast<uint32_t>(batches_.size());
      batches_.emplace_back();
    } else {
      id = free_.back();
      free_.pop_back();
    }
    const size_t count = rows->rows.size();
    batches_[id] = {.rows = std::move(rows), .next = 0, .left = count};
    fresh_.push_back(id);
    pump();
  }

  void pump() override {
    if (stopped_) return;
    for (size_t left = blocked_.size(); left > 0; --left) {
      const Place place = blocked_.front();
      blocked_.pop_front();
      if (!send(place)) blocked_.push_back(place);
    }
    while (blocked_.size() < kBlockedMax) {
      const std::optional<Place> place = next();
      if (!place) return;
      if (!send(*place)) blocked_.push_back(*place);
    }
  }

  void tick(int64_t now) override {
    const bool due = !later_.empty() && later_.top().due_us <= now;
    if (due || !blocked_.empty()) pump();
  }

  void not_prepared(const Prepared& prepared, const Error& why) override {
    if (&prepared == prepared_.get()) fail(why);
  }

  bool is_gone() const override { return released_ && in_flight_ == 0; }

  void release() { stopped_ = released_ = true; }

 private:
  struct Batch {
    std::unique_ptr<BoundRows> rows;
    size_t next = 0;  // the first that has not been sent yet
    size_t left = 0;  // that are not acknowledged
  };
  struct Place {
    uint32_t batch = 0, row = 0;
  };
  struct Later {
    int64_t due_us = 0;
    Place place;
    bool operator<(const Later& other) const { return due_us > other.due_us; }  // the first one on top
  };

  // What is to be sent next: again before for the first time.
  std::optional<Place> next() {
    if (!later_.empty() && later_.top().due_us <= now_us()) {
      const Place place = later_.top().place;
      later_.pop();
      return place;
    }
    if (fresh_.empty()) return std::nullopt;
    Batch& batch = batches_[fresh_.front()];
    const Place place{fresh_.front(), static_cast<uint32_t>(batch.next)};
    if (++batch.next == batch.rows->rows.size()) fresh_.pop_front();
    return place;
  }

  bool send(const Place& place) {
    const BoundRows& rows = *batches_[place.batch].rows;
    const BoundRows::Row& row = rows.rows[place.row];
    Node* node = cluster_.choose(prepared_, row.token);
    if (node == nullptr) return false;
    const Node::Statement& statement = node->statements.find(prepared_.get())->second;
    Connection* connection = node->connection();
    std::string& body = connection->begin(Opcode::kExecute, *this, tag_of(place.batch, place.row));
    append_execute({.id = statement.id,
                    .metadata_id = statement.metadata_id,
                    .consistency = options_.consistency,
                    .count = static_cast<uint16_t>(prepared_->answer.variables.size()),
                    .values = std::string_view(rows.values).substr(row.at, row.bytes)},
                   connection->version(), body);
    connection->end();
    ++node->in_flight;
    ++in_flight_;
    return true;
  }

  void answered(Connection& connection, uint64_t tag, const Frame& frame) override {
    Node& node = left(connection);
    if (stopped_) return;
    const Place place{static_cast<uint32_t>(tag >> 32), static_cast<uint32_t>(tag)};
    cluster_.pump_all();
    if (is_void(frame)) {
      node.grow();
      return acknowledged(place.batch);
    }
    const auto answer = parse_answer(frame);
    const auto* error = answer.ok() ? std::get_if<ErrorAnswer>(&*answer) : nullptr;
    if (answer.ok() && error == nullptr) return acknowledged(place.batch);  // with a warning, say
    if (!answer.ok()) return again(place, connection, answer.error());
    refused(place, connection, node, *error);
  }

  void unanswered(Connection& connection, uint64_t tag, const Error& error) override {
    left(connection).shrink(now_us());
    if (stopped_) return;
    cluster_.pump_all();
    again({static_cast<uint32_t>(tag >> 32), static_cast<uint32_t>(tag)}, connection, error);
  }

  Node& left(Connection& connection) {
    Node& node = *cluster_.node_of(connection);
    --node.in_flight;
    --in_flight_;
    return node;
  }

  void acknowledged(uint32_t id) {
    Batch& batch = batches_[id];
    if (--batch.left > 0) return;
    const std::unique_ptr<BoundRows> rows = std::move(batch.rows);
    free_.push_back(id);
    const std::lock_guard lock(mutex);
    rows_waiting -= rows->rows.size();
    bytes_waiting -= rows->values.size();
    counts.rows += rows->rows.size();
    trouble.clear();
    changed.notify_all();
  }

  void refused(const Place& place, Connection& connection, Node& node, const ErrorAnswer& error) {
    if (error.is(ErrorKind::kUnprepared)) {
      node.statements.erase(prepared_.get());
      blocked_.push_back(place);
      return;
    }
    const Error why = error.error().with_context(connection.endpoint().text());
    BoundRows::Row& row = batches_[place.batch].rows->rows[place.row];
    if (!error.is_passing() || (is_refusal(error) && ++row.refusals >= kRefusalsMax)) return fail(why);
    node.shrink(now_us());
    again(place, connection, why);
  }

  void again(const Place& place, Connection&, const Error& why) {
    BoundRows::Row& row = batches_[place.batch].rows->rows[place.row];
    if (row.failures < UINT8_MAX) ++row.failures;
    later_.push({.due_us = now_us() + backoff_us(row.failures, cluster_.random()), .place = place});
    const std::lock_guard lock(mutex);
    ++counts.again;
    trouble = why.message();
  }

  void fail(const Error& why) {
    stopped_ = true;
    const std::lock_guard lock(mutex);
    if (!failure) failure = why;
    changed.notify_all();
  }

  Cluster& cluster_;
  const PreparedRef prepared_;
  std::vector<Batch> batches_;
  std::vector<uint32_t> free_;
  std::deque<uint32_t> fresh_;  // batches with rows that have not been sent
  std::deque<Place> blocked_;
  std::priority_queue<Later> later_;
  size_t in_flight_ = 0;
  bool stopped_ = false;   // it has failed, or
  bool released_ = false;  // nobody waits for it any more
};

RowWriter::RowWriter(std::shared_ptr<Loop> loop, std::shared_ptr<Cluster> cluster, PreparedRef prepared,
                     RowWriterOptions options)
    : loop_(std::move(loop)),
      cluster_(std::move(cluster)),
      core_(std::make_shared<Core>(*cluster_, std::move(prepared), options)) {
  loop_->post([cluster = cluster_, core = core_] { cluster->add(core); });
}

RowWriter::~RowWriter() {
  loop_->post([core = core_] { core->release(); });
}

Status RowWriter::append(std::unique_ptr<BoundRows> rows, const Patience& patience) {
  const size_t count = rows->rows.size();
  const size_t bytes = rows->values.size();
  if (count == 0) return {};
  Core& core = *core_;
  TRY_STATUS(wait(patience, [&core, count, bytes] {
    return core.rows_waiting == 0 || (core.rows_waiting + count <= core.options_.rows_max &&
                                      core.bytes_waiting + bytes <= core.options_.bytes_max);
  }));
  {
    const std::lock_guard lock(core.mutex);
    core.rows_waiting += count;
    core.bytes_waiting += bytes;
  }
  // A std::function can be copied, so what it holds is shared.
  auto held = std::make_shared<std::unique_ptr<BoundRows>>(std::move(rows));
  loop_->post([held, core_held = core_] { core_held->take(std::move(*held)); });
  return {};
}

Status RowWriter::settle(const Patience& patience) {
  Core& core = *core_;
  return wait(patience, [&core] { return core.rows_waiting == 0; });
}

Status RowWriter::wait(const Patience& patience, const std::function<bool()>& enough) {
  Core& core = *core_;
  const int64_t begun_us = now_us();
  size_t rows_before = SIZE_MAX;
  int64_t moved_us = begun_us;
  bool told = false;
  const auto tell = [&](std::string text) {
    if (patience.waiting && (told || !text.empty())) patience.waiting(std::move(text));
  };
  std::unique_lock lock(core.mutex);
  for (;;) {
    if (core.failure) return *core.failure;
    if (enough()) {
      lock.unlock();
      tell("");
      return {};
    }
    if (core.rows_waiting != rows_before) {
      rows_before = core.rows_waiting;
      moved_us = now_us();
    }
    core.changed.wait_for(lock, std::chrono::microseconds(kWaitSliceUs));
    const std::string last = core.trouble;
    lock.unlock();
    if (patience.is_stopping()) return Error(ErrorCode::kCancelled, "rows were on their way when it was to stop");
    if (const auto refused = cluster_->refusal()) return *refused;
    const int64_t now = now_us();
    if (now - moved_us > kWaitTellUs) {
      const std::string trouble = cluster_->trouble();
      std::string why = !trouble.empty() ? trouble : !last.empty() ? last : "rows are not acknowledged";
      if (now - begun_us > patience.limit_us) return Error(ErrorCode::kUnavailable, std::move(why));
      tell(std::move(why));
      told = true;
    } else if (told) {
      tell("");
      told = false;
    }
    lock.lock();
  }
}

RowWriter::Counts RowWriter::counts() const {
  const std::lock_guard lock(core_->mutex);
  return core_->counts;
}

}  // namespace millrace::cql
