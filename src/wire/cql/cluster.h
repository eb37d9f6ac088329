#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "wire/cql/connection.h"
#include "wire/cql/loop.h"
#include "wire/cql/node.h"
#include "wire/cql/ring.h"

namespace millrace::cql {

struct SessionOptions {
  std::vector<Endpoint> hosts;  // to begin with; the others are learned from them
  std::string datacenter;       // whose nodes are asked; empty: that of the first host that answers
  std::string user, password;
  std::shared_ptr<const Tls> tls;
  Compression compression = Compression::kNone;
  size_t connections_per_node = 2;
  size_t in_flight_max = 1'024;  // rows of one node that wait for its answer
  int64_t connect_timeout_us = 5'000'000;
  int64_t request_timeout_us = 12'000'000;
  uint64_t seed = 1;  // of the waits between attempts
};

// One request that is no row, and what is to become of its answer.
struct Ask {
  Opcode opcode = Opcode::kQuery;
  std::function<void(uint8_t version, std::string& body)> body;
  std::function<void(Result<Answer>)> done;
};

// Who sends rows.
class Sender {
 public:
  virtual ~Sender() = default;
  virtual void pump() = 0;  // there may be room for some
  virtual void tick(int64_t now_us) = 0;
  virtual void not_prepared(const Prepared& prepared, const Error& why) = 0;  // a node will not, and never will
  virtual bool is_gone() const = 0;                                           // it sends nothing and waits for nothing
};

// What the session knows of the cluster, and its connections. Everything but trouble() and refusal() is of the loop's
// thread. One connection is for learning: which nodes there are, what they keep, what changes.
class Cluster final : private ConnectionWatch, private Answered {
 public:
  Cluster(Loop& loop, SessionOptions options);
  ~Cluster() override;

  void start();
  void stop();

  const SessionOptions& options() const { return options_; }
  Loop& loop() { return loop_; }
  Random& random() { return random_; }

  // On any node that is up; without one it has failed at once.
  void ask(Ask ask);
  // On this one.
  void ask_node(Node& node, Ask ask);

  // The replica for a row that takes one more: of those that are up the one with the fewest on their way; any node of
  // the datacentre when no replica is up. nullptr: none has room, or has prepared the statement; those that have not
  // are asked to.
  Node* choose(const PreparedRef& prepared, int64_t token);
  Node* node_of(Connection& connection) { return static_cast<Node*>(connection.owner); }
  size_t nodes_up() const;
  void pump_all();  // at the end of the loop's turn

  void add(std::shared_ptr<Sender> sender) { senders_.push_back(std::move(sender)); }  // until it is gone

  // Why nothing goes on, as a sentence; empty: nodes are up. Any thread.
  std::string trouble() const;
  // Why it never will until somebody does something: not let in, no such datacentre. Any thread.
  std::optional<Error> refusal() const;

 private:
  enum ControlTag : uint64_t { kLocalTag, kPeersTag, kOldPeersTag, kKeyspacesTag, kRegisterTag, kControlTags };
  struct Learned {
    std::string address;
    int32_t port = 0;
    std::string host_id;
    RingNode place;
  };

  void ready(Connection& connection) override;
  void closed(Connection& connection, const Error& why) override;
  void event(Connection& connection, const Answer& event) override;
  void answered(Connection& connection, uint64_t tag, const Frame& frame) override;
  void unanswered(Connection& connection, uint64_t tag, const Error& error) override;

  void tick();
  void connect_control();
  void control_failed(const Error& why);
  ConnectionOptions connection_options(Endpoint endpoint) const;
  void open(Node& node, Node::Slot& slot);

  void refresh();
  void ask_control(ControlTag tag, std::string_view statement);
  void learn(ControlTag tag, Result<Answer> answer);
  void learn_local(const RowsAnswer& rows);
  void learn_peers(const RowsAnswer& rows);
  void learn_keyspaces(const RowsAnswer& rows);
  void learned_all();
  void forget(Node& node);
  bool can_take(Node& node, const PreparedRef& prepared);
  void prepare_on(Node& node, const PreparedRef& prepared);
  const Ring& ring_of(std::string_view keyspace);
  void set_trouble(std::string trouble, std::optional<Error> refusal);

  Loop& loop_;
  const SessionOptions options_;
  Random random_;
  uint8_t version_ = kNewestVersion;
  std::string datacenter_;

  std::shared_ptr<Connection> control_;
  Endpoint control_endpoint_;
  size_t next_candidate_ = 0;
  size_t failures_in_a_row_ = 0;
  bool all_refused_ = true;  // since a connection was there
  int64_t connect_at_us_ = 0;
  int64_t refresh_at_us_ = 0;  // 0: not asked for
  size_t learning_ = 0;        // answers that are still to come

  std::vector<Learned> learned_;
  bool learned_partitioner_ = false;  // it is the one whose tokens are known here
  std::map<std::string, Replication, std::less<>> keyspaces_;
  std::map<std::string, Endpoint> known_as_;  // by host id: as the options name it
  std::vector<std::shared_ptr<Node>> nodes_;
  std::vector<RingNode> places_;
  std::map<std::string, Ring, std::less<>> rings_;

  std::map<uint64_t, Ask> asks_;
  uint64_t next_ask_ = kControlTags;
  std::vector<std::shared_ptr<Sender>> senders_;
  bool stopped_ = false;
  bool pump_posted_ = false;

  mutable std::mutex mutex_;
  std::string trouble_;           // guarded by mutex_
  std::optional<Error> refusal_;  // guarded by mutex_
};

}  // namespace millrace::cql
