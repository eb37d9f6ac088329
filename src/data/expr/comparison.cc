#include "data/expr/comparison.h"

#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <unordered_set>

#include "data/builder.h"
#include "data/expr/bits.h"
#include "data/expr/cast.h"

namespace millrace {
namespace {

template <typename T>
int order(T a, T b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
template <>
int order(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) == std::isnan(b) ? 0 : std::isnan(a) ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

// Doubles as Spark orders them: NaN is above everything and equals itself.
template <Comparison op, typename T>
bool holds(T a, T b) {
  if constexpr (std::is_same_v<T, double>) {
    const int way = order(a, b);
    switch (op) {
      case Comparison::kNotEqual: return way != 0;
      case Comparison::kLess: return way < 0;
      case Comparison::kLessEqual: return way <= 0;
      case Comparison::kGreater: return way > 0;
      case Comparison::kGreaterEqual: return way >= 0;
      default: return way == 0;
    }
  } else {
    switch (op) {
      case Comparison::kNotEqual: return a != b;
      case Comparison::kLess: return a < b;
      case Comparison::kLessEqual: return a <= b;
      case Comparison::kGreater: return a > b;
      case Comparison::kGreaterEqual: return a >= b;
      default: return a == b;
    }
  }
}

template <Comparison op, typename T>
BufferRef compare_fixed(const Call& call) {
  const Column& a = call.arg(0);
  const Column& b = call.arg(1);
  const size_t rows = call.rows().total();
  if (b.constant && !a.constant) {  // the usual shape: a column against a constant
    const T* values = a.values->as<T>();
    const T other = b.at<T>(0);
    return bits_from(rows, [&](size_t row) { return holds<op, T>(values[row], other); });
  }
  const Reader<T> x(a);
  const Reader<T> y(b);
  return bits_from(rows, [&](size_t row) { return holds<op, T>(x[row], y[row]); });
}

template <Comparison op>
bool holds_way(int way) {
  return holds<op, int>(way, 0);
}

template <Comparison op>
BufferRef compare_strings(const Call& call) {
  const StringReader x(call.arg(0));
  const StringReader y(call.arg(1));
  const size_t rows = call.rows().total();
  if constexpr (op == Comparison::kEqual || op == Comparison::kSame) {
    return bits_from(rows, [&](size_t row) { return x[row] == y[row]; });
  } else {
    return bits_from(rows, [&](size_t row) { return holds_way<op>(x[row].compare(y[row])); });
  }
}

template <Comparison op>
BufferRef compare_any(const Call& call) {
  const Column& a = call.arg(0);
  const Column& b = call.arg(1);
  return bits_from(call.rows().total(), [&](size_t row) {
    return !a.is_null(row) && !b.is_null(row) && holds_way<op>(compare_rows(a, row, b, row));
  });
}

template <Comparison op>
BufferRef compare_values(const Call& call, const Type& type) {
  switch (type.kind()) {
    case TypeKind::kInt:
    case TypeKind::kDate: return compare_fixed<op, int32_t>(call);
    case TypeKind::kBigint:
    case TypeKind::kTimestamp: return compare_fixed<op, int64_t>(call);
    case TypeKind::kDouble: return compare_fixed<op, double>(call);
    case TypeKind::kDecimal: return compare_fixed<op, Int128>(call);
    case TypeKind::kString:
    case TypeKind::kBinary: return compare_strings<op>(call);
    default: return compare_any<op>(call);
  }
}

template <Comparison op>
Kernel make_kernel(const Type& type) {
  return [type](const Call& call) {
    const size_t rows = call.rows().total();
    Column out{.type = TypeKind::kBool, .rows = rows};
    if (type.is(TypeKind::kNull)) {
      if constexpr (op != Comparison::kSame) return null_column(TypeKind::kBool, rows);
      return repeat(constant_bool(true), rows);
    }
    out.values = compare_values<op>(call, type);
    if constexpr (op == Comparison::kSame) {
      const Column& a = call.arg(0);
      const Column& b = call.arg(1);
      if (a.may_have_nulls() || b.may_have_nulls()) {
        const Column equal = out;
        out.values = bits_from(rows, [&](size_t row) {
          return a.is_null(row) || b.is_null(row) ? a.is_null(row) && b.is_null(row) : equal.bool_at(row);
        });
      }
    } else {
      out.validity = and_validity(call.args(), rows);
    }
    return out;
  };
}

// Constant values as bytes, for a lookup instead of a comparison with each.
class StringSet {
 public:
  explicit StringSet(std::span<const Column> values) {
    for (const Column& value : values) {
      if (value.is_null(0)) {
        has_null_ = true;
      } else {
        values_.emplace(value.string_at(0));
      }
    }
  }
  bool contains(std::string_view value) const { return values_.contains(value); }
  bool has_null() const { return has_null_; }

 private:
  std::unordered_set<std::string_view> values_;  // of columns that the caller keeps
  bool has_null_ = false;
};

Column in_strings(const Call& call) {
  const StringSet set(call.args().subspan(1));
  const StringReader reader(call.arg(0));
  const Column& value = call.arg(0);
  const size_t rows = call.rows().total();
  Column out{.type = TypeKind::kBool, .rows = rows};
  out.values = bits_from(rows, [&](size_t row) { return set.contains(reader[row]); });
  out.validity = and_validity(std::span(&value, 1), rows);
  if (set.has_null()) {
    const Column found = out;
    out.validity = bits_from(rows, [&](size_t row) { return !value.is_null(row) && found.bool_at(row); });
  }
  return out;
}

constexpr size_t kSetFrom = 8;  // fewer values are compared one by one

}  // namespace

std::optional<Type> comparison_type(const Type& a, const Type& b) {
  if (a == b) return a;
  // A string beside another type becomes that type, as in ANSI mode.
  const auto beside_string = [](const Type& other) -> std::optional<Type> {
    if (other.is(TypeKind::kInt) || other.is(TypeKind::kBigint)) return Type(TypeKind::kBigint);
    if (other.is(TypeKind::kDouble) || other.is(TypeKind::kDecimal)) return Type(TypeKind::kDouble);
    if (other.is(TypeKind::kBool) || other.is(TypeKind::kDate) || other.is(TypeKind::kTimestamp) ||
        other.is(TypeKind::kBinary) || other.is(TypeKind::kNull)) {
      return other.is(TypeKind::kNull) ? Type(TypeKind::kString) : other;
    }
    return std::nullopt;
  };
  if (a.is(TypeKind::kString)) return beside_string(b);
  if (b.is(TypeKind::kString)) return beside_string(a);
  return common_type(a, b);
}

int compare_rows(const Column& a, size_t row_a, const Column& b, size_t row_b) {
  const bool null_a = a.is_null(row_a);
  const bool null_b = b.is_null(row_b);
  if (null_a || null_b) return order<int>(null_a ? 0 : 1, null_b ? 0 : 1);
  switch (a.type.kind()) {
    case TypeKind::kNull: return 0;
    case TypeKind::kBool: return order<int>(a.bool_at(row_a) ? 1 : 0, b.bool_at(row_b) ? 1 : 0);
    case TypeKind::kInt:
    case TypeKind::kDate: return order(a.at<int32_t>(row_a), b.at<int32_t>(row_b));
    case TypeKind::kBigint:
    case TypeKind::kTimestamp: return order(a.at<int64_t>(row_a), b.at<int64_t>(row_b));
    case TypeKind::kDouble: return order(a.at<double>(row_a), b.at<double>(row_b));
    case TypeKind::kDecimal: return order(a.at<Int128>(row_a), b.at<Int128>(row_b));
    case TypeKind::kString:
    case TypeKind::kBinary: return a.string_at(row_a).compare(b.string_at(row_b));
    case TypeKind::kInterval: {
      const auto us = [](const Interval& of) {  // a month counts as 30 days
        return (static_cast<Int128>(of.months) * 30 + of.days) * 86'400'000'000 + of.us;
      };
      return order(us(a.at<Interval>(row_a)), us(b.at<Interval>(row_b)));
    }
    default: break;
  }
  if (a.type.is(TypeKind::kStruct)) {
    for (size_t c = 0; c < a.children.size(); ++c) {
      if (const int way = compare_rows(a.children[c], a.constant ? 0 : row_a, b.children[c], b.constant ? 0 : row_b))
        return way;
    }
    return 0;
  }
  const Column::Range x = a.range_at(row_a);
  const Column::Range y = b.range_at(row_b);
  for (size_t i = 0; x.begin + i < x.end && y.begin + i < y.end; ++i) {
    if (const int way = compare_rows(a.children[0], x.begin + i, b.children[0], y.begin + i)) return way;
  }
  return order(x.end - x.begin, y.end - y.begin);
}

Kernel comparison_kernel(Comparison op, const Type& type) {
  switch (op) {
    case Comparison::kEqual: return make_kernel<Comparison::kEqual>(type);
    case Comparison::kNotEqual: return make_kernel<Comparison::kNotEqual>(type);
    case Comparison::kLess: return make_kernel<Comparison::kLess>(type);
    case Comparison::kLessEqual: return make_kernel<Comparison::kLessEqual>(type);
    case Comparison::kGreater: return make_kernel<Comparison::kGreater>(type);
    case Comparison::kGreaterEqual: return make_kernel<Comparison::kGreaterEqual>(type);
    case Comparison::kSame: return make_kernel<Comparison::kSame>(type);
  }
  MILLRACE_UNREACHABLE("comparison");
}

Kernel in_kernel(const Type& type) {
  const Kernel equal = comparison_kernel(Comparison::kEqual, type);
  return [equal, type](const Call& call) {
    bool constants = true;
    for (const Column& value : call.args().subspan(1)) constants = constants && value.constant;
    if (constants && type.is_variable() && call.args().size() > kSetFrom) return in_strings(call);
    std::optional<Column> found;
    for (size_t i = 1; i < call.args().size(); ++i) {
      const std::array pair = {call.arg(0), call.arg(i)};
      const Column one = equal(Call(pair, call.rows(), call.context(), nullptr));
      found = found ? or_columns(*found, one) : one;
    }
    return *found;
  };
}

}  // namespace millrace
