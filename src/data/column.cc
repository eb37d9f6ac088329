#include "data/column.h"

#include <cmath>

#include "data/builder.h"

namespace millrace {
namespace {

size_t at_row(const Column& column, size_t row) { return column.constant ? 0 : row; }

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
