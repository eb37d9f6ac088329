#include "data/expr/collection_access.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <string_view>

namespace millrace {
namespace {

uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
  return hash ^ (hash >> 29);
}

}  // namespace

uint64_t hash_row(const Column& column, size_t row) {
  if (column.is_null(row)) return 1;
  switch (column.type.kind()) {
    case TypeKind::kNull: return 1;
    case TypeKind::kBool: return mix(2, column.bool_at(row) ? 1 : 0);
    case TypeKind::kInt:
    case TypeKind::kDate: return mix(3, static_cast<uint64_t>(column.at<int32_t>(row)));
    case TypeKind::kBigint:
    case TypeKind::kTimestamp: return mix(4, static_cast<uint64_t>(column.at<int64_t>(row)));
    case TypeKind::kDouble: {
      const double value = column.at<double>(row);
      if (std::isnan(value)) return 5;
      const double plain = value + 0.0;  // both zeros hash alike
      uint64_t bits = 0;
      std::memcpy(&bits, &plain, sizeof bits);
      return mix(5, bits);
    }
    case TypeKind::kDecimal:
    case TypeKind::kInterval: {
      const auto value = static_cast<UInt128>(column.at<Int128>(row));
      return mix(mix(6, static_cast<uint64_t>(value)), static_cast<uint64_t>(value >> 64));
    }
    case TypeKind::kString:
    case TypeKind::kBinary: return mix(7, std::hash<std::string_view>{}(column.string_at(row)));
    case TypeKind::kArray:
    case TypeKind::kMap: {
      uint64_t hash = 8;
      const Column::Range range = column.range_at(row);
      for (const Column& child : column.children) {
        for (size_t at = range.begin; at < range.end; ++at) hash = mix(hash, hash_row(child, at));
      }
      return hash;
    }
    case TypeKind::kStruct: {
      uint64_t hash = 9;
      for (const Column& child : column.children) hash = mix(hash, hash_row(child, column.constant ? 0 : row));
      return hash;
    }
  }
  MILLRACE_UNREACHABLE("type kind");
}

uint32_t map_entry(const Column& map, size_t row, const Column& keys, size_t key_row) {
  const Column::Range range = map.range_at(row);
  for (size_t at = range.begin; at < range.end; ++at) {
    if (equal_rows(map.children[0], at, keys, key_row)) return static_cast<uint32_t>(at);
  }
  return kNullIndex;
}

}  // namespace millrace
