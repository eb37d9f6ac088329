#include "flow/transaction.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Checkpoint, comes_back_as_it_was) {
  Checkpoint checkpoint;
  checkpoint.position = {{"users.jsonl", {4096, 17}}, {"more \"users\".jsonl", {0, 0}}, {"pages", {2, 9, "c\"3"}}};
  checkpoint.ledger = {.read = 12, .made = 3, .written = 10, .filtered = 1, .quarantined = 4};
  checkpoint.checks = {{"email email", {12, 4}}};
  checkpoint.run_id = "20260102T030405Z-0001";
  checkpoint.run_done = true;
  checkpoint.generation = 3;
  checkpoint.left_quarantine = "0-4,9";
  checkpoint.rereadings = 2;
  checkpoint.replay = {.run_id = "users.ingest@2026-01-02T03:04:05Z",
                       .what = "payloads at 3-9",
                       .position = {{"users.api.raw[0]", {7, 5}}},
                       .until = {{"users.api.raw[0]", {10, 0}}},
                       .ledger = {.read = 4, .written = 4},
                       .done = true};
  const auto back = Checkpoint::from_bytes(checkpoint.to_bytes());
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(back->position, checkpoint.position);
  EXPECT_EQ(back->ledger.text(), checkpoint.ledger.text());
  EXPECT_EQ(back->checks.at("email email").checked, 12U);
  EXPECT_EQ(back->checks.at("email email").failed, 4U);
  EXPECT_EQ(back->run_id, checkpoint.run_id);
  EXPECT_TRUE(back->run_done);
  EXPECT_EQ(back->generation, 3U);
  EXPECT_EQ(back->left_quarantine, "0-4,9");
  EXPECT_EQ(back->rereadings, 2U);
  ASSERT_TRUE(back->replay.has_value());
  EXPECT_EQ(back->replay->run_id, checkpoint.replay->run_id);
  EXPECT_EQ(back->replay->what, "payloads at 3-9");
  EXPECT_EQ(back->replay->position, checkpoint.replay->position);
  EXPECT_EQ(back->replay->until, checkpoint.replay->until);
  EXPECT_EQ(back->replay->ledger.text(), "read 4 = written 4");
  EXPECT_TRUE(back->replay->done);
}

TEST(Checkpoint, that_is_damaged_or_of_another_version_is_an_error) {
  for (const char* bytes : {"", "{", "[]", "{\"version\":1}", "{\"version\":2,\"run\":\"\",\"position\":{}}",
                            "{\"version\":1,\"run\":\"\",\"position\":{\"a\":\"b\"}}"}) {
    const auto back = Checkpoint::from_bytes(bytes);
    ASSERT_FALSE(back.ok()) << bytes;
    EXPECT_EQ(back.error().code(), ErrorCode::kCorruption);
  }
}

}  // namespace
}  // namespace millrace
