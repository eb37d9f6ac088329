#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "data/cql/bytes.h"
#include "data/cql/value.h"
#include "wire/cql/cluster.h"

// What the session learns of the cluster over its first connection.
namespace millrace::cql {
namespace {

constexpr std::string_view kPartitioner = "Murmur3Partitioner";
constexpr std::string_view kSelectLocal =
    "SELECT rpc_address, host_id, data_center, rack, tokens, partitioner FROM system.local";
constexpr std::string_view kSelectPeers =
    "SELECT native_address, host_id, data_center, rack, tokens, native_port FROM system.peers_v2";
constexpr std::string_view kSelectOldPeers = "SELECT rpc_address, host_id, data_center, rack, tokens FROM system.peers";
constexpr std::string_view kSelectKeyspaces = "SELECT keyspace_name, replication FROM system_schema.keyspaces";

std::string text_of(const std::optional<std::string_view>& value, const CqlType& type) {
  return value && is_cql_value(type, *value) ? cql_text(type, *value) : std::string();
}

std::vector<int64_t> tokens_of(const std::optional<std::string_view>& value) {
  std::vector<int64_t> tokens;
  CqlElements elements(value.value_or(""));
  for (std::string_view one; elements.next(one);) {
    int64_t token = 0;
    const auto [end, error] = std::from_chars(one.data(), one.data() + one.size(), token);
    if (error == std::errc() && end == one.data() + one.size()) tokens.push_back(token);
  }
  return tokens;
}

std::map<std::string, std::string> texts_of(const std::optional<std::string_view>& value) {
  std::map<std::string, std::string> texts;
  CqlElements elements(value.value_or(""));
  elements.as_map();
  std::string_view key;
  std::string_view text;
  while (elements.next(key) && elements.next(text)) texts.emplace(key, text);
  return texts;
}

}  // namespace

void Cluster::refresh() {
  refresh_at_us_ = 0;
  if (!control_ || !control_->is_ready()) return;
  learned_.clear();
  ask_control(kLocalTag, kSelectLocal);
  ask_control(kPeersTag, kSelectPeers);
  ask_control(kKeyspacesTag, kSelectKeyspaces);
  learning_ = 3;
}

void Cluster::ask_control(ControlTag tag, std::string_view statement) {
  if (tag == kRegisterTag) {
    append_register(control_->begin(Opcode::kRegister, *this, tag));
  } else {
    std::string& body = control_->begin(Opcode::kQuery, *this, tag);
    append_query(statement, {.consistency = Consistency::kOne}, control_->version(), body);
  }
  control_->end();
}

void Cluster::learn(ControlTag tag, Result<Answer> answer) {
  if (tag == kRegisterTag) return;
  const auto* rows = std::get_if<RowsAnswer>(&*answer);
  if (rows == nullptr && tag == kPeersTag) return ask_control(kOldPeersTag, kSelectOldPeers);  // of before Cassandra 4
  if (rows == nullptr) {
    const auto* error = std::get_if<ErrorAnswer>(&*answer);
    const Error why(ErrorCode::kUnavailable,
                    fmt::format("{}: what nodes there are cannot be read: {}", control_endpoint_.text(),
                                error == nullptr ? std::string("an answer of another kind") : error->text()));
    return loop_.post([held = control_, why] { held->close(why); });
  }
  switch (tag) {
    case kLocalTag: learn_local(*rows); break;
    case kPeersTag:
    case kOldPeersTag: learn_peers(*rows); break;
    case kKeyspacesTag: learn_keyspaces(*rows); break;
    default: break;
  }
  if (learning_ > 0 && --learning_ == 0) learned_all();
}

void Cluster::learn_local(const RowsAnswer& rows) {
  if (rows.column_count != 6 || rows.rows != 1) return;
  RowValues values(rows);
  Learned local{.address = text_of(values.next(), CqlKind::kInet),
                .port = control_endpoint_.port,
                .host_id = text_of(values.next(), CqlKind::kUuid)};
  local.place.datacenter = text_of(values.next(), CqlKind::kText);
  local.place.rack = text_of(values.next(), CqlKind::kText);
  local.place.tokens = tokens_of(values.next());
  learned_partitioner_ = text_of(values.next(), CqlKind::kText).ends_with(kPartitioner);
  known_as_[local.host_id] = control_endpoint_;
  if (datacenter_.empty()) datacenter_ = local.place.datacenter;
  learned_.push_back(std::move(local));
}

void Cluster::learn_peers(const RowsAnswer& rows) {
  if (rows.column_count != 5 && rows.column_count != 6) return;
  RowValues values(rows);
  for (size_t row = 0; row < rows.rows; ++row) {
    Learned peer{.address = text_of(values.next(), CqlKind::kInet), .host_id = text_of(values.next(), CqlKind::kUuid)};
    peer.place.datacenter = text_of(values.next(), CqlKind::kText);
    peer.place.rack = text_of(values.next(), CqlKind::kText);
    peer.place.tokens = tokens_of(values.next());
    peer.port = options_.hosts.front().port;
    if (rows.column_count == 6) {
      const std::string port = text_of(values.next(), CqlKind::kInt);
      std::from_chars(port.data(), port.data() + port.size(), peer.port);
    }
    // One that is just joining or leaving has no row that is whole.
    const bool whole = !peer.address.empty() && !peer.host_id.empty() && !peer.place.tokens.empty();
    if (whole && peer.port > 0 && peer.port <= UINT16_MAX) learned_.push_back(std::move(peer));
  }
}

void Cluster::learn_keyspaces(const RowsAnswer& rows) {
  if (rows.column_count != 2) return;
  keyspaces_.clear();
  RowValues values(rows);
  for (size_t row = 0; row < rows.rows; ++row) {
    std::string name(values.next().value_or(""));
    keyspaces_.emplace(std::move(name), replication_of(texts_of(values.next())));
  }
}

void Cluster::learned_all() {
  std::vector<std::shared_ptr<Node>> nodes;
  std::set<std::string> datacenters;
  for (const Learned& learned : learned_) {
    datacenters.insert(learned.place.datacenter);
    const auto known =
        std::find_if(nodes_.begin(), nodes_.end(), [&](const auto& node) { return node->host_id == learned.host_id; });
    auto node = known != nodes_.end() ? *known : std::make_shared<Node>();
    node->host_id = learned.host_id;
    node->place = learned.place;
    node->local = learned.place.datacenter == datacenter_;
    if (known == nodes_.end()) {
      node->window_max = options_.in_flight_max;
      node->window = static_cast<double>(options_.in_flight_max);
      node->slots.resize(options_.connections_per_node);
    }
    const auto named = known_as_.find(learned.host_id);
    Endpoint endpoint = named != known_as_.end()
                            ? named->second
                            : Endpoint{.host = learned.address, .port = static_cast<uint16_t>(learned.port)};
    if (endpoint != node->endpoint || !node->local) forget(*node);
    node->endpoint = std::move(endpoint);
    nodes.push_back(std::move(node));
  }
  for (const auto& node : nodes_) {
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) forget(*node);
  }
  nodes_ = std::move(nodes);
  places_.clear();
  for (const auto& node : nodes_) places_.push_back(node->place);
  rings_.clear();
  if (!datacenters.contains(datacenter_)) {
    const std::string text =
        fmt::format("there is no datacenter '{}'; the cluster has: {}", datacenter_, fmt::join(datacenters, ", "));
    set_trouble(text, Error(ErrorCode::kInvalidArgument, text));
  }
  pump_all();
}

}  // namespace millrace::cql
