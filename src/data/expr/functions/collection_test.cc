#include <gtest/gtest.h>

#include "data/builder.h"
#include "data/expr/collection_access.h"
#include "data/expr/families.h"

namespace millrace {
namespace {

using MaybeInt = std::optional<int32_t>;

class Faults final : public FaultSink {
 public:
  void fault(size_t row, std::string_view message) override {
    text += std::to_string(row) + ": " + std::string(message);
  }
  std::string text;
};

const Function& function(std::string_view name) {
  for (const Function& entry : collection_functions()) {
    if (entry.name == name) return entry;
  }
  MILLRACE_UNREACHABLE(name);
}

Column constant(Column column) { return repeat(column, 1); }
Column integer(MaybeInt value) {
  ColumnBuilder builder(TypeKind::kInt);
  value ? builder.append_int(*value) : builder.append_null();
  return constant(builder.finish());
}
Column ints(const std::vector<MaybeInt>& values) {
  ColumnBuilder builder(Type::array(TypeKind::kInt));
  for (const MaybeInt& value : values) value ? builder.child(0).append_int(*value) : builder.child(0).append_null();
  builder.end_nested();
  return constant(builder.finish());
}
Column strings(const std::vector<const char*>& values) {
  ColumnBuilder builder(Type::array(TypeKind::kString));
  for (const char* value : values) {
    value != nullptr ? builder.child(0).append_string(value) : builder.child(0).append_null();
  }
  builder.end_nested();
  return constant(builder.finish());
}
Column no_ints() { return null_column(Type::array(TypeKind::kInt), 1); }

// The value as text, or "fault: ..." or "refused: ...". Calls twice: with constants over one row, and with columns over
// three rows of which the middle one is not looked at.
std::string eval(std::string_view name, const std::vector<Column>& args) {
  std::vector<BindArg> bound;
  for (const Column& arg : args) bound.push_back({.type = arg.type, .constant = &arg});
  BindResult result = function(name).bind(bound);
  if (!result.ok()) return "refused: " + result.error().message;
  const EvalContext context;
  std::vector<Column> wide;
  for (size_t i = 0; i < args.size(); ++i) {
    EXPECT_EQ(args[i].type, result.binding().argument_types[i]);
    wide.push_back(i % 2 == 0 ? flatten(repeat(args[i], 3)) : repeat(args[i], 3));
  }
  Faults faults;
  const Column one = result.binding().kernel(Call(args, Rows::all(1), context, &faults));
  EXPECT_EQ(one.type, result.binding().type);
  EXPECT_EQ(one.rows, 1U);
  const std::vector<uint32_t> rows{0, 2};
  Faults again;
  const Column some = result.binding().kernel(Call(wide, Rows::some(3, rows), context, &again));
  EXPECT_EQ(some.rows, 3U);
  for (const uint32_t row : rows) EXPECT_TRUE(equal_rows(one, 0, some, row)) << name << " at row " << row;
  if (!faults.text.empty()) {
    EXPECT_TRUE(one.is_null(0));
    return "fault " + faults.text;
  }
  return format_value(one, 0);
}

TEST(Collection, FunctionsAreListedByName) {
  std::string_view before;
  for (const Function& entry : collection_functions()) {
    EXPECT_LT(before, entry.name);
    before = entry.name;
  }
}

TEST(Collection, ArraysAreMadeAndExtended) {
  EXPECT_EQ(eval("array", {}), "[]");
  EXPECT_EQ(eval("array", {integer(1), integer({})}), "[1, null]");
  EXPECT_EQ(eval("array_append", {ints({1}), integer({})}), "[1, null]");
  EXPECT_EQ(eval("array_append", {no_ints(), integer(1)}), "NULL");
  EXPECT_EQ(eval("array_prepend", {ints({2}), integer(1)}), "[1, 2]");
  EXPECT_EQ(eval("array_repeat", {integer({}), integer(2)}), "[null, null]");
  EXPECT_EQ(eval("array_repeat", {integer(1), integer(-1)}), "[]");
  EXPECT_EQ(eval("array_repeat", {integer(1), integer({})}), "NULL");
  EXPECT_EQ(eval("array_repeat", {integer(1), integer(2'000'000'000)}),
            "fault 0: 2000000000 elements are more than 16000000");
}

TEST(Collection, InsertCountsFromEitherEnd) {
  EXPECT_EQ(eval("array_insert", {ints({1, 2, 4}), integer(3), integer(3)}), "[1, 2, 3, 4]");
  EXPECT_EQ(eval("array_insert", {ints({1}), integer(4), integer(9)}), "[1, null, null, 9]");
  EXPECT_EQ(eval("array_insert", {ints({5, 3, 2, 1}), integer(-4), integer(4)}), "[5, 4, 3, 2, 1]");
  EXPECT_EQ(eval("array_insert", {ints({1, 2}), integer(-1), integer(3)}), "[1, 2, 3]");
  EXPECT_EQ(eval("array_insert", {ints({1, 2}), integer(-3), integer(0)}), "[0, 1, 2]");
  EXPECT_EQ(eval("array_insert", {ints({1, 2}), integer(-5), integer(0)}), "[0, null, null, 1, 2]");
  EXPECT_EQ(eval("array_insert", {ints({1}), integer(0), integer(0)}),
            "fault 0: index 0 is not valid: elements count from 1");
}

TEST(Collection, SearchingKnowsThatANullMightBeTheValue) {
  EXPECT_EQ(eval("array_contains", {ints({1, {}}), integer(1)}), "true");
  EXPECT_EQ(eval("array_contains", {ints({1, {}}), integer(2)}), "NULL");
  EXPECT_EQ(eval("array_contains", {ints({1}), integer(2)}), "false");
  EXPECT_EQ(eval("array_position", {ints({{}, 2}), integer(2)}), "2");
  EXPECT_EQ(eval("array_position", {ints({}), integer(2)}), "0");
  EXPECT_EQ(eval("arrays_overlap", {ints({1, {}}), ints({2})}), "NULL");
  EXPECT_EQ(eval("arrays_overlap", {ints({{}}), ints({})}), "false");
  EXPECT_EQ(eval("arrays_overlap", {ints({1, 2}), ints({2, {}})}), "true");
}

TEST(Collection, SetsHoldNullOnceAndKeepTheFirstOrder) {
  EXPECT_EQ(eval("array_distinct", {ints({2, {}, 1, 2, {}})}), "[2, null, 1]");
  EXPECT_EQ(eval("array_union", {ints({1, {}}), ints({{}, 2, 1})}), "[1, null, 2]");
  EXPECT_EQ(eval("array_intersect", {ints({3, 1, {}, 3}), ints({{}, 3})}), "[3, null]");
  EXPECT_EQ(eval("array_except", {ints({3, 1, {}, 1}), ints({3})}), "[1, null]");
  EXPECT_EQ(eval("array_remove", {ints({1, {}, 1, 2}), integer(1)}), "[null, 2]");
  EXPECT_EQ(eval("array_compact", {ints({1, {}})}), "[1]");
}

TEST(Collection, SortingPutsNullsWhereSparkDoes) {
  EXPECT_EQ(eval("sort_array", {ints({2, {}, 1})}), "[null, 1, 2]");
  EXPECT_EQ(eval("sort_array", {ints({2, {}, 1}), constant_bool(false)}), "[2, 1, null]");
  EXPECT_EQ(eval("array_sort", {ints({2, {}, 1})}), "[1, 2, null]");
  EXPECT_EQ(eval("array_max", {ints({2, {}, 7})}), "7");
  EXPECT_EQ(eval("array_min", {ints({{}})}), "NULL");
  EXPECT_EQ(eval("array_max", {null_column(Type::array(Type::map(TypeKind::kInt, TypeKind::kInt)), 1)}),
            "refused: an array of values that have an order is wanted, this is array<map<int,int>>");
}

TEST(Collection, PartsOfArraysAreTakenOrRaise) {
  EXPECT_EQ(eval("slice", {ints({1, 2, 3, 4}), integer(-2), integer(9)}), "[3, 4]");
  EXPECT_EQ(eval("slice", {ints({1, 2}), integer(3), integer(1)}), "[]");
  EXPECT_EQ(eval("slice", {ints({1, 2}), integer(-3), integer(1)}), "[]");
  EXPECT_EQ(eval("slice", {ints({1}), integer(0), integer(1)}), "fault 0: slice starts at 0: elements count from 1");
  EXPECT_EQ(eval("slice", {ints({1}), integer(1), integer(-1)}), "fault 0: slice of -1 elements");
  EXPECT_EQ(eval("element_at", {ints({1, 2}), integer(-2)}), "1");
  EXPECT_EQ(eval("element_at", {ints({1, 2}), integer(3)}),
            "fault 0: index 3 is out of bounds: the array has 2 elements");
  EXPECT_EQ(eval("try_element_at", {ints({1, 2}), integer(3)}), "NULL");
  EXPECT_EQ(eval("try_element_at", {ints({1}), integer(0)}), "fault 0: index 0 is not valid: elements count from 1");
  EXPECT_EQ(eval("get", {ints({1, 2}), integer(1)}), "2");
  EXPECT_EQ(eval("get", {ints({1, 2}), integer(-1)}), "NULL");
  EXPECT_EQ(eval("get", {ints({1, 2}), integer(INT32_MAX)}), "NULL");
  EXPECT_EQ(eval("element_at", {ints({1}), constant_string("a")}), "refused: an int is wanted, this is string");
}

TEST(Collection, TextAndArraysAreReversedAndJoined) {
  EXPECT_EQ(eval("reverse", {ints({1, {}, 3})}), "[3, null, 1]");
  EXPECT_EQ(eval("reverse", {constant_string("aé€😀")}), "😀€éa");
  EXPECT_EQ(eval("array_join", {strings({"a", nullptr, "", "b"}), constant_string("-")}), "a--b");
  EXPECT_EQ(eval("array_join", {strings({nullptr, "b"}), constant_string("-"), constant_string("?")}), "?-b");
  EXPECT_EQ(eval("array_join", {strings({nullptr}), constant_string("-")}), "");
  EXPECT_EQ(eval("size", {no_ints()}), "NULL");
  EXPECT_EQ(eval("cardinality", {ints({1, {}})}), "2");
}

TEST(Collection, FlattenGivesNullWhenAnInnerArrayIsNull) {
  const auto nested = [](bool with_null) {
    ColumnBuilder builder(*parse_type("array<array<int>>"));
    builder.child(0).append_from(ints({1, {}}), 0);
    with_null ? builder.child(0).append_null() : builder.child(0).append_from(ints({3}), 0);
    builder.end_nested();
    return constant(builder.finish());
  };
  EXPECT_EQ(eval("flatten", {nested(false)}), "[1, null, 3]");
  EXPECT_EQ(eval("flatten", {nested(true)}), "NULL");
}

TEST(Collection, MapsRefuseNullAndRepeatedKeys) {
  EXPECT_EQ(eval("map", {}), "{}");
  EXPECT_EQ(eval("map", {constant_string("a"), integer(1), constant_string("b"), integer({})}), "{a -> 1, b -> null}");
  EXPECT_EQ(eval("map", {integer(1), integer(1), integer(1), integer(2)}), "fault 0: the key 1 is twice in the map");
  EXPECT_EQ(eval("map", {integer({}), integer(1)}), "fault 0: a map's key is null");
  EXPECT_EQ(eval("map", {integer(1)}), "refused: a map takes keys and values by turns; the last key has no value");
  const Column zero = constant_fixed(TypeKind::kDouble, -0.0);
  EXPECT_EQ(eval("map", {zero, integer(1)}), "{0.0 -> 1}");
  EXPECT_EQ(eval("map_from_arrays", {ints({1, 2}), ints({3, {}})}), "{1 -> 3, 2 -> null}");
  EXPECT_EQ(eval("map_from_arrays", {ints({1, 2}), ints({3})}), "fault 0: 2 keys for 1 values");
  EXPECT_EQ(eval("map_from_arrays", {ints({1, {}}), ints({3, 4})}), "fault 0: a map's key is null");
}

TEST(Collection, MapsGiveTheirParts) {
  ColumnBuilder builder(*parse_type("map<string,int>"));
  builder.child(0).append_string("a");
  builder.child(1).append_int(1);
  builder.child(0).append_string("b");
  builder.child(1).append_null();
  builder.end_nested();
  const Column map = constant(builder.finish());
  EXPECT_EQ(eval("map_keys", {map}), "[a, b]");
  EXPECT_EQ(eval("map_values", {map}), "[1, null]");
  EXPECT_EQ(eval("map_entries", {map}), "[{a, 1}, {b, null}]");
  EXPECT_EQ(eval("map_contains_key", {map, constant_string("b")}), "true");
  EXPECT_EQ(eval("map_contains_key", {map, constant_string("c")}), "false");
  EXPECT_EQ(eval("element_at", {map, constant_string("a")}), "1");
  EXPECT_EQ(eval("element_at", {map, constant_string("c")}), "NULL");
  EXPECT_EQ(eval("map_concat", {map}), "{a -> 1, b -> null}");
  EXPECT_EQ(eval("map_concat", {map, map}), "fault 0: the key a is twice in the map");
  EXPECT_EQ(eval("size", {map}), "2");
}

TEST(Collection, StructsAreNamed) {
  EXPECT_EQ(eval("named_struct", {constant_string("a"), integer(1), constant_string("b"), integer({})}), "{1, null}");
  EXPECT_EQ(eval("struct", {integer(1), constant_string("x")}), "{1, x}");
  const std::vector<BindArg> args{{.type = TypeKind::kInt, .constant = nullptr, .name = "id"},
                                  {.type = TypeKind::kInt}};
  EXPECT_EQ(function("struct").bind(args).binding().type.text(), "struct<id:int,col2:int>");
}

TEST(CompareRows, OrdersAsSparkDoes) {
  const Column nan = constant_fixed(TypeKind::kDouble, std::numeric_limits<double>::quiet_NaN());
  const Column inf = constant_fixed(TypeKind::kDouble, std::numeric_limits<double>::infinity());
  EXPECT_GT(compare_rows(nan, 0, inf, 0), 0);
  EXPECT_EQ(compare_rows(nan, 0, nan, 0), 0);
  EXPECT_EQ(compare_rows(constant_fixed(TypeKind::kDouble, -0.0), 0, constant_fixed(TypeKind::kDouble, 0.0), 0), 0);
  EXPECT_LT(compare_rows(ints({1}), 0, ints({1, {}}), 0), 0);
  EXPECT_LT(compare_rows(ints({{}}), 0, ints({1}), 0), 0);
  EXPECT_LT(compare_rows(constant_string("a"), 0, constant_string("\xc3\xa9"), 0), 0);
  EXPECT_EQ(hash_row(constant_fixed(TypeKind::kDouble, -0.0), 0), hash_row(constant_fixed(TypeKind::kDouble, 0.0), 0));
}

}  // namespace
}  // namespace millrace
