#include "data/cql/order.h"

#include <gtest/gtest.h>

#include "data/cql/value.h"

namespace millrace {
namespace {

// Values of each type in the order Cassandra has them.
const std::vector<std::vector<std::string>> kAscending = {
    {"boolean", "false", "true"},
    {"tinyint", "-128", "-1", "0", "1", "127"},
    {"int", "-2147483648", "-1", "0", "1", "2147483647"},
    {"bigint", "-9223372036854775808", "-1", "0", "255", "256", "9223372036854775807"},
    {"date", "0001-01-01", "1969-12-31", "1970-01-01", "9999-12-31"},
    {"time", "00:00", "00:00:00.000000001", "23:59:59.999999999"},
    {"timestamp", "1500-01-01", "1969-12-31T23:59:59.999Z", "1970-01-01", "2026-11-21"},
    {"float", "-Infinity", "-1e30", "-1", "-1e-30", "0", "1e-30", "1", "1e30", "Infinity", "NaN"},
    {"double", "-Infinity", "-1e300", "-1", "-1e-300", "-0.0", "0.0", "1e-300", "1", "1e300", "Infinity", "NaN"},
    {"text", "", "a", "a b", "aa", "b", "z", "\u00e9", "\U0001f600"},
    {"blob", "0x", "0x00", "0x0000", "0x00ff", "0x01", "0xff", "0xff00"},
    {"inet", "1.2.3.4", "1.2.3.5", "127.0.0.1", "fe80::1"},
    {"varint", "-100000000000000000000000000000", "-65537", "-65536", "-129", "-128", "-1", "0", "127", "128", "255",
     "256", "65536", "100000000000000000000000000000"},
    {"decimal", "-1e100", "-123.45", "-123.4", "-1", "-0.1", "-1e-100", "0", "1e-100", "0.099", "0.1", "1", "1.5",
     "9.99", "10", "123.4", "123.45", "1e100"},
    {"uuid", "00000000-0000-1000-8000-000000000002", "ffffffff-0000-1000-8000-000000000001",
     "00000000-0001-1000-8000-000000000000", "00000000-0000-4000-8000-000000000000",
     "00000000-0000-4000-8000-000000000001", "10000000-0000-4000-8000-000000000000"},
    {"timeuuid", "00000000-0000-1000-8000-000000000002", "00000000-0000-1000-0000-000000000002",
     "00000000-0000-1000-7000-000000000002", "00000001-0000-1000-8000-000000000000",
     "00000000-0001-1000-8000-000000000000"},
};

std::string ordered(const CqlType& type, bool descending, std::string_view value) {
  std::string bytes;
  EXPECT_TRUE(append_ordered(type, {descending}, value, bytes));
  return bytes;
}

TEST(CqlOrder, BytesSortAsValuesDoAlsoWithSomethingBehindThem) {
  for (const auto& row : kAscending) {
    const CqlType type = *parse_cql_type(row[0]);
    for (size_t a = 1; a < row.size(); ++a) {
      for (size_t b = 1; b < row.size(); ++b) {
        const std::string value_a = *cql_value_of(type, row[a]);
        const std::string value_b = *cql_value_of(type, row[b]);
        const int expected = a < b ? -1 : a > b ? 1 : 0;
        const auto sign = [](int compared) { return compared < 0 ? -1 : compared > 0 ? 1 : 0; };
        EXPECT_EQ(sign(compare_cql(type, value_a, value_b)), expected) << row[0] << " " << row[a] << " " << row[b];
        if (a == b) continue;
        // What follows must not matter: the larger bytes stand behind the smaller value and the other way round.
        const std::string up_a = ordered(type, false, value_a) + (a < b ? "\xff" : "");
        const std::string up_b = ordered(type, false, value_b) + (a < b ? "" : "\xff");
        EXPECT_EQ(sign(up_a.compare(up_b)), expected) << row[0] << " " << row[a] << " " << row[b];
        const std::string down_a = ordered(type, true, value_a) + (a < b ? "" : "\xff");
        const std::string down_b = ordered(type, true, value_b) + (a < b ? "\xff" : "");
        EXPECT_EQ(sign(down_a.compare(down_b)), -expected) << row[0] << " " << row[a] << " " << row[b];
      }
    }
  }
}

TEST(CqlOrder, ValuesComeBackWithWhatFollowsLeft) {
  for (const auto& row : kAscending) {
    const CqlType type = *parse_cql_type(row[0]);
    for (size_t i = 1; i < row.size(); ++i) {
      for (const bool descending : {false, true}) {
        const std::string value = *cql_value_of(type, row[i]);
        const std::string bytes = ordered(type, descending, value) + "rest";
        std::string_view left = bytes;
        std::string back;
        ASSERT_TRUE(take_ordered(type, {descending}, left, back)) << row[0] << " " << row[i];
        EXPECT_EQ(left, "rest");
        EXPECT_EQ(compare_cql(type, back, value), 0) << row[0] << " " << row[i];
        if (row[0] == "decimal") continue;
        EXPECT_EQ(back, value) << row[0] << " " << row[i];
      }
    }
  }
}

TEST(CqlOrder, DecimalsOfOneValueAreOneKey) {
  const auto bytes = [](std::string_view text) {
    return ordered(CqlKind::kDecimal, false, *cql_value_of(CqlKind::kDecimal, text));
  };
  EXPECT_EQ(bytes("1.50"), bytes("1.5"));
  EXPECT_EQ(bytes("100"), bytes("1e2"));
  EXPECT_EQ(bytes("-0.0"), bytes("0"));
  for (const std::string_view text : {"1e2147483647", "-1e2147483647", "1e-2147483647"}) {
    const std::string all = bytes(text);
    std::string_view left = all;
    std::string back;
    EXPECT_TRUE(take_ordered(CqlKind::kDecimal, {}, left, back)) << text;
    EXPECT_EQ(compare_cql(CqlKind::kDecimal, back, *cql_value_of(CqlKind::kDecimal, text)), 0) << text;
  }
}

TEST(CqlOrder, NumbersTooLongToBeKeysAreRefused) {
  std::string bytes = "kept";
  for (const CqlKind kind : {CqlKind::kDecimal, CqlKind::kVarint}) {
    const std::string value = *cql_value_of(kind, std::string(300, '7'));
    EXPECT_FALSE(append_ordered(kind, {}, value, bytes));
    EXPECT_EQ(bytes, "kept");
  }
}

TEST(CqlOrder, DamagedBytesAreRefused) {
  const auto refused = [](CqlKind kind, std::string_view bytes) {
    std::string to;
    return !take_ordered(kind, {}, bytes, to) && to.empty();
  };
  EXPECT_TRUE(refused(CqlKind::kInt, "abc"));
  EXPECT_TRUE(refused(CqlKind::kText, "no end"));
  EXPECT_TRUE(refused(CqlKind::kText, std::string_view("a\0b", 3)));
  EXPECT_TRUE(refused(CqlKind::kBoolean, "\2"));
  EXPECT_TRUE(refused(CqlKind::kVarint, "\x82\x01"));
  EXPECT_TRUE(refused(CqlKind::kDecimal, "\xc0"));
  EXPECT_TRUE(refused(CqlKind::kDecimal, ""));
}

}  // namespace
}  // namespace millrace
