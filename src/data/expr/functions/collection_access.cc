#include "data/expr/functions/collection_access.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <string_view>

namespace millrace {
namespace {

template <typename T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

int compare_doubles(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return three_way(std::isnan(a) ? 1 : 0, std::isnan(b) ? 1 : 0);
  return three_way(a, b);
}

int compare_lists(const Column& a, Column::Range x, const Column& b, Column::Range y) {
  for (size_t i = 0; x.begin + i < x.end && y.begin + i < y.end; ++i) {
    const int order = compare_rows(a, x.begin + i, b, y.begin + i);
    if (order != 0) return order;
  }
  return three_way(x.end - x.begin, y.end - y.begin);
}

uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
  return hash ^ (hash >> 29);
}

}  // namespace

int compare_rows(const Column& a, size_t row_a, const Column& b, size_t row_b) {
  const bool null_a = a.is_null(row_a);
  const bool null_b = b.is_null(row_b);
  if (null_a || null_b) return three_way(null_a ? 0 : 1, null_b ? 0 : 1);
  switch (a.type.kind()) {
    case TypeKind::kNull: return 0;
    case TypeKind::kBool: return three_way(a.bool_at(row_a) ? 1 : 0, b.bool_at(row_b) ? 1 : 0);
    case TypeKind::kInt:
    case TypeKind::kDate: return three_way(a.at<int32_t>(row_a), b.at<int32_t>(row_b));
    case TypeKind::kBigint:
    case TypeKind::kTimestamp: return three_way(a.at<int64_t>(row_a), b.at<int64_t>(row_b));
    case TypeKind::kDouble: return compare_doubles(a.at<double>(row_a), b.at<double>(row_b));
    case TypeKind::kDecimal: return three_way(a.at<Int128>(row_a), b.at<Int128>(row_b));
    case TypeKind::kString:
    case TypeKind::kBinary: return a.string_at(row_a).compare(b.string_at(row_b));
    case TypeKind::kArray: return compare_lists(a.children[0], a.range_at(row_a), b.children[0], b.range_at(row_b));
    case TypeKind::kStruct:
      for (size_t c = 0; c < a.children.size(); ++c) {
        const int order = compare_rows(a.children[c], a.constant ? 0 : row_a, b.children[c], b.constant ? 0 : row_b);
        if (order != 0) return order;
      }
      return 0;
    case TypeKind::kInterval:
    case TypeKind::kMap: break;
  }
  MILLRACE_UNREACHABLE("intervals and maps have no order");
}

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

std::optional<uint32_t> array_element(const Column& array, size_t row, int64_t index) {
  const Column::Range range = array.range_at(row);
  const auto size = static_cast<int64_t>(range.end - range.begin);
  const int64_t at = index > 0 ? index - 1 : size + index;
  if (at < 0 || at >= size) return std::nullopt;
  return static_cast<uint32_t>(range.begin + static_cast<size_t>(at));
}

std::optional<uint32_t> map_entry(const Column& map, size_t row, const Column& keys, size_t key_row) {
  const Column::Range range = map.range_at(row);
  for (size_t at = range.begin; at < range.end; ++at) {
    if (equal_rows(map.children[0], at, keys, key_row)) return static_cast<uint32_t>(at);
  }
  return std::nullopt;
}

}  // namespace millrace
