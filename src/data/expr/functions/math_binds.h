#pragma once

#include <fmt/format.h>

#include <optional>
#include <span>
#include <vector>

#include "data/expr/cast.h"
#include "data/expr/kernels.h"

namespace millrace {

// How the functions of the math family are bound; each is named in math.cc's list.
using MathArgs = std::span<const BindArg>;

// A binding whose arguments are brought to `wanted`, or the error that says which cannot be.
inline BindResult bind_as(MathArgs args, std::vector<Type> wanted, Type result, Kernel kernel) {
  for (size_t i = 0; i < args.size(); ++i) {
    if (!coerces_to(args[i].type, wanted[i])) {
      return BindError{static_cast<int>(i), fmt::format("{} wanted, this is {}", wanted[i].text(), args[i].type.text()),
                       ""};
    }
  }
  return Binding{std::move(result), std::move(wanted), std::move(kernel)};
}

// The number that an argument is: itself, or a double when it is a string or NULL.
inline Type number_type(const Type& type) { return type.is_number() ? type : Type(TypeKind::kDouble); }

BindResult bind_abs(MathArgs args);  // math_round.cc
BindResult bind_ceil(MathArgs args);
BindResult bind_floor(MathArgs args);
BindResult bind_round(MathArgs args);
BindResult bind_bround(MathArgs args);
BindResult bind_mod(MathArgs args);  // math_modulo.cc
BindResult bind_pmod(MathArgs args);
BindResult bind_hex(MathArgs args);  // math_bits.cc
BindResult bind_unhex(MathArgs args);
BindResult bind_bin(MathArgs args);
BindResult bind_conv(MathArgs args);
BindResult bind_shift_left(MathArgs args);
BindResult bind_shift_right(MathArgs args);
BindResult bind_shift_right_unsigned(MathArgs args);
BindResult bind_bit_count(MathArgs args);
BindResult bind_factorial(MathArgs args);
BindResult bind_width_bucket(MathArgs args);

}  // namespace millrace
