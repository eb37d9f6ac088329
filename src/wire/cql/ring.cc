#include "wire/cql/ring.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <set>

#include "base/assert.h"
#include "data/cql/bytes.h"

namespace millrace::cql {
namespace {

constexpr uint64_t kC1 = 0x87c37b91114253d5ULL;
constexpr uint64_t kC2 = 0x4cf5ad432745937fULL;
constexpr size_t kBlockBytes = 16;
constexpr int kReplicationMax = 100;  // more is taken for a mistake

uint64_t load_block(const char* from) {
  uint64_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return value;
}

uint64_t final_mix(uint64_t k) {
  k ^= k >> 33;
  k *= 0xff51afd7ed558ccdULL;
  k ^= k >> 33;
  k *= 0xc4ceb9fe1a85ec53ULL;
  k ^= k >> 33;
  return k;
}

uint64_t mix_1(uint64_t k) { return std::rotl(k * kC1, 31) * kC2; }
uint64_t mix_2(uint64_t k) { return std::rotl(k * kC2, 33) * kC1; }

// Java's bytes have signs, and Cassandra kept what came of that.
uint64_t signed_byte(char byte) { return static_cast<uint64_t>(static_cast<int64_t>(static_cast<signed char>(byte))); }

int number_of(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // "3/1" (with transient replicas) counts as 3.
  const bool read = error == std::errc() && (end == text.data() + text.size() || *end == '/');
  return read && number > 0 && number <= kReplicationMax ? number : 0;
}

struct Place {
  int64_t token;
  uint16_t node;
};

// Of a datacentre: racks that have none yet go first, as NetworkTopologyStrategy does it.
void add_by_rack(std::span<const RingNode> nodes, std::span<const Place> ring, size_t from, std::string_view datacenter,
                 size_t wanted, std::vector<uint16_t>& replicas) {
  std::set<std::string_view> all_racks;
  size_t there = 0;
  for (const RingNode& node : nodes) {
    if (node.datacenter != datacenter) continue;
    all_racks.insert(node.rack);
    ++there;
  }
  wanted = std::min(wanted, there);
  std::set<std::string_view> racks;
  std::vector<uint16_t> chosen;
  std::vector<uint16_t> skipped;
  const auto contains = [](const std::vector<uint16_t>& list, uint16_t node) {
    return std::find(list.begin(), list.end(), node) != list.end();
  };
  for (size_t i = 0; i < ring.size() && chosen.size() < wanted; ++i) {
    const uint16_t node = ring[(from + i) % ring.size()].node;
    if (nodes[node].datacenter != datacenter || contains(chosen, node) || contains(skipped, node)) continue;
    if (racks.contains(nodes[node].rack) && racks.size() < all_racks.size()) {
      skipped.push_back(node);
      continue;
    }
    chosen.push_back(node);
    racks.insert(nodes[node].rack);
    if (racks.size() < all_racks.size()) continue;
    for (const uint16_t other : skipped) {
      if (chosen.size() < wanted && !contains(chosen, other)) chosen.push_back(other);
    }
    skipped.clear();
  }
  replicas.insert(replicas.end(), chosen.begin(), chosen.end());
}

// Of SimpleStrategy: whoever comes next, of which those of the datacentre are kept.
void add_next(std::span<const RingNode> nodes, std::span<const Place> ring, size_t from, std::string_view datacenter,
              size_t wanted, std::vector<uint16_t>& replicas) {
  std::vector<uint16_t> chosen;
  for (size_t i = 0; i < ring.size() && chosen.size() < wanted; ++i) {
    const uint16_t node = ring[(from + i) % ring.size()].node;
    if (std::find(chosen.begin(), chosen.end(), node) == chosen.end()) chosen.push_back(node);
  }
  for (const uint16_t node : chosen) {
    if (nodes[node].datacenter == datacenter) replicas.push_back(node);
  }
}

}  // namespace

int64_t token_of(std::string_view partition_key) {
  if (partition_key.empty()) return INT64_MIN;
  uint64_t h1 = 0;
  uint64_t h2 = 0;
  const size_t blocks = partition_key.size() / kBlockBytes;
  for (size_t block = 0; block < blocks; ++block) {
    const char* at = partition_key.data() + block * kBlockBytes;
    h1 ^= mix_1(load_block(at));
    h1 = (std::rotl(h1, 27) + h2) * 5 + 0x52dce729;
    h2 ^= mix_2(load_block(at + sizeof(uint64_t)));
    h2 = (std::rotl(h2, 31) + h1) * 5 + 0x38495ab5;
  }
  const std::string_view tail = partition_key.substr(blocks * kBlockBytes);
  uint64_t k1 = 0;
  uint64_t k2 = 0;
  for (size_t i = 0; i < tail.size(); ++i) {
    (i < 8 ? k1 : k2) ^= signed_byte(tail[i]) << (8 * (i % 8));
  }
  if (tail.size() > 8) h2 ^= mix_2(k2);
  if (!tail.empty()) h1 ^= mix_1(k1);
  h1 ^= partition_key.size();
  h2 ^= partition_key.size();
  h1 += h2;
  h2 += h1;
  h1 = final_mix(h1);
  h2 = final_mix(h2);
  const auto token = static_cast<int64_t>(h1 + h2);
  return token == INT64_MIN ? INT64_MAX : token;
}

void append_key_part(std::string_view value, std::string& key) {
  append_be(static_cast<uint16_t>(value.size()), key);
  key.append(value);
  key.push_back('\0');
}

Replication replication_of(const std::map<std::string, std::string>& options) {
  Replication replication;
  const auto found = options.find("class");
  if (found == options.end()) return replication;
  const std::string_view name = found->second;
  const auto is = [name](std::string_view strategy) { return name.ends_with(strategy); };
  if (is("SimpleStrategy")) {
    const auto factor = options.find("replication_factor");
    if (factor != options.end()) replication.everywhere = number_of(factor->second);
  } else if (is("NetworkTopologyStrategy")) {
    for (const auto& [datacenter, factor] : options) {
      if (datacenter != "class") replication.by_datacenter[datacenter] = number_of(factor);
    }
  }
  return replication;
}

Ring::Ring(std::span<const RingNode> nodes, const Replication& replication, std::string_view datacenter) {
  MILLRACE_ASSERT(nodes.size() <= UINT16_MAX, "a cluster has at most 65535 nodes");
  std::vector<Place> ring;
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const int64_t token : nodes[i].tokens) ring.push_back({token, static_cast<uint16_t>(i)});
  }
  std::sort(ring.begin(), ring.end(), [](const Place& a, const Place& b) { return a.token < b.token; });
  const auto here = replication.by_datacenter.find(std::string(datacenter));
  const int by_rack = here == replication.by_datacenter.end() ? 0 : here->second;
  for (size_t i = 0; i < ring.size(); ++i) {
    const auto begin = static_cast<uint32_t>(replicas_.size());
    if (replication.everywhere > 0) {
      add_next(nodes, ring, i, datacenter, static_cast<size_t>(replication.everywhere), replicas_);
    } else if (by_rack > 0) {
      add_by_rack(nodes, ring, i, datacenter, static_cast<size_t>(by_rack), replicas_);
    }
    tokens_.push_back(ring[i].token);
    places_.emplace_back(begin, static_cast<uint32_t>(replicas_.size()));
  }
}

std::span<const uint16_t> Ring::replicas(int64_t token) const {
  if (tokens_.empty()) return {};
  // A node keeps what lies behind the token before its own, up to it; behind the last one it goes on at the first.
  const auto next = std::lower_bound(tokens_.begin(), tokens_.end(), token);
  const auto at = next == tokens_.end() ? 0 : static_cast<size_t>(next - tokens_.begin());
  const auto [begin, end] = places_[at];
  return std::span<const uint16_t>(replicas_).subspan(begin, end - begin);
}

}  // namespace millrace::cql
