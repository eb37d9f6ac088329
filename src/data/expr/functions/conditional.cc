#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "data/builder.h"
#include "data/expr/arithmetic.h"
#include "data/expr/bits.h"
#include "data/expr/cast.h"
#include "data/expr/comparison.h"
#include "data/expr/families.h"
#include "data/expr/kernels.h"
#include "data/expr/operators.h"

namespace millrace {
namespace {

using Args = std::span<const BindArg>;

// coalesce, nvl, ifnull and if are computed by the evaluator, since they look at later arguments only where they must;
// they are listed here for their descriptions.
BindResult bind_lazy(Args) { MILLRACE_UNREACHABLE("computed by the evaluator"); }

std::optional<Type> common_of(Args args, size_t from = 0) {
  Type type;
  for (size_t i = from; i < args.size(); ++i) {
    const auto both = common_type(type, args[i].type);
    if (!both) return std::nullopt;
    type = *both;
  }
  return type;
}

BindError no_common(Args args) {
  return {-1, fmt::format("{} and {} have no common type", args[0].type.text(), args[args.size() - 1].type.text()),
          "cast one of them"};
}

template <bool wanted>
BindResult bind_null_test(Args args) {
  return Binding{TypeKind::kBool, {args[0].type}, [](const Call& call) {
                   const Column& column = call.arg(0);
                   const size_t rows = call.rows().total();
                   Column out{.type = TypeKind::kBool, .rows = rows};
                   if (column.validity != nullptr && !column.constant) {  // the validity itself, or its opposite
                     out.values = column.validity;
                     return wanted ? not_column(out) : out;
                   }
                   out.values = bits_from(rows, [&](size_t row) { return column.is_null(row) == wanted; });
                   return out;
                 }};
}

BindResult bind_isnan(Args) {
  return Binding{TypeKind::kBool, {TypeKind::kDouble}, [](const Call& call) {
                   const Column& column = call.arg(0);
                   const size_t rows = call.rows().total();
                   Column out{.type = TypeKind::kBool, .rows = rows};
                   out.values = bits_from(
                       rows, [&](size_t row) { return !column.is_null(row) && std::isnan(column.at<double>(row)); });
                   return out;
                 }};
}

// One of the arguments of each row, whichever `choose` says; kNullIndex for null.
template <typename F>
Column pick_argument(const Call& call, const Type& type, F&& choose) {
  ColumnBuilder builder(type);
  size_t next = 0;
  call.rows().for_each([&](size_t row) {
    for (; next < row; ++next) builder.append_null();
    ++next;
    const uint32_t at = choose(row);
    if (at == kNullIndex) {
      builder.append_null();
    } else {
      builder.append_from(call.arg(at), row);
    }
  });
  for (; next < call.rows().total(); ++next) builder.append_null();
  return builder.finish();
}

BindResult bind_nvl2(Args args) {
  const auto type = common_of(args, 1);
  if (!type) return no_common(args.subspan(1));
  return Binding{*type, {args[0].type, *type, *type}, [type = *type](const Call& call) {
                   return pick_argument(call, type, [&](size_t row) { return call.arg(0).is_null(row) ? 2U : 1U; });
                 }};
}

BindResult bind_nullif(Args args) {
  const auto type = comparison_type(args[0].type, args[1].type);
  if (!type) return no_common(args);
  const auto same = cast_kernel(args[0].type, *type);
  const auto other = cast_kernel(args[1].type, *type);
  const Type first = args[0].type;
  return Binding{
      first, {first, args[1].type}, [=](const Call& call) {
        const std::array values = {
            same ? (*same)(Call(call.args().first(1), call.rows(), call.context(), nullptr)) : call.arg(0),
            other ? (*other)(Call(call.args().subspan(1), call.rows(), call.context(), nullptr)) : call.arg(1)};
        Column equal = comparison_kernel(Comparison::kEqual, *type)(Call(values, call.rows(), call.context(), nullptr));
        Column out = flatten(call.arg(0));
        const Words value = validity_words(out);
        const Words comparable = validity_words(equal);
        const Words is_equal = value_words(equal);
        Buffer bits(words_of(out.rows) * 8);
        for (size_t word = 0; word < words_of(out.rows); ++word) {
          bits.as<uint64_t>()[word] = value[word] & ~(comparable[word] & is_equal[word]);
        }
        out.validity = share(std::move(bits));
        return out;
      }};
}

BindResult bind_nullifzero(Args args) {
  if (!args[0].type.is_number() && !args[0].type.is(TypeKind::kNull))
    return BindError{0, fmt::format("a number is wanted, this is {}", args[0].type.text()), ""};
  const Type type = args[0].type;
  return Binding{type, {type}, [type](const Call& call) {
                   return pick_argument(call, type, [&](size_t row) {
                     const Column& column = call.arg(0);
                     return column.is_null(row) ||
                                    format_value(column, row).find_first_of("123456789NI") == std::string::npos
                                ? kNullIndex
                                : 0U;
                   });
                 }};
}

BindResult bind_zeroifnull(Args args) {
  const Type type = args[0].type.is(TypeKind::kNull) ? Type(TypeKind::kInt) : args[0].type;
  if (!type.is_number()) return BindError{0, fmt::format("a number is wanted, this is {}", type.text()), ""};
  return Binding{type, {type}, [type](const Call& call) {
                   const std::array zero = {constant_fixed<int32_t>(TypeKind::kInt, 0)};
                   const auto kernel = cast_kernel(TypeKind::kInt, type);
                   const Column nothing = kernel && !type.is(TypeKind::kInt)
                                              ? (*kernel)(Call(zero, Rows::all(1), call.context(), nullptr))
                                              : zero[0];
                   ColumnBuilder builder(type);
                   for (size_t row = 0; row < call.rows().total(); ++row) {
                     const bool null = call.arg(0).is_null(row);
                     builder.append_from(null ? nothing : call.arg(0), null ? 0 : row);
                   }
                   return builder.finish();
                 }};
}

BindResult bind_nanvl(Args) {
  return Binding{TypeKind::kDouble, {TypeKind::kDouble, TypeKind::kDouble}, [](const Call& call) {
                   return pick_argument(call, TypeKind::kDouble, [&](size_t row) {
                     const Column& first = call.arg(0);
                     return !first.is_null(row) && std::isnan(first.at<double>(row)) ? 1U : 0U;
                   });
                 }};
}

// Takes the values that are better than those found so far, or that are the first of their row.
template <int way, typename T>
void take_better(T* __restrict best, uint8_t* __restrict found, const T* __restrict in,
                 const uint8_t* __restrict valid) {
  for (size_t i = 0; i < kBlockRows; ++i) {
    const bool better = way > 0 ? in[i] > best[i] : in[i] < best[i];
    best[i] = (valid[i] & ((found[i] ^ 1) | (better ? 1 : 0))) != 0 ? in[i] : best[i];
    found[i] |= valid[i];
  }
}

// Of whole numbers, dates and timestamps.
template <int way, typename T>
Column extreme_of(const Call& call, const Type& type) {
  const size_t total = call.rows().total();
  Buffer values(words_of(total) * kBlockRows * sizeof(T));
  Buffer bits(words_of(total) * 8);
  std::vector<BlockReader<T>> readers;
  std::vector<Words> validities;
  for (const Column& arg : call.args()) {
    readers.emplace_back(arg);
    validities.push_back(validity_words(arg));
  }
  for (size_t first = 0; first < total; first += kBlockRows) {
    T* const best = values.as<T>() + first;
    std::fill_n(best, kBlockRows, T{});
    uint8_t found[kBlockRows] = {};
    for (size_t i = 0; i < readers.size(); ++i) {
      uint8_t valid[kBlockRows];
      spread_word(validities[i][first / kBlockRows], valid);
      take_better<way>(best, found, readers[i].block(first, std::min(kBlockRows, total - first)), valid);
    }
    bits.as<uint64_t>()[first / kBlockRows] = pack_word(found);
  }
  values.set_size(total * sizeof(T));
  Column out{.type = type, .rows = total, .validity = share(std::move(bits))};
  out.values = share(std::move(values));
  return out;
}

template <int way>
BindResult bind_extreme(Args args) {
  const auto text = [](const BindArg& arg) { return arg.type.is(TypeKind::kString); };
  const auto other = [&](const BindArg& arg) { return !text(arg) && !arg.type.is(TypeKind::kNull); };
  if (std::any_of(args.begin(), args.end(), text) && std::any_of(args.begin(), args.end(), other)) {
    return BindError{-1, "texts have no order among values of other types", "cast one of them"};
  }
  const auto type = common_of(args);
  if (!type) return no_common(args);
  if (type->is(TypeKind::kMap)) return BindError{-1, "maps have no order", ""};
  return Binding{*type, std::vector<Type>(args.size(), *type), [type = *type](const Call& call) {
                   if (type.is(TypeKind::kInt) || type.is(TypeKind::kDate)) return extreme_of<way, int32_t>(call, type);
                   if (type.is(TypeKind::kBigint) || type.is(TypeKind::kTimestamp)) {
                     return extreme_of<way, int64_t>(call, type);
                   }
                   return pick_argument(call, type, [&](size_t row) {
                     uint32_t best = kNullIndex;
                     for (uint32_t i = 0; i < call.args().size(); ++i) {
                       if (call.arg(i).is_null(row)) continue;
                       if (best == kNullIndex || compare_rows(call.arg(i), row, call.arg(best), row) * way > 0)
                         best = i;
                     }
                     return best;
                   });
                 }};
}

BindResult bind_typeof(Args args) {
  const std::string text = args[0].type.text();
  return Binding{TypeKind::kString, {args[0].type}, [text](const Call& call) {
                   return repeat(constant_string(text), call.rows().total());
                 }};
}

BindResult bind_raise_error(Args) {
  return Binding{TypeKind::kNull, {TypeKind::kString}, [](const Call& call) {
                   call.rows().for_each([&](size_t row) {
                     call.fault(row, call.arg(0).is_null(row) ? "an error without text" : call.arg(0).string_at(row));
                   });
                   return null_column(TypeKind::kNull, call.rows().total());
                 }};
}

BindResult bind_assert_true(Args args) {
  const bool with_text = args.size() == 2;
  std::vector<Type> types = {TypeKind::kBool};
  if (with_text) types.emplace_back(TypeKind::kString);
  return Binding{TypeKind::kNull, types, [with_text](const Call& call) {
                   call.rows().for_each([&](size_t row) {
                     if (!call.arg(0).is_null(row) && call.arg(0).bool_at(row)) return;
                     const bool text = with_text && !call.arg(1).is_null(row);
                     call.fault(row, text ? call.arg(1).string_at(row) : "the assertion is not true");
                   });
                   return null_column(TypeKind::kNull, call.rows().total());
                 }};
}

// The named forms of operators: same binding, with or without faults.
template <char op>
BindResult bind_operator(Args args) {
  constexpr char kName[] = {op, '\0'};
  return find_operator(kName)->bind(args);
}

BindResult bind_equal_null(Args args) { return find_operator("<=>")->bind(args); }

constexpr auto kFunctions = std::to_array<Function>({
    {"if", "conditional", "if(condition, then, else)", "One of two values; the other is not computed.",
     "if(1 < 2, 'a', 'b') -> a", 3, 3, bind_lazy},
    {"coalesce", "conditional", "coalesce(a, ...)", "The first that is not null.", "coalesce(NULL, 1) -> 1", 1, -1,
     bind_lazy},
    {"nvl", "conditional", "nvl(a, b)", "a, or b where a is null.", "nvl(NULL, 1) -> 1", 2, 2, bind_lazy},
    {"ifnull", "conditional", "ifnull(a, b)", "a, or b where a is null.", "ifnull(NULL, 1) -> 1", 2, 2, bind_lazy},
    {"nvl2", "conditional", "nvl2(a, b, c)", "b where a is not null, else c.", "nvl2(NULL, 1, 2) -> 2", 3, 3,
     bind_nvl2},
    {"nullif", "conditional", "nullif(a, b)", "Null where a equals b, else a.", "nullif(1, 2) -> 1", 2, 2, bind_nullif},
    {"nullifzero", "conditional", "nullifzero(a)", "Null where a is zero, else a.", "nullifzero(2) -> 2", 1, 1,
     bind_nullifzero},
    {"zeroifnull", "conditional", "zeroifnull(a)", "Zero where a is null, else a.", "zeroifnull(2) -> 2", 1, 1,
     bind_zeroifnull},
    {"equal_null", "conditional", "equal_null(a, b)", "Whether they are equal, null being equal to null.",
     "equal_null(1, NULL) -> false", 2, 2, bind_equal_null},
    {"isnull", "conditional", "isnull(a)", "Whether it is null.", "isnull(1) -> false", 1, 1, bind_null_test<true>},
    {"isnotnull", "conditional", "isnotnull(a)", "Whether it is not null.", "isnotnull(1) -> true", 1, 1,
     bind_null_test<false>},
    {"isnan", "conditional", "isnan(a)", "Whether it is not a number; false for null.",
     "isnan(CAST('NaN' AS DOUBLE)) -> true", 1, 1, bind_isnan},
    {"nanvl", "conditional", "nanvl(a, b)", "a, or b where a is NaN.", "nanvl(1.0D, 2.0D) -> 1.0", 2, 2, bind_nanvl},
    {"greatest", "conditional", "greatest(a, b, ...)", "The greatest; nulls are passed over.", "greatest(1, 3, 2) -> 3",
     2, -1, bind_extreme<1>},
    {"least", "conditional", "least(a, b, ...)", "The least; nulls are passed over.", "least(2, 1, 3) -> 1", 2, -1,
     bind_extreme<-1>},
    {"typeof", "conditional", "typeof(a)", "The name of its type.", "typeof(1) -> int", 1, 1, bind_typeof},
    {"raise_error", "conditional", "raise_error(text)", "Makes the record a fault with this text.",
     "if(true, 'ok', raise_error('no')) -> ok", 1, 1, bind_raise_error},
    {"assert_true", "conditional", "assert_true(condition [, text])",
     "A fault where the condition is not true; null otherwise.", "assert_true(1 < 2) -> NULL", 1, 2, bind_assert_true},
    {.name = "try_add",
     .group = "conditional",
     .signature = "try_add(a, b)",
     .summary = "a + b, null where it would be a fault.",
     .example = "try_add(1, 2) -> 3",
     .args_min = 2,
     .args_max = 2,
     .bind = bind_operator<'+'>,
     .try_form = true},
    {.name = "try_subtract",
     .group = "conditional",
     .signature = "try_subtract(a, b)",
     .summary = "a - b, null where it would be a fault.",
     .example = "try_subtract(3, 2) -> 1",
     .args_min = 2,
     .args_max = 2,
     .bind = bind_operator<'-'>,
     .try_form = true},
    {.name = "try_multiply",
     .group = "conditional",
     .signature = "try_multiply(a, b)",
     .summary = "a * b, null where it would be a fault.",
     .example = "try_multiply(3, 2) -> 6",
     .args_min = 2,
     .args_max = 2,
     .bind = bind_operator<'*'>,
     .try_form = true},
    {.name = "try_divide",
     .group = "conditional",
     .signature = "try_divide(a, b)",
     .summary = "a / b, null where it would be a fault.",
     .example = "try_divide(3, 2) -> 1.5",
     .args_min = 2,
     .args_max = 2,
     .bind = bind_operator<'/'>,
     .try_form = true},
    {.name = "try_mod",
     .group = "conditional",
     .signature = "try_mod(a, b)",
     .summary = "a % b, null where it would be a fault.",
     .example = "try_mod(3, 2) -> 1",
     .args_min = 2,
     .args_max = 2,
     .bind = bind_operator<'%'>,
     .try_form = true},
});

}  // namespace

std::span<const Function> conditional_functions() { return kFunctions; }

}  // namespace millrace
