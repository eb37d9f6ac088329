#include "data/expr/cast.h"

#include <limits>

#include "data/expr/cast_kernels.h"
#include "data/expr/decimal.h"
#include "data/expr/parse.h"
#include "data/put_text.h"
#include "data/utf8.h"

namespace millrace {
namespace {

constexpr int64_t kUsPerDay = 86'400'000'000;
constexpr size_t kShownMax = 100;  // bytes of a value that a message shows

std::string_view with_article(TypeKind kind) {
  switch (kind) {
    case TypeKind::kInt:
    case TypeKind::kInterval: return "an ";
    default: return "a ";
  }
}

Kernel all_null(const Type& to) {
  return [to](const Call& call) { return null_column(to, call.rows().total()); };
}

std::optional<Kernel> cast_from_bool(const Type& to) {
  switch (to.kind()) {
    case TypeKind::kInt:
      return convert<bool, int32_t>(to, [](bool value) { return std::optional<int32_t>(value ? 1 : 0); });
    case TypeKind::kBigint:
      return convert<bool, int64_t>(to, [](bool value) { return std::optional<int64_t>(value ? 1 : 0); });
    case TypeKind::kDouble:
      return convert<bool, double>(to, [](bool value) { return std::optional<double>(value ? 1 : 0); });
    case TypeKind::kDecimal:
      return convert<bool, Int128>(to, [p = to.precision(), s = to.scale()](bool value) {
        return decimal_rescale({value ? 1 : 0, 0}, p, s);
      });
    default: return std::nullopt;
  }
}

std::optional<Kernel> cast_from_date(const Type& to) {
  if (!to.is(TypeKind::kTimestamp)) return std::nullopt;
  return convert<int32_t, int64_t>(to, [](int32_t days) -> std::optional<int64_t> {
    int64_t us = 0;
    if (__builtin_mul_overflow(int64_t{days}, kUsPerDay, &us)) return std::nullopt;
    return us;
  });
}

// put(to, value) writes straight into the column and gives the end.
template <typename In, typename F>
Kernel put_kernel(F put) {
  return [put](const Call& call) {
    const Reader<In> in(call.arg(0));
    return lift_rows<std::string>(call, TypeKind::kString, [&](size_t row, StringBuilder& out) {
      char* const to = out.room(kPutBytesMax);
      out.commit(static_cast<size_t>(put(to, in[row]) - to));
      out.end_row();
    });
  };
}

template <typename F>
Kernel decimal_from_string(const Type& to, F parse) {
  return convert<std::string_view, Int128>(to, parse);
}

}  // namespace

std::string cast_fault(const Column& column, size_t row, const Type& to) {
  std::string value = format_value(column, row);
  if (value.size() > kShownMax) {
    size_t end = kShownMax;
    while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xc0) == 0x80) --end;
    value.resize(end);
    value += "...";
  }
  if (column.type.is(TypeKind::kString)) {
    return fmt::format("'{}' is not {}{}", value, with_article(to.kind()), to.text());
  }
  return fmt::format("{} does not fit {}{}", value, with_article(to.kind()), to.text());
}

std::optional<Kernel> cast_from_string(const Type& to) {
  switch (to.kind()) {
    case TypeKind::kInt: return convert<std::string_view, int32_t>(to, parse_int);
    case TypeKind::kBigint: return convert<std::string_view, int64_t>(to, parse_bigint);
    case TypeKind::kDouble: return convert<std::string_view, double>(to, parse_double);
    case TypeKind::kDate: return convert<std::string_view, int32_t>(to, parse_date_days);
    case TypeKind::kTimestamp:
      return Kernel([to](const Call& call) {
        const int64_t now_us = call.context().now_us;
        return convert_column<std::string_view, int64_t>(
            call, to, [now_us](std::string_view text) { return parse_timestamp_us(text, now_us); });
      });
    case TypeKind::kDecimal:
      return decimal_from_string(to, [p = to.precision(), s = to.scale()](std::string_view text) {
        while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
        while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.remove_suffix(1);
        const ParsedDecimal parsed = parse_decimal(text, p, s);
        return parsed.outcome == ParsedDecimal::Outcome::kOk ? std::optional(parsed.value) : std::nullopt;
      });
    case TypeKind::kBool:
      return Kernel([](const Call& call) {
        const StringReader in(call.arg(0));
        return lift_rows<bool>(call, TypeKind::kBool, [&](size_t row, auto& out) {
          if (const std::optional<bool> value = parse_bool(in[row])) return out.append(*value);
          call.fault(row, cast_fault(call.arg(0), row, TypeKind::kBool));
          out.append_null();
        });
      });
    case TypeKind::kBinary:
      return Kernel([](const Call& call) {
        Column column = call.arg(0);
        column.type = TypeKind::kBinary;
        return column;
      });
    default: return std::nullopt;
  }
}

Kernel cast_to_string(const Type& from) {
  switch (from.kind()) {
    case TypeKind::kInt: return put_kernel<int32_t>([](char* to, int32_t value) { return put_whole(to, value); });
    case TypeKind::kBigint: return put_kernel<int64_t>(put_whole);
    case TypeKind::kDate: return put_kernel<int32_t>([](char* to, int32_t days) { return put_date(to, days); });
    case TypeKind::kTimestamp: return put_kernel<int64_t>([](char* to, int64_t us) { return put_timestamp(to, us); });
    case TypeKind::kDecimal:
      return put_kernel<Int128>(
          [scale = from.scale()](char* to, Int128 value) { return put_decimal(to, value, scale); });
    case TypeKind::kBool:
      return lift<std::string, bool>(TypeKind::kString,
                                     [](bool value) { return std::string_view(value ? "true" : "false"); });
    case TypeKind::kBinary:
      return [](const Call& call) {
        const StringReader bytes(call.arg(0));
        return lift_rows<std::string>(call, TypeKind::kString, [&](size_t row, StringBuilder& out) {
          add_valid_utf8(bytes[row], out);
          out.end_row();
        });
      };
    default:
      return [](const Call& call) {
        return lift_rows<std::string>(call, TypeKind::kString, [&](size_t row, StringBuilder& out) {
          add_valid_utf8(format_value(call.arg(0), row), out);  // bytes may be inside
          out.end_row();
        });
      };
  }
}

std::optional<Kernel> cast_kernel(const Type& from, const Type& to) {
  if (from == to) return Kernel([](const Call& call) { return call.arg(0); });
  if (from.is(TypeKind::kNull)) return all_null(to);
  if (to.is(TypeKind::kNull)) return std::nullopt;
  if (to.is(TypeKind::kString)) return cast_to_string(from);
  if (from.is(TypeKind::kString)) return cast_from_string(to);
  if (from.is_number()) return cast_from_number(from, to);
  if (from.is_nested()) return cast_nested(from, to);
  switch (from.kind()) {
    case TypeKind::kBool: return cast_from_bool(to);
    case TypeKind::kDate: return cast_from_date(to);
    case TypeKind::kTimestamp: return cast_from_timestamp(to);
    default: return std::nullopt;
  }
}

}  // namespace millrace
