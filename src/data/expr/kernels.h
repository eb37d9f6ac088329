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

// f(row) for every row, in a loop that can work on several at once.
template <typename Out, typename F>
Column fill_densely(const Call& call, const Type& type, F&& f) {
  const size_t total = call.rows().total();
  Column column{.type = type, .rows = total};
  column.validity = and_validity(call.args(), total);
  if constexpr (std::is_same_v<Out, bool>) {
    column.values = bits_from(total, f);
  } else {
    Buffer values(total * sizeof(Out));
    Out* const out = values.as<Out>();
    for (size_t row = 0; row < total; ++row) out[row] = f(row);
    column.values = share(std::move(values));
  }
  return column;
}

// f(value...) -> result, for functions that never fault. Out is how the result is built (std::string for strings).
//   lift<std::string, std::string_view>(type, [](std::string_view s) { return to_upper(s); })
template <typename Out, typename... In, typename F>
Kernel lift(Type type, F f) {
  return [type = std::move(type), f = std::move(f)](const Call& call) {
    return [&]<size_t... I>(std::index_sequence<I...>) {
      const std::tuple<ValueReader<In>...> readers{ValueReader<In>(call.arg(I))...};
      const auto value = [&](size_t row) { return f(std::get<I>(readers)[row]...); };
      if constexpr ((kIsPlain<In> && ...) && (kIsPlain<Out> || std::is_same_v<Out, bool>)) {
        if (call.rows().is_all()) return fill_densely<Out>(call, type, value);
      }
      if constexpr (kIsFixed<Out>) {
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

// f(value..., result&) -> bool over plain numbers, defined for all of them: false is a fault, for which why(value...)
// is the message. A batch without a fault is one dense loop.
template <typename Out, typename... In, typename F, typename Why>
Kernel lift_checked(Type type, F f, Why why) {
  static_assert(kIsPlain<Out> && (kIsPlain<In> && ...));
  return [type = std::move(type), f = std::move(f), why = std::move(why)](const Call& call) {
    return [&]<size_t... I>(std::index_sequence<I...>) {
      const std::tuple<ValueReader<In>...> readers{ValueReader<In>(call.arg(I))...};
      bool well = true;
      Column column = fill_densely<Out>(call, type, [&](size_t row) {
        Out out{};
        well &= f(std::get<I>(readers)[row]..., out);
        return out;
      });
      if (well) return column;
      return fill_rows<Out>(call, type, [&](size_t row, Out& out) {
        if (f(std::get<I>(readers)[row]..., out)) return true;
        out = Out{};
        call.fault(row, why(std::get<I>(readers)[row]...));
        return false;
      });
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
