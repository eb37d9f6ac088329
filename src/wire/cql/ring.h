#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Which nodes keep which rows.
namespace millrace::cql {

// Murmur3Partitioner's token of a partition key in the protocol's bytes: the value itself of one column; of several,
// each with its length in front and a zero behind.
int64_t token_of(std::string_view partition_key);
// Appends one of several columns to such a key.
void append_key_part(std::string_view value, std::string& key);

// How often a keyspace keeps a row, from its replication map. `everywhere`: with SimpleStrategy, whatever the
// datacentre; else by datacentre.
struct Replication {
  int everywhere = 0;
  std::map<std::string, int> by_datacenter;
  bool operator==(const Replication&) const = default;
};
// {"class": ..., "replication_factor": "3"}; others than SimpleStrategy and NetworkTopologyStrategy keep nothing that
// is known.
Replication replication_of(const std::map<std::string, std::string>& options);

struct RingNode {
  std::string datacenter;
  std::string rack;
  std::vector<int64_t> tokens;
};

// The tokens of all nodes and, for one replication, the replicas behind each. Immutable.
class Ring {
 public:
  Ring() = default;
  // Of each place, only replicas in `datacenter` are kept: indices into `nodes`, the first one first.
  Ring(std::span<const RingNode> nodes, const Replication& replication, std::string_view datacenter);

  std::span<const uint16_t> replicas(int64_t token) const;
  bool empty() const { return tokens_.empty(); }

 private:
  std::vector<int64_t> tokens_;
  std::vector<std::pair<uint32_t, uint32_t>> places_;  // per token: from, until in replicas_
  std::vector<uint16_t> replicas_;
};

}  // namespace millrace::cql
