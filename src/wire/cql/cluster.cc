#include "wire/cql/cluster.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/clock.h"
#include "wire/cql/backoff.h"

namespace millrace::cql {
namespace {

constexpr int64_t kTickUs = 20'000;
constexpr int64_t kPrepareAgainUs = 500'000;  // behind an attempt that failed
constexpr int kPrepareRefusalsMax = 3;
constexpr int64_t kRefreshDelayUs = 1'000'000;  // behind an event: servers tell of it before it is true
int64_t now_us() { return SystemClock().monotonic_us(); }

}  // namespace

Cluster::Cluster(Loop& loop, SessionOptions options)
    : loop_(loop), options_(std::move(options)), random_(options_.seed), datacenter_(options_.datacenter) {
  MILLRACE_ASSERT(!options_.hosts.empty(), "a session begins with a host");
  trouble_ = "connecting";
}

Cluster::~Cluster() = default;

void Cluster::start() {
  loop_.every(kTickUs, [this] { tick(); });
  loop_.post([this] { connect_control(); });
}

void Cluster::stop() {
  stopped_ = true;
  const Error ended(ErrorCode::kCancelled, "the session has ended");
  set_trouble(ended.message(), ended);
  if (control_) control_->abandon();
  for (const auto& node : nodes_) {
    for (Node::Slot& slot : node->slots) {
      if (slot.connection) slot.connection->abandon();
    }
  }
  for (auto& [tag, ask] : std::exchange(asks_, {})) {
    ask.done(ended);
  }
}

std::string Cluster::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

std::optional<Error> Cluster::refusal() const {
  const std::lock_guard lock(mutex_);
  return refusal_;
}

void Cluster::set_trouble(std::string trouble, std::optional<Error> refusal) {
  const std::lock_guard lock(mutex_);
  trouble_ = std::move(trouble);
  refusal_ = std::move(refusal);
}

size_t Cluster::nodes_up() const {
  return static_cast<size_t>(
      std::count_if(nodes_.begin(), nodes_.end(), [](const auto& node) { return node->is_up(); }));
}

// ---- Connections.

ConnectionOptions Cluster::connection_options(Endpoint endpoint) const {
  return {.endpoint = std::move(endpoint),
          .tls = options_.tls,
          .user = options_.user,
          .password = options_.password,
          .compression = options_.compression,
          .version = version_,
          .connect_timeout_us = options_.connect_timeout_us,
          .request_timeout_us = options_.request_timeout_us};
}

void Cluster::tick() {
  if (stopped_) return;
  const int64_t now = now_us();
  if (control_) control_->tick(now);
  if (!control_ && now >= connect_at_us_) connect_control();
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const auto node = nodes_[i];  // learning may take it out meanwhile
    for (Node::Slot& slot : node->slots) {
      if (slot.connection) {
        const auto connection = slot.connection;
        connection->tick(now);
      } else if (node->local && now >= slot.retry_at_us) {
        open(*node, slot);
      }
    }
  }
  if (refresh_at_us_ != 0 && now >= refresh_at_us_ && learning_ == 0) refresh();
  for (const auto& sender : std::vector(senders_)) sender->tick(now);
  std::erase_if(senders_, [](const auto& sender) { return sender->is_gone(); });
}

// First the nodes that are known, then those that the options name, one after the other.
void Cluster::connect_control() {
  if (control_ || stopped_) return;
  std::vector<Endpoint> candidates;
  for (const auto& node : nodes_) {
    if (node->local) candidates.push_back(node->endpoint);
  }
  candidates.insert(candidates.end(), options_.hosts.begin(), options_.hosts.end());
  control_endpoint_ = candidates[next_candidate_++ % candidates.size()];
  control_ = Connection::open(loop_, connection_options(control_endpoint_), *this);
}

void Cluster::open(Node& node, Node::Slot& slot) {
  slot.connection = Connection::open(loop_, connection_options(node.endpoint), *this);
  slot.connection->owner = &node;
}

void Cluster::ready(Connection& connection) {
  if (&connection == control_.get()) {
    failures_in_a_row_ = 0;
    all_refused_ = true;
    for (const auto& node : nodes_) {
      for (Node::Slot& slot : node->slots) slot.retry_at_us = 0;
    }
    ask_control(kRegisterTag, {});
    refresh();
    return;
  }
  Node& node = *node_of(connection);
  for (Node::Slot& slot : node.slots) {
    if (slot.connection.get() == &connection) slot.failures = 0;
  }
  set_trouble({}, std::nullopt);
  pump_all();
}

void Cluster::closed(Connection& connection, const Error& why) {
  if (stopped_) return;
  if (&connection == control_.get()) {
    control_failed(why);
    return;
  }
  Node& node = *node_of(connection);
  for (Node::Slot& slot : node.slots) {
    if (slot.connection.get() != &connection) continue;
    slot.connection.reset();
    slot.retry_at_us = now_us() + backoff_us(++slot.failures, random_);
  }
  // Statements are kept by a node as long as it runs, and it may have started anew.
  if (!node.is_up()) node.statements.clear();
  if (nodes_up() == 0) {
    set_trouble(fmt::format("no node answers: {}", why.message()), refusal());
  }
  pump_all();
}

void Cluster::control_failed(const Error& why) {
  const uint8_t spoken = control_->server_version();
  const bool greeting = learning_ == 0 && !control_->is_ready();
  control_.reset();
  learning_ = 0;
  if (greeting && why.code() == ErrorCode::kInvalidArgument && spoken >= kOldestVersion && spoken < version_) {
    version_ = spoken;
    --next_candidate_;
    connect_at_us_ = now_us();
    return;
  }
  // A node that starts cannot look its users up, and calls that a failed authentication.
  const bool refused = (why.code() == ErrorCode::kPermission || why.code() == ErrorCode::kInvalidArgument) &&
                       why.message().find("Unable to perform authentication") == std::string::npos;
  all_refused_ = all_refused_ && refused;
  ++failures_in_a_row_;
  const size_t round = nodes_.size() + options_.hosts.size();
  const bool whole_round = failures_in_a_row_ % round == 0;
  connect_at_us_ = now_us() + backoff_us(static_cast<int>(failures_in_a_row_ / round) + 1, random_);
  if (nodes_up() > 0) return;
  set_trouble(fmt::format("no node answers: {}", why.message()),
              whole_round && all_refused_ ? std::optional(why) : std::nullopt);
  if (whole_round) all_refused_ = true;
  pump_all();
}

void Cluster::forget(Node& node) {
  for (Node::Slot& slot : node.slots) {
    if (const auto connection = std::exchange(slot.connection, nullptr)) {
      connection->close(Error(ErrorCode::kUnavailable, fmt::format("{}: is asked no more", node.endpoint.text())));
    }
  }
}

void Cluster::event(Connection& connection, const Answer& event) {
  if (&connection != control_.get()) return;
  const auto* schema = std::get_if<SchemaChange>(&event);
  if (schema != nullptr && schema->target != "KEYSPACE") return;
  refresh_at_us_ = now_us() + kRefreshDelayUs;
  const auto* change = std::get_if<NodeChange>(&event);
  if (change == nullptr || change->change != "UP") return;
  for (const auto& node : nodes_) {
    if (node->endpoint.host != change->address) continue;
    for (Node::Slot& slot : node->slots) slot.retry_at_us = std::min(slot.retry_at_us, refresh_at_us_);
  }
}

// ---- Requests.

void Cluster::ask(Ask ask) {
  Node* best = nullptr;
  for (const auto& node : nodes_) {
    if (node->connection() == nullptr) continue;
    if (best == nullptr || node->in_flight < best->in_flight) best = node.get();
  }
  if (best != nullptr) return ask_node(*best, std::move(ask));
  if (const auto refused = refusal()) return ask.done(*refused);
  ask.done(Error(ErrorCode::kUnavailable, trouble()));
}

void Cluster::ask_node(Node& node, Ask ask) {
  Connection* connection = node.connection();
  if (connection == nullptr) {
    return ask.done(Error(ErrorCode::kUnavailable, fmt::format("{}: not connected", node.endpoint.text())));
  }
  const uint64_t tag = next_ask_++;
  ask.body(connection->version(), connection->begin(ask.opcode, *this, tag));
  connection->end();
  asks_.emplace(tag, std::move(ask));
}

void Cluster::answered(Connection& connection, uint64_t tag, const Frame& frame) {
  auto answer = parse_answer(frame);
  if (!answer.ok()) {
    const Error wrong = answer.error().with_context(connection.endpoint().text());
    loop_.post([held = connection.shared_from_this(), wrong] { held->close(wrong); });
    return unanswered(connection, tag, wrong);
  }
  if (tag < kControlTags) return learn(static_cast<ControlTag>(tag), std::move(answer));
  const auto found = asks_.find(tag);
  if (found == asks_.end()) return;
  Ask ask = std::move(found->second);
  asks_.erase(found);
  if (const auto* error = std::get_if<ErrorAnswer>(&*answer)) {
    return ask.done(error->error().with_context(connection.endpoint().text()));
  }
  ask.done(std::move(answer));
}

void Cluster::unanswered(Connection&, uint64_t tag, const Error& error) {
  if (tag < kControlTags) return;  // its connection closes, and is made anew
  const auto found = asks_.find(tag);
  if (found == asks_.end()) return;
  Ask ask = std::move(found->second);
  asks_.erase(found);
  ask.done(error);
}

const Ring& Cluster::ring_of(std::string_view keyspace) {
  const auto found = rings_.find(keyspace);
  if (found != rings_.end()) return found->second;
  const auto replication = keyspaces_.find(keyspace);
  const bool known = learned_partitioner_ && replication != keyspaces_.end();
  return rings_.emplace(keyspace, known ? Ring(places_, replication->second, datacenter_) : Ring()).first->second;
}

Node* Cluster::choose(const PreparedRef& prepared, int64_t token) {
  Node* best = nullptr;
  bool replica_up = false;
  const auto consider = [&](Node& node) {
    if (best != nullptr && node.in_flight >= best->in_flight) return;
    if (can_take(node, prepared)) best = &node;
  };
  for (const uint16_t at : ring_of(prepared->answer.keyspace).replicas(token)) {
    if (!nodes_[at]->is_up()) continue;
    replica_up = true;
    consider(*nodes_[at]);
  }
  if (replica_up) return best;
  for (const auto& node : nodes_) consider(*node);
  return best;
}

bool Cluster::can_take(Node& node, const PreparedRef& prepared) {
  if (!node.has_room() || node.connection() == nullptr) return false;
  const auto found = node.statements.find(prepared.get());
  if (found != node.statements.end() && found->second.knows == Node::Knows::kStatement) return true;
  prepare_on(node, prepared);
  return false;
}

void Cluster::prepare_on(Node& node, const PreparedRef& prepared) {
  Node::Statement& statement = node.statements[prepared.get()];
  if (statement.knows == Node::Knows::kAsked || now_us() < statement.retry_at_us) return;
  statement.knows = Node::Knows::kAsked;
  const auto held = std::find_if(nodes_.begin(), nodes_.end(), [&](const auto& one) { return one.get() == &node; });
  MILLRACE_ASSERT(held != nodes_.end(), "a node that is asked is one of the cluster's");
  const auto body = [prepared](uint8_t version, std::string& to) { append_prepare(prepared->statement, version, to); };
  const auto done = [this, node = *held, prepared](Result<Answer> answer) {
    if (stopped_) return;
    Node::Statement& known = node->statements[prepared.get()];
    auto* there = answer.ok() ? std::get_if<PreparedAnswer>(&*answer) : nullptr;
    if (there != nullptr) {
      known = {.knows = Node::Knows::kStatement, .id = there->id, .metadata_id = there->metadata_id};
      return pump_all();
    }
    const bool refused = !answer.ok() && !is_retryable(answer.error().code());
    known = {.retry_at_us = now_us() + kPrepareAgainUs, .refusals = refused ? known.refusals + 1 : 0};
    // Of a table that was just made on another node a node may not know for a moment.
    if (known.refusals < kPrepareRefusalsMax) return;
    for (const auto& sender : std::vector(senders_)) sender->not_prepared(*prepared, answer.error());
  };
  ask_node(node, {.opcode = Opcode::kPrepare, .body = body, .done = done});
}

void Cluster::pump_all() {
  if (std::exchange(pump_posted_, true)) return;
  loop_.post([this] {
    pump_posted_ = false;
    if (stopped_) return;
    for (const auto& sender : std::vector(senders_)) sender->pump();
  });
}

}  // namespace millrace::cql
