#include "data/column.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "data/builder.h"

namespace millrace {
namespace {

size_t at_row(const Column& column, size_t row) { return column.constant ? 0 : row; }

template <typename T>
Column gather_fixed(const Column& column, std::span<const uint32_t> indices) {
  Buffer values(indices.size() * sizeof(T));
  const Reader<T> reader(column);
  for (size_t i = 0; i < indices.size(); ++i) {
    values.as<T>()[i] = indices[i] == kNullIndex ? T{} : reader[indices[i]];
  }
  Column out{.type = column.type, .rows = indices.size()};
  out.values = share(std::move(values));
  return out;
}

BufferRef gather_validity(const Column& column, std::span<const uint32_t> indices) {
  ValidityBuilder validity;
  for (const uint32_t index : indices) validity.append(index != kNullIndex && !column.is_null(index));
  return validity.finish();
}

Column gather_strings(const Column& column, std::span<const uint32_t> indices) {
  StringBuilder builder(column.type, indices.size());
  const StringReader reader(column);
  for (const uint32_t index : indices) {
    if (index == kNullIndex || column.is_null(index)) {
      builder.append_null();
    } else {
      builder.append(reader[index]);
    }
  }
  return builder.finish();
}

}  // namespace

Column null_column(const Type& type, size_t rows) {
  ColumnBuilder builder(type);
  builder.append_null();
  Column column = builder.finish();
  column.constant = true;
  column.rows = rows;
  return column;
}

Column repeat(const Column& one_row, size_t rows) {
  Column column = one_row;
  column.constant = true;
  column.rows = rows;
  return column;
}

Column gather(const Column& column, std::span<const uint32_t> indices) {
  Column out;
  switch (column.type.kind()) {
    case TypeKind::kInt:
    case TypeKind::kDate: out = gather_fixed<int32_t>(column, indices); break;
    case TypeKind::kBigint:
    case TypeKind::kTimestamp:
    case TypeKind::kDouble: out = gather_fixed<int64_t>(column, indices); break;
    case TypeKind::kDecimal:
    case TypeKind::kInterval: out = gather_fixed<Int128>(column, indices); break;
    case TypeKind::kString:
    case TypeKind::kBinary: return gather_strings(column, indices);
    case TypeKind::kStruct: {
      out = Column{.type = column.type, .rows = indices.size()};
      std::vector<uint32_t> rows(indices.begin(), indices.end());
      if (column.constant) {
        for (uint32_t& row : rows) row = row == kNullIndex ? kNullIndex : 0;
      }
      for (const Column& child : column.children) out.children.push_back(gather(child, rows));
      break;
    }
    default: {
      ColumnBuilder builder(column.type);
      for (const uint32_t index : indices) {
        if (index == kNullIndex) {
          builder.append_null();
        } else {
          builder.append_from(column, index);
        }
      }
      return builder.finish();
    }
  }
  out.validity = gather_validity(column, indices);
  return out;
}

Column flatten(const Column& column) {
  if (!column.constant) return column;
  const std::vector<uint32_t> zeros(column.rows, 0);
  return gather(column, zeros);
}

bool equal_rows(const Column& a, size_t row_a, const Column& b, size_t row_b) {
  if (a.type != b.type) return false;
  if (a.is_null(row_a) || b.is_null(row_b)) return a.is_null(row_a) && b.is_null(row_b);
  switch (a.type.kind()) {
    case TypeKind::kNull: return true;
    case TypeKind::kBool: return a.bool_at(row_a) == b.bool_at(row_b);
    case TypeKind::kInt:
    case TypeKind::kDate: return a.at<int32_t>(row_a) == b.at<int32_t>(row_b);
    case TypeKind::kBigint:
    case TypeKind::kTimestamp: return a.at<int64_t>(row_a) == b.at<int64_t>(row_b);
    case TypeKind::kDouble: {
      const double x = a.at<double>(row_a);
      const double y = b.at<double>(row_b);
      return x == y || (std::isnan(x) && std::isnan(y));
    }
    case TypeKind::kDecimal: return a.at<Int128>(row_a) == b.at<Int128>(row_b);
    case TypeKind::kInterval: return a.at<Interval>(row_a) == b.at<Interval>(row_b);
    case TypeKind::kString:
    case TypeKind::kBinary: return a.string_at(row_a) == b.string_at(row_b);
    case TypeKind::kArray:
    case TypeKind::kMap: {
      const Column::Range x = a.range_at(row_a);
      const Column::Range y = b.range_at(row_b);
      if (x.end - x.begin != y.end - y.begin) return false;
      for (size_t c = 0; c < a.children.size(); ++c) {
        for (size_t i = 0; i < x.end - x.begin; ++i) {
          if (!equal_rows(a.children[c], x.begin + i, b.children[c], y.begin + i)) return false;
        }
      }
      return true;
    }
    case TypeKind::kStruct:
      for (size_t c = 0; c < a.children.size(); ++c) {
        if (!equal_rows(a.children[c], at_row(a, row_a), b.children[c], at_row(b, row_b))) return false;
      }
      return true;
  }
  MILLRACE_UNREACHABLE("type kind");
}

}  // namespace millrace
