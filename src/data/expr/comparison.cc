#include "data/expr/comparison.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <unordered_set>

#include "data/builder.h"
#include "data/expr/bits.h"
#include "data/expr/blocks.h"
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
  Buffer bits(words_of(call.rows().total()) * 8);
  for_each_block<T, T>(call, [&](size_t first, const T* a, const T* b) {
    bits.as<uint64_t>()[first / kBlockRows] = test_block([](T x, T y) { return holds<op, T>(x, y); }, a, b);
  });
  return share(std::move(bits));
}

template <Comparison op>
bool holds_way(int way) {
  return holds<op, int>(way, 0);
}

// The first eight bytes, of which those behind the end count as 0, as a number that is ordered as they are. What lies
// in a column may be read beyond its end.
inline uint64_t ordered_prefix(std::string_view text) {
  constexpr std::array<uint64_t, 9> kMasks = [] {  // a table, so that there is no branch
    std::array<uint64_t, 9> masks{};
    for (size_t size = 1; size < masks.size(); ++size) masks[size] = ~uint64_t{0} << (64 - 8 * size);
    return masks;
  }();
  uint64_t bytes = 0;
  std::memcpy(&bytes, text.data(), 8);
  return __builtin_bswap64(bytes) & kMasks[std::min<size_t>(text.size(), 8)];
}

// Most texts differ in their length or their first eight bytes, which takes no call and no branch to see.
inline bool same_text(std::string_view a, std::string_view b) {
  const auto differ = (a.size() ^ b.size()) | (ordered_prefix(a) ^ ordered_prefix(b));
  return differ == 0 && (a.size() <= 8 || std::memcmp(a.data() + 8, b.data() + 8, a.size() - 8) == 0);
}

template <Comparison op>
BufferRef compare_strings(const Call& call) {
  const StringReader x(call.arg(0));
  const StringReader y(call.arg(1));
  const size_t rows = call.rows().total();
  if constexpr (op == Comparison::kEqual || op == Comparison::kSame || op == Comparison::kNotEqual) {
    return bits_from(rows, [&](size_t row) { return same_text(x[row], y[row]) == (op != Comparison::kNotEqual); });
  } else {
    return bits_from(rows, [&](size_t row) {
      const uint64_t a = ordered_prefix(x[row]);
      const uint64_t b = ordered_prefix(y[row]);
      if (a != b) [[likely]]
        return holds<op, uint64_t>(a, b);
      return holds_way<op>(x[row].compare(y[row]));
    });
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

// Whether both are null, or neither is and `equal` holds.
BufferRef same_where_null(const Column& a, const Column& b, const Column& equal) {
  const Words valid_a = validity_words(a);
  const Words valid_b = validity_words(b);
  const Words values = value_words(equal);
  Buffer bits(words_of(equal.rows) * 8);
  for (size_t word = 0; word < words_of(equal.rows); ++word) {
    bits.as<uint64_t>()[word] = (valid_a[word] & valid_b[word] & values[word]) | ~(valid_a[word] | valid_b[word]);
  }
  return share(std::move(bits));
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
      if (a.may_have_nulls() || b.may_have_nulls()) out.values = same_where_null(a, b, out);
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
