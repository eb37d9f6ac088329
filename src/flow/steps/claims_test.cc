#include "flow/steps/claims.h"

#include <map>

#include <gtest/gtest.h>

namespace millrace {
namespace {

using Holder = Claims::Holder;

constexpr int64_t kHour = 3'600'000'000;

// A state in memory, committed when the test says so.
class TestState final : public StepState {
 public:
  Result<std::optional<std::string>> get(std::string_view key) const override {
    ++gets;
    const auto found = entries.find(std::string(key));
    return found == entries.end() ? std::nullopt : std::optional(found->second);
  }
  Result<std::vector<Entry>> next_entries(std::string_view after) const override {
    std::vector<Entry> next;
    for (auto at = after.empty() ? entries.begin() : entries.upper_bound(std::string(after));
         at != entries.end() && next.size() < 100; ++at) {
      next.push_back({at->first, at->second});
    }
    return next;
  }
  uint64_t committed() const override { return committed_; }
  uint64_t generation() const override { return generation_; }

  void commit(StateChanges& changes) {
    for (const auto kind : {StateChanges::Kind::kPut, StateChanges::Kind::kRemoveRange}) {
      for (size_t i = 0; i < changes.size(); ++i) {
        const StateChanges::Change change = changes.at(i);
        if (change.kind == kind) apply(change);
      }
    }
    committed_ += changes.size();
    changes = {};
  }
  void apply(const StateChanges::Change& change) {
    const std::string key(change.key);
    if (change.kind == StateChanges::Kind::kPut) {
      entries[key] = change.value;
    } else {
      entries.erase(entries.lower_bound(key), entries.lower_bound(std::string(change.value)));
    }
  }
  void begin_again(uint64_t generation = 1) {
    committed_ = 0;
    generation_ = generation;
  }

  std::map<std::string, std::string> entries;
  mutable int gets = 0;

 private:
  uint64_t committed_ = 0;
  uint64_t generation_ = 1;
};

Claims::Record record(std::string_view key, int64_t time_us, uint64_t place, int32_t part = 0) {
  return {.part = part, .key = ValueKey::of(key), .time_us = time_us, .watermark_us = time_us, .place = place};
}

class ClaimsTest : public ::testing::Test {
 protected:
  void open(std::optional<int64_t> within_us = kHour) { claims_ = std::move(Claims::load(&state_, within_us).value()); }
  Holder holder(const Claims::Record& of) { return claims_->holder(of).value(); }
  void claim(const Claims::Record& of) { ASSERT_TRUE(claims_->claim(of, changes_).ok()); }
  void commit() { state_.commit(changes_); }

  TestState state_;
  StateChanges changes_;
  std::unique_ptr<Claims> claims_;
};

TEST_F(ClaimsTest, AKeyIsTakenFromItsClaimOnCommittedOrNot) {
  open();
  EXPECT_EQ(holder(record("a", 10, 1)), Holder::kNobody);
  claim(record("a", 10, 1));
  EXPECT_EQ(holder(record("a", 20, 2)), Holder::kOther);
  EXPECT_EQ(state_.gets, 0) << "what is new is in memory, and what was never there in no filter";
  commit();
  claim(record("b", 10, 3));  // lets go of what is committed
  EXPECT_EQ(holder(record("a", 20, 2)), Holder::kOther);
  EXPECT_EQ(state_.gets, 1);
  EXPECT_EQ(holder(record("c", 20, 2)), Holder::kNobody);
}

TEST_F(ClaimsTest, WhatIsCommittedIsThereInTheNextRunAndWhatIsNotIsNot) {
  open();
  claim(record("a", 10, 1));
  commit();
  claim(record("b", 10, 2));
  changes_ = {};
  state_.begin_again();
  open();
  EXPECT_EQ(holder(record("a", 20, 3)), Holder::kOther);
  EXPECT_EQ(holder(record("b", 20, 3)), Holder::kNobody);
}

TEST_F(ClaimsTest, ARecordIsNoDuplicateOfItself) {
  open();
  claim(record("a", 10, 1));
  EXPECT_EQ(holder(record("a", 10, 1)), Holder::kItself);
  commit();
  state_.begin_again();
  open();
  EXPECT_EQ(holder(record("a", 10, 1)), Holder::kItself);
}

TEST_F(ClaimsTest, AKeyIsFreeAgainWhenItIsLongEnoughAgo) {
  open();
  claim(record("a", 10, 1));
  EXPECT_EQ(holder(record("a", 9 + kHour, 2)), Holder::kOther);
  EXPECT_EQ(holder(record("a", 10 + kHour, 2)), Holder::kNobody);
}

TEST_F(ClaimsTest, ARecordFromLongBeforeIsNoDuplicateEither) {
  open();
  claim(record("a", 10 * kHour, 1));
  EXPECT_EQ(holder(record("a", 9 * kHour, 2)), Holder::kNobody);
  EXPECT_EQ(holder(record("a", 9 * kHour + 1, 2)), Holder::kOther);
}

TEST_F(ClaimsTest, ALateRecordFindsForgottenWhatIsForgottenWhetherItIsGoneOrNot) {
  for (const bool gone : {false, true}) {
    open();
    claim(record("a", 10, 1));
    commit();
    if (gone) claims_->advance(0, 3 * kHour, changes_);
    Claims::Record late = record("a", 20, 2);
    late.watermark_us = 3 * kHour;
    EXPECT_EQ(holder(late), Holder::kNobody);
  }
}

TEST_F(ClaimsTest, WhatIsForgottenLeavesTheState) {
  open();
  for (int i = 0; i < 1000; ++i) claim(record("key" + std::to_string(i), i * kHour / 100, static_cast<uint64_t>(i)));
  commit();
  EXPECT_EQ(state_.entries.size(), 1000U);
  claims_->advance(0, 10 * kHour, changes_);
  commit();
  EXPECT_LE(state_.entries.size(), 152U) << "an hour's and half an hour's, and the watermark";
  EXPECT_GE(state_.entries.size(), 101U);
  state_.begin_again();
  open();
  EXPECT_EQ(claims_->watermark_us(0), 10 * kHour);
}

TEST_F(ClaimsTest, ALateClaimIsNotRemovedWithOlderOnesInTheSameCommit) {
  open();
  claim(record("a", 10, 1));
  claims_->advance(0, kHour + 10, changes_);
  Claims::Record late = record("b", 20, 2);
  late.watermark_us = kHour + 10;
  claim(late);
  commit();
  late.place = 3;
  EXPECT_EQ(holder(late), Holder::kOther);
}

TEST_F(ClaimsTest, WhoIsSetBackBeginsWithTheTimeAnewButKnowsTheKeys) {
  open();
  claim(record("a", 10, 1));
  claims_->advance(0, kHour / 2, changes_);
  commit();
  state_.begin_again(2);
  open();
  EXPECT_EQ(claims_->watermark_us(0), INT64_MIN);
  EXPECT_EQ(holder(record("a", 10, 1)), Holder::kItself);
  EXPECT_EQ(holder(record("a", 20, 2)), Holder::kOther);
}

TEST_F(ClaimsTest, PartitionsHaveKeysAndTimesOfTheirOwn) {
  open();
  claim(record("a", 10, 1, 0));
  commit();
  claims_->advance(1, 100 * kHour, changes_);
  EXPECT_EQ(holder(record("a", 20, 2, 0)), Holder::kOther);
  EXPECT_EQ(holder(record("a", 20, 2, 1)), Holder::kNobody);
}

TEST_F(ClaimsTest, WithoutWithinNothingIsForgotten) {
  open(std::nullopt);
  claim(record("a", INT64_MIN, 1));
  claims_->advance(0, INT64_MAX, changes_);
  commit();
  EXPECT_EQ(holder(record("a", INT64_MAX, 2)), Holder::kOther);
}

TEST_F(ClaimsTest, AnotherWithinFindsWhatTheFirstOneKept) {
  open(kHour);
  claim(record("a", 10, 1));
  claim(record("b", kHour * 9 / 10, 2));
  commit();
  state_.begin_again();
  open(10 * kHour);
  EXPECT_EQ(holder(record("a", 5 * kHour, 3)), Holder::kOther);
  EXPECT_EQ(holder(record("b", 5 * kHour, 3)), Holder::kOther);
  claims_->advance(0, 30 * kHour, changes_);
  commit();
  EXPECT_EQ(state_.entries.size(), 1U) << "the watermark";
}

TEST_F(ClaimsTest, AnEntryOfAnotherFormIsAnError) {
  state_.entries["x"] = "y";
  const auto loaded = Claims::load(&state_, kHour);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().message(), "what dedupe remembers: an entry has a form that this program does not know");
}

TEST(KeyFilter, MissesNothingThatWasAdded) {
  KeyFilter filter;
  uint64_t false_alarms = 0;
  for (int64_t i = 0; i < 100'000; ++i) filter.add(ValueKey::of(i).place());
  for (int64_t i = 0; i < 100'000; ++i) ASSERT_TRUE(filter.may_contain(ValueKey::of(i).place()));
  for (int64_t i = 100'000; i < 200'000; ++i) false_alarms += filter.may_contain(ValueKey::of(i).place()) ? 1 : 0;
  EXPECT_LT(false_alarms, 20U);
}

}  // namespace
}  // namespace millrace
