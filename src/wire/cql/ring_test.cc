#include "wire/cql/ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "data/cql/bytes.h"

namespace millrace::cql {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<uint16_t> at(const Ring& ring, int64_t token) {
  const auto replicas = ring.replicas(token);
  return {replicas.begin(), replicas.end()};
}

// As Cassandra 5.0 answers to SELECT token(k).
TEST(Tokens, AreThoseThatTheServerComputes) {
  EXPECT_EQ(token_of("a"), -8839064797231613815);
  EXPECT_EQ(token_of("hello"), -3758069500696749310);
  EXPECT_EQ(token_of("0123456789abcdef"), 5467490433528156583);
  EXPECT_EQ(token_of("0123456789abcdefg"), -8200385122730116642);
  EXPECT_EQ(token_of("zażółć gęślą jaźń und länger"), 983610656337227476);
}

TEST(Tokens, OfSeveralColumnsAreThoseThatTheServerComputes) {
  std::string key;
  append_key_part("hello", key);
  std::string seven;
  append_be(int32_t{7}, seven);
  append_key_part(seven, key);
  EXPECT_EQ(token_of(key), -3115701917324983456);
}

TEST(Rings, GoRoundBehindTheLastToken) {
  const std::vector<RingNode> nodes = {{"dc1", "r1", {0}}, {"dc1", "r1", {100}}, {"dc1", "r1", {200}}};
  const Ring ring(nodes, {.everywhere = 2}, "dc1");
  EXPECT_THAT(at(ring, -5), ElementsAre(0, 1));
  EXPECT_THAT(at(ring, 0), ElementsAre(0, 1));
  EXPECT_THAT(at(ring, 1), ElementsAre(1, 2));
  EXPECT_THAT(at(ring, 150), ElementsAre(2, 0));
  EXPECT_THAT(at(ring, 201), ElementsAre(0, 1));
}

TEST(Rings, SpreadOverRacksBeforeTheyUseOneTwice) {
  const std::vector<RingNode> nodes = {
      {"dc1", "r1", {0}}, {"dc1", "r1", {100}}, {"dc2", "r1", {150}}, {"dc1", "r2", {200}}, {"dc1", "r1", {300}}};
  const Ring two(nodes, {.by_datacenter = {{"dc1", 2}, {"dc2", 1}}}, "dc1");
  EXPECT_THAT(at(two, 0), ElementsAre(0, 3));
  EXPECT_THAT(at(two, 120), ElementsAre(3, 4));
  const Ring three(nodes, {.by_datacenter = {{"dc1", 3}}}, "dc1");
  EXPECT_THAT(at(three, 0), ElementsAre(0, 3, 1));
  const Ring many(nodes, {.by_datacenter = {{"dc1", 9}}}, "dc1");
  EXPECT_THAT(at(many, 0), ElementsAre(0, 3, 1, 4));
}

TEST(Rings, HaveOnlyReplicasOfTheirDatacenter) {
  const std::vector<RingNode> nodes = {{"dc1", "r1", {0}}, {"dc2", "r1", {100}}};
  EXPECT_THAT(at(Ring(nodes, {.everywhere = 2}, "dc2"), 0), ElementsAre(1));
  EXPECT_THAT(at(Ring(nodes, {.by_datacenter = {{"dc1", 1}}}, "dc2"), 0), IsEmpty());
  EXPECT_THAT(at(Ring(), 0), IsEmpty());
}

TEST(Replications, ComeFromTheMapOfAKeyspace) {
  const std::string prefix = "org.apache.cassandra.locator.";
  EXPECT_EQ(replication_of({{"class", prefix + "SimpleStrategy"}, {"replication_factor", "3"}}),
            (Replication{.everywhere = 3}));
  EXPECT_EQ(replication_of({{"class", prefix + "NetworkTopologyStrategy"}, {"dc1", "3"}, {"dc2", "3/1"}}),
            (Replication{.by_datacenter = {{"dc1", 3}, {"dc2", 3}}}));
  EXPECT_EQ(replication_of({{"class", prefix + "LocalStrategy"}}), Replication{});
  EXPECT_EQ(replication_of({{"class", prefix + "SimpleStrategy"}, {"replication_factor", "many"}}), Replication{});
}

}  // namespace
}  // namespace millrace::cql
