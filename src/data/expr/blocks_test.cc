#include "data/expr/blocks.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/random.h"
#include "data/builder.h"
#include "data/expr/expr.h"

namespace millrace {
namespace {

constexpr size_t kRows = 150;  // two whole blocks and a part of one

// Columns of every kind that is worked on in blocks, with nulls, zeros and values at the ends of their types.
Batch many_rows() {
  Random random(7);
  FixedBuilder<int32_t> i(TypeKind::kInt);
  FixedBuilder<int32_t> day(TypeKind::kDate);
  FixedBuilder<int64_t> l(TypeKind::kBigint);
  FixedBuilder<double> d(TypeKind::kDouble);
  FixedBuilder<Int128> p(Type::decimal(12, 2));
  FixedBuilder<Int128> wide(Type::decimal(38, 4));
  BoolBuilder flag;
  StringBuilder s(TypeKind::kString);
  ColumnBuilder list(Type::array(TypeKind::kInt));
  const auto add = [&](auto& builder, auto value) {
    if (random.below(9) == 0) return builder.append_null();
    builder.append(value);
  };
  constexpr std::array<int32_t, 8> kInts = {0, 1, -1, 7, 1000, INT32_MAX, INT32_MIN, -50};
  constexpr std::array<double, 8> kDoubles = {0.0, -0.0, 1.5, -2.25, 1e300, 3e9, -1e10, 0.1};
  constexpr std::array<std::string_view, 8> kTexts = {"",          "a",  "Straße",         "abcdefgh",
                                                      "abcdefghi", "Ab", "ÉCOLE und mehr", "zz"};
  for (size_t row = 0; row < kRows; ++row) {
    const int32_t any = kInts[random.below(8)];
    add(i, any);
    add(day, static_cast<int32_t>(random.below(40'000)) - 20'000 + (row == 70 ? INT32_MAX - 20'000 : 0));
    add(l, int64_t{any} << 32);
    add(d, kDoubles[random.below(8)]);
    add(p, Int128{any} * 3);
    add(wide, Int128{any} * Int128{1'000'000'000'000'000'000} * Int128{any});
    add(flag, random.below(2) == 0);
    add(s, kTexts[random.below(8)]);
    for (uint64_t items = random.below(4); items > 0; --items) list.child(0).append_int(kInts[random.below(8)]);
    list.end_nested();
  }
  Batch batch;
  batch.schema = std::make_shared<const Schema>(Schema{{{"i", TypeKind::kInt},
                                                        {"day", TypeKind::kDate},
                                                        {"l", TypeKind::kBigint},
                                                        {"d", TypeKind::kDouble},
                                                        {"p", Type::decimal(12, 2)},
                                                        {"wide", Type::decimal(38, 4)},
                                                        {"flag", TypeKind::kBool},
                                                        {"s", TypeKind::kString},
                                                        {"list", Type::array(TypeKind::kInt)}}});
  batch.columns = {i.finish(),    day.finish(),  l.finish(), d.finish(),   p.finish(),
                   wide.finish(), flag.finish(), s.finish(), list.finish()};
  batch.rows = kRows;
  return batch;
}

// The value of a row, or why there is none.
std::string shown(const Evaluated& evaluated, size_t row) {
  for (const ExprFault& fault : evaluated.faults) {
    if (fault.row == row) return "fault: " + fault.reason;
  }
  return format_value(evaluated.columns[0], row);
}

class Blocks : public testing::TestWithParam<const char*> {};

TEST_P(Blocks, GiveTheSameAsEachRowAlone) {
  const Batch batch = many_rows();
  const ParseOutcome parsed = parse_expression(GetParam());
  ASSERT_TRUE(parsed.ok());
  const auto compiled = Program::compile(parsed.exprs, *schema_resolver(batch.schema));
  ASSERT_TRUE(compiled.ok()) << compiled.errors.front().message;
  std::vector<uint32_t> thirds;
  for (uint32_t row = 0; row < kRows; row += 3) thirds.push_back(row);
  const Evaluated all = compiled.program->evaluate(batch, Rows::all(kRows), {});
  const Evaluated some = compiled.program->evaluate(batch, Rows::some(kRows, thirds), {});
  for (uint32_t row = 0; row < kRows; ++row) {
    Batch one;
    one.schema = batch.schema;
    one.rows = 1;
    for (const Column& column : batch.columns) one.columns.push_back(gather(column, std::span(&row, 1)));
    const std::string alone = shown(compiled.program->evaluate(one, Rows::all(1), {}), 0);
    EXPECT_EQ(shown(all, row), alone) << "row " << row;
    if (row % 3 == 0) {
      EXPECT_EQ(shown(some, row), alone) << "row " << row << " of some";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Expr, Blocks,
    testing::Values("i + 1", "i + i", "i - l", "l * 3", "i / i", "l / i", "7 % i", "i % 7", "l DIV i", "d / d",
                    "d % 3D", "abs(i)", "p / p", "wide / p", "p / wide", "round(p, 1)", "round(wide, -3)",
                    "round(p, -1)", "CAST(d AS int)", "CAST(d AS bigint)", "CAST(p AS double)", "CAST(l AS int)",
                    "CAST(p AS int)", "i > 0", "d <= 0D", "p <> 3", "s < 'abcdefgi'", "s = 'abcdefgh'", "s <> 'a'",
                    "day <=> day", "year(day)", "date_trunc('HOUR', CAST(day AS timestamp))",
                    "greatest(i, 5, CAST(d AS int))", "least(l, i)", "nullif(i, 7)",
                    "coalesce(s, CAST(i AS string), 'none')", "coalesce(i, l)", "if(flag, s, 'no')", "if(flag, i, l)",
                    "if(flag, p, wide)", "if(flag, flag, i > 3)", "CASE WHEN i > 0 THEN 1 DIV i WHEN flag THEN -1 END",
                    "CASE WHEN flag THEN list WHEN i > 0 THEN array(i) END", "flag OR 1 DIV i > 0",
                    "flag AND i > 0 AND d > 0D", "size(list)", "list[0]", "element_at(list, -1)", "array(i, 3, i)",
                    "array_max(list)", "array_contains(list, 7)", "transform(list, x -> x + i)",
                    "filter(list, x -> x > 0)", "upper(s)", "lower(s)", "length(s)", "substring(s, 2, 3)", "left(s, 3)",
                    "right(s, 2)", "reverse(s)", "trim(s)", "s LIKE 'a%'", "contains(s, 'e')", "instr(s, 'de')",
                    "hash(i, s, list)", "xxhash64(s, l)"));

TEST(BlockBits, AWordOfBytesAndItsBitsAreTheSame) {
  Random random(3);
  for (int round = 0; round < 1000; ++round) {
    const uint64_t word = random.next();
    uint8_t bytes[64];
    spread_word(word, bytes);
    for (size_t i = 0; i < 64; ++i) ASSERT_EQ(bytes[i], (word >> i) & 1);
    EXPECT_EQ(pack_word(bytes), word);
  }
}

}  // namespace
}  // namespace millrace
