#include "connect/cassandra/insert.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/big_endian.h"
#include "wire/cql/body.h"
#include "wire/cql/ring.h"

namespace millrace {
namespace {

constexpr int64_t kUsPerSecond = 1'000'000;

// Appends a [value]: its length, then its bytes.
void append_value(const CqlEncoder& encoder, const Column& column, size_t row, std::string& to) {
  if (column.is_null(row)) return cql::append_null(to);
  const size_t at = to.size();
  append_be(int32_t{0}, to);
  const bool fits = encoder.append(column, row, to);
  MILLRACE_ASSERT(fits, "a row that was not refused cannot be written");
  store_big(to.data() + at, static_cast<int32_t>(to.size() - at - sizeof(int32_t)));
}

int32_t seconds_left(uint32_t ttl_s, int64_t stamp_us, int64_t now_us) {
  const int64_t left = stamp_us / kUsPerSecond + ttl_s - now_us / kUsPerSecond;
  return static_cast<int32_t>(std::clamp<int64_t>(left, 1, ttl_s));
}

}  // namespace

std::string CassandraInsert::statement() const {
  const TableDef& table = binding_.table();
  std::string names;
  std::string marks;
  const auto add = [&](const RowBinding::Bound& bound) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", table.columns[bound.target].name);
    marks += marks.empty() ? "?" : ", ?";
  };
  for (const RowBinding::Bound& bound : binding_.key()) add(bound);
  for (const RowBinding::Bound& bound : binding_.cells()) add(bound);
  return fmt::format("INSERT INTO \"{}\".\"{}\" ({}) VALUES ({}) USING TIMESTAMP ?{}", table.keyspace, table.name,
                     names, marks, table.ttl_s == 0 ? "" : " AND TTL ?");
}

// Gives the token of the row.
int64_t CassandraInsert::append_key(const Batch& batch, size_t row, std::string& to, std::string& scratch) const {
  const size_t columns = binding_.table().partition_columns;
  scratch.clear();
  int64_t token = 0;
  for (size_t i = 0; i < binding_.key().size(); ++i) {
    const RowBinding::Bound& bound = binding_.key()[i];
    const size_t at = to.size() + sizeof(int32_t);
    append_value(bound.encoder, batch.columns[bound.source], row, to);
    if (i >= columns) continue;
    const std::string_view value = std::string_view(to).substr(at);
    if (columns == 1) token = cql::token_of(value);
    if (columns > 1) cql::append_key_part(value, scratch);
  }
  return columns == 1 ? token : cql::token_of(scratch);
}

std::unique_ptr<cql::BoundRows> CassandraInsert::bind(const Batch& batch, const Rows& rows,
                                                      std::span<const int64_t> stamps, int64_t now_us) const {
  auto bound_rows = std::make_unique<cql::BoundRows>();
  std::string& values = bound_rows->values;
  bound_rows->rows.reserve(rows.count());
  std::string scratch;
  rows.for_each([&](size_t row) {
    const size_t at = values.size();
    const int64_t token = append_key(batch, row, values, scratch);
    for (const RowBinding::Bound& bound : binding_.cells()) {
      append_value(bound.encoder, batch.columns[bound.source], row, values);
    }
    append_be(static_cast<int32_t>(sizeof(int64_t)), values);
    append_be(stamps[row], values);
    if (const uint32_t ttl_s = binding_.table().ttl_s; ttl_s != 0) {
      append_be(static_cast<int32_t>(sizeof(int32_t)), values);
      append_be(seconds_left(ttl_s, stamps[row], now_us), values);
    }
    MILLRACE_ASSERT(values.size() <= UINT32_MAX, "the rows of a batch have at most 4 GB");
    bound_rows->rows.push_back(
        {.at = static_cast<uint32_t>(at), .bytes = static_cast<uint32_t>(values.size() - at), .token = token});
  });
  return bound_rows;
}

}  // namespace millrace
