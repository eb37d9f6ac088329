#include "data/column.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "data/builder.h"

namespace millrace {
namespace {

// A value of any type, null one time in five where `nulls` allows it.
void append_random(ColumnBuilder& builder, Random& random, bool nulls) {
  if (nulls && random.below(5) == 0) return builder.append_null();
  switch (builder.type().kind()) {
    case TypeKind::kNull:
    case TypeKind::kInterval: return builder.append_null();
    case TypeKind::kBool: return builder.append_bool(random.below(2) == 0);
    case TypeKind::kInt:
    case TypeKind::kDate: return builder.append_int(static_cast<int32_t>(random.below(100)));
    case TypeKind::kBigint:
    case TypeKind::kTimestamp: return builder.append_bigint(static_cast<int64_t>(random.next()));
    case TypeKind::kDouble: return builder.append_double(static_cast<double>(random.below(1000)) / 8);
    case TypeKind::kDecimal: return builder.append_decimal(static_cast<Int128>(random.next()));
    case TypeKind::kString:
    case TypeKind::kBinary: return builder.append_string(std::string(random.below(9), 'x'));
    case TypeKind::kArray:
    case TypeKind::kMap:
      for (uint64_t count = random.below(4); count > 0; --count) {
        append_random(builder.child(0), random, nulls && builder.type().is(TypeKind::kArray));
        if (builder.type().is(TypeKind::kMap)) append_random(builder.child(1), random, nulls);
      }
      return builder.end_nested();
    case TypeKind::kStruct:
      for (size_t i = 0; i < builder.type().fields().size(); ++i) append_random(builder.child(i), random, nulls);
      return builder.end_nested();
  }
}

constexpr const char* kTypes[] = {"void",
                                  "boolean",
                                  "int",
                                  "bigint",
                                  "double",
                                  "string",
                                  "binary",
                                  "date",
                                  "timestamp",
                                  "decimal(30,2)",
                                  "array<int>",
                                  "array<string>",
                                  "array<array<boolean>>",
                                  "map<string,array<int>>",
                                  "struct<a:int,b:string,c:struct<d:map<int,double>>>"};

void expect_gathered(const Column& column, const std::vector<uint32_t>& wanted) {
  const Column out = gather(column, wanted);
  ASSERT_EQ(out.rows, wanted.size());
  ASSERT_FALSE(out.constant);
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == kNullIndex) {
      ASSERT_TRUE(out.is_null(i));
    } else {
      ASSERT_TRUE(equal_rows(out, i, column, wanted[i])) << column.type.text() << " row " << wanted[i];
    }
  }
}

TEST(Gather, GivesTheWantedRowsOfEveryTypeWhateverTheOrder) {
  Random random(7);
  for (const char* text : kTypes) {
    for (const bool nulls : {false, true}) {
      ColumnBuilder builder(*parse_type(text));
      for (int row = 0; row < 37; ++row) append_random(builder, random, nulls);
      const Column column = builder.finish();
      expect_gathered(column, {});
      expect_gathered(column, {36, 0, 0, 5, 17});
      expect_gathered(column, {4, kNullIndex, 4});
      expect_gathered(column, {kNullIndex, kNullIndex});
      for (const uint32_t begin : {0U, 3U, 8U}) {  // runs, on a whole byte of bits and not
        std::vector<uint32_t> run;
        for (uint32_t row = begin; row < 30; ++row) run.push_back(row);
        expect_gathered(column, run);
      }
      const std::vector<uint32_t> ninth{9};
      expect_gathered(repeat(gather(column, ninth), 4), {3, kNullIndex, 0, 1});
    }
  }
}

TEST(Gather, FlattenWritesAConstantOut) {
  const Column flat = flatten(repeat(constant_string("ab"), 3));
  EXPECT_FALSE(flat.constant);
  EXPECT_EQ(flat.rows, 3U);
  EXPECT_EQ(flat.string_at(2), "ab");
  EXPECT_EQ(flatten(null_column(TypeKind::kInt, 2)).is_null(1), true);
}

TEST(ColumnBuilder, TakesRowsFromOtherColumnsOfEveryType) {
  Random random(11);
  for (const char* text : kTypes) {
    for (const bool nulls : {false, true}) {
      ColumnBuilder builder(*parse_type(text));
      for (int row = 0; row < 20; ++row) append_random(builder, random, nulls);
      const Column column = builder.finish();
      ColumnBuilder copy(column.type);
      copy.append_null();
      copy.append_range(column, 2, 20);
      const Column out = copy.finish();
      ASSERT_EQ(out.rows, 19U);
      EXPECT_TRUE(out.is_null(0));
      for (size_t row = 1; row < 19; ++row) ASSERT_TRUE(equal_rows(out, row, column, row + 1)) << text << row;
    }
  }
}

TEST(EqualRows, NanEqualsNanAndNullEqualsNull) {
  const Column nan = constant_fixed(TypeKind::kDouble, std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(equal_rows(nan, 0, nan, 0));
  const Column null = null_column(TypeKind::kInt, 1);
  EXPECT_TRUE(equal_rows(null, 0, null, 0));
  EXPECT_FALSE(equal_rows(null, 0, constant_fixed(TypeKind::kInt, 1), 0));
  EXPECT_FALSE(equal_rows(constant_fixed(TypeKind::kInt, 1), 0, constant_fixed(TypeKind::kBigint, int64_t{1}), 0));
}

}  // namespace
}  // namespace millrace
