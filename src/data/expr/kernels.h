#pragma once

// How most kernels are written: a function of one row's values, lifted over columns with null in, null out.

#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "data/builder.h"
#include "data/expr/bits.h"
#include "data/expr/blocks.h"
#include "data/expr/function.h"

namespace millrace {

// Maps a C++ value type to how a column is read and built:
//   bool, int32_t, int64_t, double, Int128, Interval, std::string_view.
template <typename T>
struct ValueReader : Reader<T> {
  using Reader<T>::Reader;
};
template <>
struct ValueReader<std::string_view> : StringReader {
  using StringReader::StringReader;
};
template <>
struct ValueReader<bool> {
  explicit ValueReader(const Column& column) : column_(&column) {}
  bool operator[](size_t row) const { return column_->bool_at(row); }
  const Column* column_;
};

template <typename T>
struct ValueBuilder : FixedBuilder<T> {
  ValueBuilder(const Type& type, size_t rows) : FixedBuilder<T>(type, rows) {}
};
template <>
struct ValueBuilder<bool> : BoolBuilder {
  ValueBuilder(const Type&, size_t rows) : BoolBuilder(rows) {}
};
template <>
struct ValueBuilder<std::string> : StringBuilder {
  ValueBuilder(const Type& type, size_t rows) : StringBuilder(type, rows) {}
};

// Calls f(row) for the rows of the call in which no argument is null; the others become null. `f` appends exactly one
// row to `out` each time, by append or append_null (after call.fault, say).
template <typename Out, typename F>
Column lift_rows(const Call& call, const Type& type, F&& f) {
  const size_t total = call.rows().total();
  const BufferRef validity = and_validity(call.args(), total);
  const ValidRows valid(validity);
  ValueBuilder<Out> out(type, total);
  size_t next = 0;
  call.rows().for_each([&](size_t row) {
    for (; next < row; ++next) out.append_null();
    ++next;
    if (valid[row]) {
      f(row, out);
    } else {
      out.append_null();
    }
  });
  for (; next < total; ++next) out.append_null();
  return out.finish();
}

// The same for values of fixed width, without a builder: f(row, value) sets the value, or gives false where there is
// none.
template <typename Out, typename F>
Column fill_rows(const Call& call, const Type& type, F&& f) {
  const size_t total = call.rows().total();
  const BufferRef validity = and_validity(call.args(), total);
  const ValidRows valid(validity);
  Buffer values = call.rows().is_all() ? Buffer(total * sizeof(Out)) : Buffer::zeroed(total * sizeof(Out));
  Out* const out = values.as<Out>();
  std::vector<uint32_t> failed;
  call.rows().for_each([&](size_t row) {
    Out value{};
    if (valid[row] && !f(row, value)) failed.push_back(static_cast<uint32_t>(row));
    out[row] = value;
  });
  Column column{.type = type, .rows = total};
  column.validity = without_rows(validity, total, failed);
  column.values = share(std::move(values));
  return column;
}

// Numbers of every bit pattern: a function that never faults may be given what lies in null rows too, and computing it
// there costs less than looking whether to.
template <typename T>
inline constexpr bool kIsPlain = std::is_same_v<T, int32_t> || std::is_same_v<T, int64_t> || std::is_same_v<T, double>;
template <typename T>
inline constexpr bool kIsFixed = kIsPlain<T> || std::is_same_v<T, Int128> || std::is_same_v<T, Interval>;

// Numbers from f(row) for every row, null ones too.
template <typename Out, typename F>
Column fill_all(const Call& call, const Type& type, F&& f) {
  const size_t total = call.rows().total();
  Column column{.type = type, .rows = total};
  column.validity = and_validity(call.args(), total);
  Buffer values(total * sizeof(Out));
  Out* const out = values.as<Out>();
  for (size_t row = 0; row < total; ++row) out[row] = f(row);
  column.values = share(std::move(values));
  return column;
}

// Booleans of the rows of the call in which no argument is null.
template <typename F>
Column fill_bools(const Call& call, F&& f) {
  const size_t total = call.rows().total();
  Column column{.type = TypeKind::kBool, .rows = total};
  column.validity = and_validity(call.args(), total);
  const RowBits wanted(call.rows());
  Buffer bits(words_of(total) * 8);
  for (size_t word = 0; word < words_of(total); ++word) {
    uint64_t value = 0;
    const uint64_t valid = column.validity == nullptr ? ~uint64_t{0} : column.validity->as<uint64_t>()[word];
    for_each_bit(wanted.words()[word] & valid, 0,
                 [&](size_t bit) { value |= static_cast<uint64_t>(f(word * 64 + bit) ? 1 : 0) << bit; });
    bits.as<uint64_t>()[word] = value;
  }
  column.values = share(std::move(bits));
  return column;
}

// f(value...) -> result, for functions that never fault. Out is how the result is built (std::string for strings).
//   lift<std::string, std::string_view>(type, [](std::string_view s) { return to_upper(s); })
template <typename Out, typename... In, typename F>
Kernel lift(Type type, F f) {
  return [type = std::move(type), f = std::move(f)](const Call& call) {
    if constexpr ((kIsPlain<In> && ...) && (kIsPlain<Out> || std::is_same_v<Out, bool>)) {
      if (call.rows().is_all()) return fill_densely<Out, In...>(call, type, f);
    }
    return [&]<size_t... I>(std::index_sequence<I...>) {
      const std::tuple<ValueReader<In>...> readers{ValueReader<In>(call.arg(I))...};
      const auto value = [&](size_t row) { return f(std::get<I>(readers)[row]...); };
      if constexpr (std::is_same_v<Out, bool>) {
        return fill_bools(call, value);
      } else if constexpr (kIsFixed<Out>) {
        return fill_rows<Out>(call, type, [&](size_t row, Out& out) {
          out = value(row);
          return true;
        });
      } else {
        return lift_rows<Out>(call, type, [&](size_t row, auto& out) { out.append(value(row)); });
      }
    }
    (std::index_sequence_for<In...>{});
  };
}

// As fill_checked, with why(value...).
template <typename Out, typename... In, typename F, typename Why>
Kernel lift_checked(Type type, F f, Why why) {
  static_assert(kIsPlain<Out> && (kIsPlain<In> && ...));
  return [type = std::move(type), f = std::move(f), why = std::move(why)](const Call& call) {
    return [&]<size_t... I>(std::index_sequence<I...>) {
      return fill_checked<Out, In...>(call, type, f,
                                      [&](size_t row) { return why(ValueReader<In>(call.arg(I))[row]...); });
    }
    (std::index_sequence_for<In...>{});
  };
}

// f(value...) -> std::optional<result>: nullopt gives null.
template <typename Out, typename... In, typename F>
Kernel lift_optional(Type type, F f) {
  return [type = std::move(type), f = std::move(f)](const Call& call) {
    return [&]<size_t... I>(std::index_sequence<I...>) {
      const std::tuple<ValueReader<In>...> readers{ValueReader<In>(call.arg(I))...};
      if constexpr (kIsFixed<Out>) {
        return fill_rows<Out>(call, type, [&](size_t row, Out& out) {
          const auto value = f(std::get<I>(readers)[row]...);
          if (value) out = *value;
          return value.has_value();
        });
      } else {
        return lift_rows<Out>(call, type, [&](size_t row, auto& out) {
          auto value = f(std::get<I>(readers)[row]...);
          if (value) {
            out.append(*value);
          } else {
            out.append_null();
          }
        });
      }
    }
    (std::index_sequence_for<In...>{});
  };
}

// f(value...) -> Result<value>: an error is a fault of the row with the error's message.
template <typename Out, typename... In, typename F>
Kernel lift_faulting(Type type, F f) {
  static_assert(kIsFixed<Out>);
  return [type = std::move(type), f = std::move(f)](const Call& call) {
    return [&]<size_t... I>(std::index_sequence<I...>) {
      const std::tuple<ValueReader<In>...> readers{ValueReader<In>(call.arg(I))...};
      return fill_rows<Out>(call, type, [&](size_t row, Out& out) {
        const auto value = f(std::get<I>(readers)[row]...);
        if (value.ok()) {
          out = *value;
        } else {
          call.fault(row, value.error().message());
        }
        return value.ok();
      });
    }
    (std::index_sequence_for<In...>{});
  };
}

}  // namespace millrace
