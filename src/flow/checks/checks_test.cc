#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/builder.h"
#include "flow/checks/list.h"
#include "flow/spec/yaml.h"

namespace millrace {
namespace {

using testing::ElementsAre;

Column texts(const std::vector<std::optional<std::string>>& values) {
  StringBuilder builder;
  for (const auto& value : values) {
    if (value) {
      builder.append(*value);
    } else {
      builder.append_null();
    }
  }
  return builder.finish();
}

struct Bench {
  explicit Bench(Type type = TypeKind::kString)
      : scope(slots, {.declared = {{{"c"}, std::move(type)}}, .open = false}) {}

  std::vector<std::unique_ptr<Check>> make(const CheckComponent& component, std::string_view yaml) {
    const auto node = read_yaml(yaml, diagnostics);
    const auto settings = Settings::read(component.about, *node, diagnostics);
    return settings ? component.make(*settings, scope, diagnostics) : std::vector<std::unique_ptr<Check>>();
  }

  Slots slots;
  Scope scope;
  Diagnostics diagnostics;
};

Batch batch_of(Column column) {
  Batch batch;
  batch.rows = column.rows;
  batch.columns.push_back(std::move(column));
  return batch;
}

// "row: reason" of every fault, over all rows, and the same over each row by itself.
std::vector<std::string> faults_of(const Check& check, const Batch& batch) {
  std::vector<Fault> faults;
  check.run(batch, Rows::all(batch.rows), faults);
  std::vector<Fault> one_by_one;
  for (uint32_t row = 0; row < batch.rows; ++row) check.run(batch, Rows::some(batch.rows, {&row, 1}), one_by_one);
  std::vector<std::string> all;
  EXPECT_EQ(faults.size(), one_by_one.size());
  for (size_t i = 0; i < faults.size(); ++i) {
    EXPECT_EQ(faults[i].row, one_by_one[i].row);
    all.push_back(std::to_string(faults[i].row) + ": " + faults[i].reason);
  }
  return all;
}

TEST(Checks, LetNullPassButForRequired) {
  const Batch batch = batch_of(texts({std::nullopt, "a@b.de", "x"}));
  EXPECT_THAT(faults_of(*Bench().make(kEmailCheck, "[c]")[0], batch), ElementsAre("2: 'x' is not an email address"));
  EXPECT_THAT(faults_of(*Bench().make(kRequiredCheck, "c")[0], batch), ElementsAre("0: it has no value"));
}

TEST(Checks, AreCalledByTheirColumn) {
  const auto checks = Bench().make(kUuidCheck, "[c]");
  EXPECT_EQ(checks[0]->name(), "uuid c");
}

TEST(Checks, CountLengthsInCharacters) {
  const auto checks = Bench().make(kLengthCheck, "{ c: 2..3 }");
  EXPECT_THAT(faults_of(*checks[0], batch_of(texts({"é", "éé", "éééé", "abc", ""}))),
              ElementsAre("0: 'é' has 1 characters, not 2..3", "2: 'éééé' has 4 characters, not 2..3",
                          "4: '' has 0 characters, not 2..3"));
}

TEST(Checks, FindWordsOfAList) {
  const auto checks = Bench().make(kOneOfCheck, "{ c: [male, female, '', no] }");
  EXPECT_THAT(
      faults_of(*checks[0], batch_of(texts({"male", "female", "", "no", "mal", "femalemale"}))),
      ElementsAre("4: 'mal' is not one of male, female, , no", "5: 'femalemale' is not one of male, female, , no"));
}

TEST(Checks, MatchPatternsAsAWhole) {
  const auto checks = Bench().make(kPatternCheck, "{ c: '[0-9]{3}' }");
  EXPECT_THAT(faults_of(*checks[0], batch_of(texts({"123", "1234"}))),
              ElementsAre("1: '1234' does not match [0-9]{3}"));
}

TEST(Checks, RememberUniqueValuesOfGoodRowsOnly) {
  const auto checks = Bench().make(kUniqueCheck, "c");
  const OrderedCheck* unique = checks[0]->ordered();
  ASSERT_NE(unique, nullptr);
  const auto memory = unique->start();
  std::vector<Fault> faults;
  const Batch batch = batch_of(texts({"a", "a", "b", std::nullopt, std::nullopt}));
  unique->run_in_turn(batch, Rows::all(5), {false, true, true, true, true}, *memory, faults);
  EXPECT_TRUE(faults.empty());
  unique->run_in_turn(batch, Rows::all(5), {true, true, true, true, true}, *memory, faults);
  ASSERT_EQ(faults.size(), 3U);
  EXPECT_EQ(faults[0].reason, "'a' was there before");
}

TEST(Checks, LookAtTheTimeARecordCameIn) {
  const auto checks = Bench(TypeKind::kTimestamp).make(kNotFutureCheck, "c");
  FixedBuilder<int64_t> builder(TypeKind::kTimestamp);
  builder.append(5);
  builder.append(6);
  Batch batch = batch_of(builder.finish());
  auto origin = std::make_shared<Origin>();
  origin->ingested_at_us = 5;
  batch.origin = origin;
  EXPECT_THAT(faults_of(*checks[0], batch), ElementsAre("1: 1970-01-01 00:00:00.000006 is in the future"));
}

TEST(Checks, RefuseColumnsTheyCannotLookAt) {
  Bench number(TypeKind::kInt);
  EXPECT_TRUE(number.make(kEmailCheck, "[c]").empty());
  EXPECT_EQ(number.diagnostics.all()[0].message, "'c' is int, and email looks at texts");
  Bench misspelt;
  EXPECT_TRUE(misspelt.make(kEmailCheck, "[cc]").empty());
  EXPECT_EQ(misspelt.diagnostics.all()[0].message, "there is no column 'cc' here");
  EXPECT_EQ(misspelt.diagnostics.all()[0].hint, "did you mean 'c'?");
}

}  // namespace
}  // namespace millrace
