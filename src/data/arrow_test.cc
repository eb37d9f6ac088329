#include "data/arrow.h"

#include <gtest/gtest.h>

#include "data/builder.h"

namespace millrace {
namespace {

Column round_trip(const Column& column) {
  ArrowSchema schema;
  ArrowArray array;
  EXPECT_TRUE(export_column(column, &schema, &array).ok());
  auto back = import_column(&schema, &array);
  EXPECT_EQ(schema.release, nullptr);
  EXPECT_EQ(array.release, nullptr);
  return std::move(back).value();
}

void expect_same(const Column& a, const Column& b) {
  ASSERT_EQ(a.type, b.type);
  ASSERT_EQ(a.rows, b.rows);
  for (size_t row = 0; row < a.rows; ++row) {
    EXPECT_TRUE(equal_rows(a, row, b, row)) << format_value(a, row) << " is not " << format_value(b, row);
  }
}

Column nested_column() {
  ColumnBuilder builder(*parse_type("struct<tags:array<string>,counts:map<string,bigint>,ok:boolean>"));
  for (int64_t row = 0; row < 11; ++row) {
    if (row % 4 == 3) {
      builder.append_null();
      continue;
    }
    for (int64_t i = 0; i < row % 3; ++i) builder.child(0).child(0).append_string(i == 1 ? "" : "tag");
    builder.child(0).end_nested();
    for (int64_t i = 0; i < row % 2; ++i) {
      builder.child(1).child(0).append_string("k");
      builder.child(1).child(1).append_null();
    }
    builder.child(1).end_nested();
    builder.child(2).append_bool(row % 2 == 0);
    builder.end_nested();
  }
  return builder.finish();
}

TEST(Arrow, EveryTypeSurvivesARoundTripNullsAndAll) {
  for (const char* text : {"void", "boolean", "int", "bigint", "double", "decimal(38,4)", "string", "binary", "date",
                           "timestamp", "array<int>", "map<string,double>", "struct<a:int,b:array<date>>"}) {
    const Type type = *parse_type(text);
    expect_same(null_column(type, 3), round_trip(null_column(type, 3)));
    expect_same(ColumnBuilder(type).finish(), round_trip(ColumnBuilder(type).finish()));
  }
  expect_same(nested_column(), round_trip(nested_column()));
}

TEST(Arrow, BuffersAreSharedNotCopied) {
  FixedBuilder<int64_t> builder(TypeKind::kBigint);
  for (int64_t i = 0; i < 5; ++i) builder.append(i);
  const Column column = builder.finish();
  ArrowSchema schema;
  ArrowArray array;
  ASSERT_TRUE(export_column(column, &schema, &array).ok());
  EXPECT_EQ(array.buffers[1], static_cast<const void*>(column.values->bytes()));
  EXPECT_EQ(column.values.use_count(), 2);
  array.release(&array);
  schema.release(&schema);
  EXPECT_EQ(column.values.use_count(), 1);
}

TEST(Arrow, ChildrenMovedOutOutliveTheirParent) {
  ArrowSchema schema;
  ArrowArray array;
  ASSERT_TRUE(export_column(nested_column(), &schema, &array).ok());
  ArrowArray child = *array.children[0];
  array.children[0]->release = nullptr;
  ArrowSchema child_schema = *schema.children[0];
  schema.children[0]->release = nullptr;
  array.release(&array);
  schema.release(&schema);
  auto tags = import_column(&child_schema, &child);
  ASSERT_TRUE(tags.ok());
  EXPECT_EQ(format_value(*tags, 2), "[tag, ]");
}

TEST(Arrow, ConstantColumnsAreWrittenOut) {
  const Column back = round_trip(repeat(constant_string("x"), 3));
  EXPECT_FALSE(back.constant);
  EXPECT_EQ(back.rows, 3U);
  EXPECT_EQ(format_value(back, 2), "x");
}

TEST(Arrow, AnOffsetIntoAForeignArrayIsHonoured) {
  ArrowSchema schema;
  ArrowArray array;
  const Column column = nested_column();
  ASSERT_TRUE(export_column(column, &schema, &array).ok());
  array.offset = 5;
  array.length -= 5;
  for (int64_t i = 0; i < array.n_children; ++i) EXPECT_EQ(array.children[i]->length, 11);
  auto back = import_column(&schema, &array);
  ASSERT_TRUE(back.ok()) << back.error().message();
  for (size_t row = 0; row < back->rows; ++row) EXPECT_TRUE(equal_rows(*back, row, column, row + 5)) << row;
}

TEST(Arrow, ABatchHandsOverOnlyTheRowsAlive) {
  Batch batch;
  batch.schema = std::make_shared<const Schema>(
      Schema{{{"n", *parse_type("struct<tags:array<string>,counts:map<string,bigint>,ok:boolean>")}}});
  batch.columns = {nested_column()};
  batch.rows = 11;
  batch.keep({true, false, false, true, false, false, false, false, false, false, true});
  ArrowSchema schema;
  ArrowArray array;
  ASSERT_TRUE(export_batch(batch, &schema, &array).ok());
  const auto back = import_batch(&schema, &array);
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(*back->schema, *batch.schema);
  ASSERT_EQ(back->rows, 3U);
  EXPECT_TRUE(equal_rows(back->columns[0], 2, batch.columns[0], 10));
}

TEST(Arrow, AnIntervalIsRefused) {
  ArrowSchema schema{};
  ArrowArray array{};
  const auto status = export_column(null_column(Type::array(TypeKind::kInterval), 1), &schema, &array);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message(), "an interval cannot leave an expression; cast it to string");
  EXPECT_EQ(array.release, nullptr);
}

TEST(Arrow, ForeignArraysThatDoNotAddUpAreRefusedAndReleased) {
  const auto refused = [](auto&& spoil) {
    ArrowSchema schema;
    ArrowArray array;
    EXPECT_TRUE(export_column(flatten(repeat(constant_string("abc"), 2)), &schema, &array).ok());
    std::vector<int32_t> back{3, 0, 3};
    spoil(schema, array, back);
    const auto column = import_column(&schema, &array);
    EXPECT_EQ(array.release, nullptr);
    return column.ok() ? std::string("taken") : column.error().message();
  };
  EXPECT_EQ(refused([](auto& schema, auto&, auto&) { schema.format = "U"; }),
            "the Arrow format 'U' is none that millrace has");
  EXPECT_EQ(refused([](auto&, auto& array, auto&) { array.n_buffers = 2; }),
            "2 buffers and 0 children where 3 and 0 belong");
  EXPECT_EQ(refused([](auto&, auto& array, auto& back) { array.buffers[1] = back.data(); }),
            "offsets go back at row 0");
  EXPECT_EQ(refused([](auto& schema, auto&, auto&) { schema.format = "d:39,2"; }), "decimal(39,2) is out of bounds");
  EXPECT_EQ(refused([](auto& schema, auto&, auto&) { schema.format = "d:9,2,256"; }),
            "only decimals of 128 bits are taken");
}

}  // namespace
}  // namespace millrace
