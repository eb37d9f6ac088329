#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wire/cql/connection.h"
#include "wire/cql/ring.h"

namespace millrace::cql {

// A statement as a server prepared it. Immutable; what it is known by on each node is in Node.
struct Prepared {
  std::string statement;
  PreparedAnswer answer;
};
using PreparedRef = std::shared_ptr<const Prepared>;

// One node of the cluster as the session sees it: its connections, and how much it takes at once. In the loop's thread.
struct Node {
  // So many rows on their way, at least; so that there is something to find out by whether it has recovered.
  static constexpr double kWindowMin = 4;
  static constexpr double kGrowth = 1.0 / 16;
  static constexpr int64_t kShrinkPauseUs = 200'000;  // answers to what was sent before are no news

  struct Slot {
    std::shared_ptr<Connection> connection;
    int failures = 0;
    int64_t retry_at_us = 0;
  };
  enum class Knows : uint8_t { kNothing, kAsked, kStatement };
  struct Statement {
    Knows knows = Knows::kNothing;
    std::string id, metadata_id;
    int64_t retry_at_us = 0;
    int refusals = 0;  // in a row
  };

  std::string host_id;
  Endpoint endpoint;
  RingNode place;
  bool local = false;  // in the session's datacentre: it is asked
  std::vector<Slot> slots;
  std::map<const Prepared*, Statement> statements;

  size_t in_flight = 0;  // rows
  double window = 0;     // so many at once
  size_t window_max = 0;
  int64_t shrunk_us = 0;

  // The ready connection with the fewest requests; nullptr: there is none with room.
  Connection* connection() const {
    Connection* best = nullptr;
    for (const Slot& slot : slots) {
      Connection* one = slot.connection.get();
      if (one == nullptr || !one->has_room()) continue;
      if (best == nullptr || one->in_flight() < best->in_flight()) best = one;
    }
    return best;
  }
  bool is_up() const {
    return std::any_of(slots.begin(), slots.end(),
                       [](const Slot& slot) { return slot.connection != nullptr && slot.connection->is_ready(); });
  }
  bool has_room() const { return static_cast<double>(in_flight) < window; }
  // For each row that is acknowledged: a sixteenth more with every window, so that it is back within a second or so.
  void grow() { window = std::min(static_cast<double>(window_max), window + kGrowth); }
  void shrink(int64_t now_us) {
    if (now_us - shrunk_us < kShrinkPauseUs) return;
    shrunk_us = now_us;
    window = std::max(kWindowMin, window / 2);
  }
};

}  // namespace millrace::cql
