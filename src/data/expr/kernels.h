#pragma once

// How most kernels are written: a function of one row's values, lifted over columns with null in, null out.

#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "data/builder.h"
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
  ValueBuilder<Out> out(type, total);
  size_t next = 0;
  call.rows().for_each([&](size_t row) {
    while (next < row) {
      out.append_null();
      ++next;
    }
    ++next;
    for (const Column& arg : call.args()) {
      if (arg.is_null(row)) {
        out.append_null();
        return;
      }
    }
    f(row, out);
  });
  while (next < total) {
    out.append_null();
    ++next;
  }
  return out.finish();
}

// f(value...) -> result, for functions that never fault. Out is how the result is built (std::string for strings).
//   lift<std::string, std::string_view>(type, [](std::string_view s) { return to_upper(s); })
template <typename Out, typename... In, typename F>
Kernel lift(Type type, F f) {
  return [type = std::move(type), f = std::move(f)](const Call& call) {
    return [&]<size_t... I>(std::index_sequence<I...>) {
      const std::tuple<ValueReader<In>...> readers{ValueReader<In>(call.arg(I))...};
      return lift_rows<Out>(call, type, [&](size_t row, auto& out) { out.append(f(std::get<I>(readers)[row]...)); });
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
      return lift_rows<Out>(call, type, [&](size_t row, auto& out) {
        auto value = f(std::get<I>(readers)[row]...);
        if (value) {
          out.append(*value);
        } else {
          out.append_null();
        }
      });
    }
    (std::index_sequence_for<In...>{});
  };
}

// f(value...) -> Result<value>: an error is a fault of the row with the error's message.
template <typename Out, typename... In, typename F>
Kernel lift_faulting(Type type, F f) {
  return [type = std::move(type), f = std::move(f)](const Call& call) {
    return [&]<size_t... I>(std::index_sequence<I...>) {
      const std::tuple<ValueReader<In>...> readers{ValueReader<In>(call.arg(I))...};
      return lift_rows<Out>(call, type, [&](size_t row, auto& out) {
        auto value = f(std::get<I>(readers)[row]...);
        if (value.ok()) {
          out.append(*value);
        } else {
          call.fault(row, value.error().message());
          out.append_null();
        }
      });
    }
    (std::index_sequence_for<In...>{});
  };
}

}  // namespace millrace
