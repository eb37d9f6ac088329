#include <limits>

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

Column numbers(const std::vector<int32_t>& values) {
  FixedBuilder<int32_t> builder(TypeKind::kInt);
  for (const int32_t value : values) builder.append(value);
  return builder.finish();
}
Column doubles(const std::vector<double>& values) {
  FixedBuilder<double> builder(TypeKind::kDouble);
  for (const double value : values) builder.append(value);
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

TEST(Checks, TellUniqueValuesOfEveryTypeApart) {
  for (const char* type : {"int", "bigint", "double", "decimal(10,2)", "date", "timestamp", "boolean", "array<int>"}) {
    Bench bench(*parse_type(type));
    const auto checks = bench.make(kUniqueCheck, "c");
    ColumnBuilder builder(*parse_type(type));
    const auto append = [&](int value) {
      switch (builder.type().kind()) {
        case TypeKind::kInt:
        case TypeKind::kDate: return builder.append_int(value);
        case TypeKind::kDouble: return builder.append_double(value);
        case TypeKind::kDecimal: return builder.append_decimal(value);
        case TypeKind::kBool: return builder.append_bool(value != 0);
        case TypeKind::kArray: builder.child(0).append_int(value); return builder.end_nested();
        default: return builder.append_bigint(value);
      }
    };
    for (const int value : {0, 1, 0}) append(value);
    const Batch batch = batch_of(builder.finish());
    const auto memory = checks[0]->ordered()->start();
    std::vector<Fault> faults;
    checks[0]->ordered()->run_in_turn(batch, Rows::all(3), {true, true, true}, *memory, faults);
    ASSERT_EQ(faults.size(), 1U) << type;
    EXPECT_EQ(faults[0].row, 2U) << type;
  }
}

TEST(Checks, TakeRangesOfNumbersDatesAndTimestamps) {
  const auto faults = [](const char* type, const char* range, const Column& column) {
    Bench bench(*parse_type(type));
    const auto checks = bench.make(kRangeCheck, std::string("{ c: ") + range + " }");
    std::string rows;
    for (const std::string& fault : faults_of(*checks.at(0), batch_of(column))) rows += fault.substr(0, 1);
    return rows;
  };
  EXPECT_EQ(faults("int", "18..120", numbers({17, 18, 120, 121})), "03");
  EXPECT_EQ(faults("int", "17.5..18.5", numbers({17, 18, 19})), "02");
  EXPECT_EQ(faults("int", "-2.5..", numbers({-3, -2, 0})), "0");
  EXPECT_EQ(faults("int", "..-0.5", numbers({-1, 0})), "1");
  EXPECT_EQ(faults("int", "5000000000..", numbers({2147483647})), "0");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(faults("double", "0..1.5", doubles({-0.1, 0, 1.5, 1.6, nan, infinity})), "0345");
  EXPECT_EQ(faults("double", "0..", doubles({-1, 1, nan, infinity})), "0");  // NaN is above all numbers, as in Spark
  EXPECT_EQ(faults("double", "..1", doubles({-infinity, 1, 2, nan})), "23");
  Column days = numbers({0, 1, 2});
  days.type = TypeKind::kDate;
  EXPECT_EQ(faults("date", "1970-01-02..1970-01-02", days), "02");
}

TEST(Checks, SayWhatARangeIs) {
  Bench bench(TypeKind::kInt);
  const auto checks = bench.make(kRangeCheck, "{ c: 18..120 }");
  EXPECT_THAT(faults_of(*checks[0], batch_of(numbers({17, 18}))), ElementsAre("0: 17 is not within 18..120"));
  EXPECT_EQ(checks[0]->explain(), "range c: ((c >= 18) AND (c <= 120))");
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
