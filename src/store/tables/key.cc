#include "store/tables/key.h"

#include <fmt/format.h>

namespace millrace {

Result<std::string> encode_key(const TableDef& table, std::span<const std::string> values) {
  MILLRACE_ASSERT(values.size() <= table.key_columns(), "more values than the key has columns");
  std::string key;
  for (size_t i = 0; i < values.size(); ++i) {
    const ColumnDef& column = table.columns[i];
    if (table.partition_columns == 1 && i == 0 && values[i].empty()) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("{}: the key column {} must not be empty", table.full_name(), column.name));
    }
    if (!append_key_column(column, values[i], key)) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("{}: the key column {} takes numbers of at most {} digits",
                                                            table.full_name(), column.name, kOrderedDigitsMax));
    }
  }
  if (key.size() > kRowKeyBytesMax) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{}: the key has {} bytes; {} at most", table.full_name(), key.size(), kRowKeyBytesMax));
  }
  return key;
}

Result<std::vector<std::string>> decode_key(const TableDef& table, std::string_view key) {
  std::vector<std::string> values(table.key_columns());
  for (size_t i = 0; i < values.size(); ++i) {
    const ColumnDef& column = table.columns[i];
    if (!take_ordered(column.type, CqlOrder{column.descending}, key, values[i])) {
      return Error(ErrorCode::kCorruption,
                   fmt::format("{}: the bytes of a key are damaged at column {}", table.full_name(), column.name));
    }
  }
  if (!key.empty()) {
    return Error(ErrorCode::kCorruption,
                 fmt::format("{}: {} bytes behind the end of a key", table.full_name(), key.size()));
  }
  return values;
}

std::string key_after_prefix(std::string_view prefix) {
  std::string next(prefix);
  while (!next.empty()) {
    const auto last = static_cast<uint8_t>(next.back());
    if (last != 0xff) {
      next.back() = static_cast<char>(last + 1);
      return next;
    }
    next.pop_back();
  }
  return next;
}

}  // namespace millrace
