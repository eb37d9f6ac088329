#pragma once

#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "data/expr/bits.h"
#include "data/expr/cast.h"
#include "data/expr/kernels.h"

namespace millrace {

// What casts are made of. A conversion is a function of one value that gives nullopt where the value does not fit.

// "'abc' is not an int", "3000000000 does not fit an int".
std::string cast_fault(const Column& column, size_t row, const Type& to);

// Numbers are converted in blocks, null rows and all; texts row by row, since each costs something.
template <typename In, typename Out, typename F>
Column convert_column(const Call& call, const Type& to, F&& convert) {
  const Column& arg = call.arg(0);
  if (arg.constant && arg.is_null(0)) return null_column(to, call.rows().total());
  if constexpr (std::is_same_v<In, std::string_view> || std::is_same_v<In, bool>) {
    const ValueReader<In> in(arg);
    return fill_rows<Out>(call, to, [&](size_t row, Out& out) {
      const std::optional<Out> value = convert(in[row]);
      if (value) {
        out = *value;
      } else {
        call.fault(row, cast_fault(arg, row, to));
      }
      return value.has_value();
    });
  } else {
    const auto try_value = [&](In in, Out& out) {
      const std::optional<Out> value = convert(in);
      out = value.value_or(Out{});
      return value.has_value();
    };
    return fill_checked<Out, In>(call, to, try_value, [&](size_t row) { return cast_fault(arg, row, to); });
  }
}

template <typename In, typename Out, typename F>
Kernel convert(const Type& to, F f) {
  return [to, f](const Call& call) { return convert_column<In, Out>(call, to, f); };
}

// Parts of cast_kernel, by what is cast; nullopt when Spark refuses the pair.
std::optional<Kernel> cast_from_string(const Type& to);
std::optional<Kernel> cast_from_number(const Type& from, const Type& to);
std::optional<Kernel> cast_from_timestamp(const Type& to);
std::optional<Kernel> cast_nested(const Type& from, const Type& to);
Kernel cast_to_string(const Type& from);

}  // namespace millrace
