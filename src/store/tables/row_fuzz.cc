// Whatever the bytes are: a row that decodes encodes to a row of the same cells, merging it with others in either order
// gives the same, and compaction leaves a row; a key that decodes encodes to itself. Definitions likewise.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "data/cql/value.h"
#include "store/tables/key.h"
#include "store/tables/row_value.h"
#include "store/tables/table_def.h"

namespace millrace {
namespace {

void look_at_rows(std::string_view bytes) {
  const size_t half = bytes.size() / 2;
  const std::string_view a = bytes.substr(0, half);
  const std::string_view b = bytes.substr(half);
  const auto row = decode_row(a);
  if (!row.ok()) return;
  std::string canonical;
  encode_row(*row, canonical);
  const auto again = decode_row(canonical);
  MILLRACE_ASSERT(again.ok() && again->cells.size() == row->cells.size(), "a row that does not read back");
  std::string twice;
  encode_row(*again, twice);
  MILLRACE_ASSERT(twice == canonical, "one row with two forms");
  if (const auto left = purged(a, {.now_us = INT64_MAX, .deletions_before = 1}); left.has_value() && !left->empty()) {
    MILLRACE_ASSERT(decode_row(*left).ok(), "compaction has left no row");
  }
  if (!decode_row(b).ok()) return;
  const std::string_view forth[] = {a, b};
  const std::string_view back[] = {b, a};
  MILLRACE_ASSERT(merge_rows(forth) == merge_rows(back), "merging depends on the order");
}

void look_at_key(std::string_view bytes) {
  static const TableDef table = *define_table(
      {.keyspace = "k",
       .name = "t",
       .columns = {{"a", CqlKind::kText}, {"b", CqlKind::kUuid}, {"c", CqlKind::kDecimal}, {"d", CqlKind::kTimestamp}},
       .partition_key = {"a", "b"},
       .clustering_key = {{"c", true}, {"d", false}}},
      1);
  const auto values = decode_key(table, bytes);
  if (!values.ok()) return;
  const auto key = encode_key(table, *values);
  if (key.ok()) MILLRACE_ASSERT(*key == bytes, "a key with two forms");
}

void look_at_definition(std::string_view bytes) {
  const auto table = decode_table(bytes);
  if (table.ok()) MILLRACE_ASSERT(decode_table(encode_table(*table)).ok(), "a definition that does not read back");
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 3 == 0) millrace::look_at_rows(bytes);
  if (data[0] % 3 == 1) millrace::look_at_key(bytes);
  if (data[0] % 3 == 2) millrace::look_at_definition(bytes);
  return 0;
}
