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

// A dense loop into a column of fixed width: no builder, no branch but the conversion's own.
template <typename In, typename Out, typename F>
Column convert_column(const Call& call, const Type& to, F&& convert) {
  const Column& arg = call.arg(0);
  const size_t total = call.rows().total();
  if (arg.constant && arg.is_null(0)) return null_column(to, total);
  const ValueReader<In> in(arg);
  Buffer values = call.rows().is_all() ? Buffer(total * sizeof(Out)) : Buffer::zeroed(total * sizeof(Out));
  Out* const out = values.as<Out>();
  std::vector<uint32_t> failed;
  const BufferRef validity = arg.constant ? nullptr : arg.validity;
  const ValidRows valid(validity);
  call.rows().for_each([&](size_t row) {
    out[row] = Out{};
    if (!valid[row]) return;
    if (const std::optional<Out> value = convert(in[row])) {
      out[row] = *value;
    } else {
      call.fault(row, cast_fault(arg, row, to));
      failed.push_back(static_cast<uint32_t>(row));
    }
  });
  Column column{.type = to, .rows = total};
  column.validity = without_rows(validity, total, failed);
  column.values = share(std::move(values));
  return column;
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
