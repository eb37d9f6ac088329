// to_char, to_number: numbers by SQL's own formats.
#include <memory>

#include <fmt/format.h>

#include "data/expr/decimal.h"
#include "data/expr/families.h"
#include "data/expr/functions/date_binds.h"
#include "data/expr/functions/format_binds.h"
#include "data/expr/functions/number_format.h"
#include "data/expr/functions/text_kernel.h"

namespace millrace::formats {
namespace {

Column all_null(const Type& type, const Call& call) { return null_column(type, call.rows().total()); }

// The bytes as the function of the encode family says that the format names.
BindResult bytes_to_char(Args args, std::string_view format) {
  std::string_view name;
  if (format == "base64") name = "base64";
  if (format == "hex") name = "hex";
  if (format == "utf-8") name = "decode";
  if (name.empty()) {
    return BindError{1, fmt::format("'{}' is no format of bytes", format), "base64, hex and utf-8 are"};
  }
  const Function* function = find_function(name);
  BindResult inner = function->bind(name == "decode" ? args : args.first(1));
  if (!inner.ok() || name == "decode") return inner;
  return bound(TypeKind::kString, {args[0].type, TypeKind::kString},
               [kernel = inner.binding().kernel](const Call& call) {
                 return kernel(Call(call.args().first(1), call.rows(), call.context(), call.faults(), call.site()));
               });
}

}  // namespace

BindResult bind_to_char(Args args) {
  const Column* format = args[1].constant;
  const Type& value = args[0].type;
  if (value.is(TypeKind::kDate) || value.is(TypeKind::kTimestamp)) return dates::bind_date_format(args);
  if (format == nullptr || (!args[1].type.is(TypeKind::kString) && !args[1].type.is(TypeKind::kNull))) {
    return BindError{1, "the format must be a constant text", ""};
  }
  if (format->is_null(0)) {
    return bound(TypeKind::kString, {value, TypeKind::kString},
                 [](const Call& call) { return all_null(TypeKind::kString, call); });
  }
  if (value.is(TypeKind::kBinary)) return bytes_to_char(args, format->string_at(0));
  if (!value.is_number() && !value.is(TypeKind::kString) && !value.is(TypeKind::kNull)) {
    return BindError{0, fmt::format("a number, a date, a timestamp or bytes are wanted, this is {}", value.text()), ""};
  }
  auto compiled = NumberFormat::compile(format->string_at(0));
  if (!compiled.ok()) return BindError{1, compiled.error().message(), ""};
  // A text is read as the widest decimal, as Spark does.
  const Type decimal = value.is(TypeKind::kString) || value.is(TypeKind::kNull) ? Type::decimal(38, 18)
                       : value.is(TypeKind::kDecimal)                           ? value
                                                                                : decimal_for(value);
  return bound(TypeKind::kString, {decimal, TypeKind::kString},
               [number = *std::move(compiled), scale = decimal.scale()](const Call& call) {
                 const Reader<Int128> values(call.arg(0));
                 std::string text;
                 return lift_rows<std::string>(call, TypeKind::kString, [&](size_t row, StringBuilder& out) {
                   number.format(values[row], scale, text);
                   out.append(text);
                 });
               });
}

BindResult bind_to_number(Args args) {
  const Column* format = args[1].constant;
  if (format == nullptr || (!args[1].type.is(TypeKind::kString) && !args[1].type.is(TypeKind::kNull))) {
    return BindError{1, "the format must be a constant text", ""};
  }
  if (!args[0].type.is(TypeKind::kString) && !args[0].type.is(TypeKind::kNull)) {
    return BindError{0, fmt::format("a text is wanted, this is {}", args[0].type.text()), "it is a value already"};
  }
  if (format->is_null(0)) {
    const Type type = Type::decimal(10, 0);
    return bound(type, {TypeKind::kString, TypeKind::kString},
                 [type](const Call& call) { return all_null(type, call); });
  }
  auto compiled = NumberFormat::compile(format->string_at(0));
  if (!compiled.ok()) return BindError{1, compiled.error().message(), ""};
  const Type type = Type::decimal(compiled->precision(), compiled->scale());
  const std::string shown(format->string_at(0));
  return bound(type, {TypeKind::kString, TypeKind::kString},
               [number = *std::move(compiled), type, shown](const Call& call) {
                 const StringReader texts(call.arg(0));
                 return lift_rows<Int128>(call, type, [&](size_t row, FixedBuilder<Int128>& out) {
                   if (const auto value = number.parse(texts[row])) return out.append(*value);
                   call.fault(row, fmt::format("'{}' is not as the number format '{}' says", texts[row], shown));
                   out.append_null();
                 });
               });
}

}  // namespace millrace::formats
