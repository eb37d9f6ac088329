// Which types stand for which without a CAST, and what two types have in common.
#include <algorithm>

#include "data/expr/cast.h"
#include "data/expr/decimal.h"

namespace millrace {
namespace {

bool is_datetime(const Type& type) { return type.is(TypeKind::kDate) || type.is(TypeKind::kTimestamp); }
bool is_whole(const Type& type) { return type.is(TypeKind::kInt) || type.is(TypeKind::kBigint); }

// Holds both; when that takes more than 38 digits, those behind the point give way.
Type wider_decimal(const Type& a, const Type& b) {
  const int scale = std::max(a.scale(), b.scale());
  const int precision = std::max(a.precision() - a.scale(), b.precision() - b.scale()) + scale;
  const int excess = std::max(0, precision - kDecimalPrecisionMax);
  return Type::decimal(precision - excess, std::max(0, scale - excess));
}

Type common_number(const Type& a, const Type& b) {
  if (a.is(TypeKind::kDouble) || b.is(TypeKind::kDouble)) return TypeKind::kDouble;
  if (a.is(TypeKind::kDecimal) || b.is(TypeKind::kDecimal)) return wider_decimal(decimal_for(a), decimal_for(b));
  return TypeKind::kBigint;
}

// Beside another type a string is read as a value of that type; whole numbers widen first, as '3000000000' might need.
std::optional<Type> common_with_string(const Type& other) {
  if (is_whole(other)) return Type(TypeKind::kBigint);
  if (other.is_number()) return Type(TypeKind::kDouble);
  if (other.is_nested() || other.is(TypeKind::kInterval)) return std::nullopt;
  return other;
}

std::optional<Type> common_nested(const Type& a, const Type& b) {
  if (a.is(TypeKind::kArray)) {
    const std::optional<Type> element = common_type(a.element(), b.element());
    return element ? std::optional(Type::array(*element)) : std::nullopt;
  }
  if (a.is(TypeKind::kMap)) {
    const std::optional<Type> key = common_type(a.key(), b.key());
    const std::optional<Type> value = common_type(a.value(), b.value());
    return key && value ? std::optional(Type::map(*key, *value)) : std::nullopt;
  }
  if (a.fields().size() != b.fields().size()) return std::nullopt;
  std::vector<Field> fields;
  for (size_t i = 0; i < a.fields().size(); ++i) {
    const Field* other = &b.fields()[i];
    if (b.find_field(a.fields()[i].name) != other) return std::nullopt;
    std::optional<Type> type = common_type(a.fields()[i].type, other->type);
    if (!type) return std::nullopt;
    fields.push_back({a.fields()[i].name, std::move(*type)});
  }
  return Type::structure(std::move(fields));
}

}  // namespace

bool coerces_to(const Type& from, const Type& to) {
  if (from == to || from.is(TypeKind::kNull)) return true;
  if (to.is(TypeKind::kNull)) return false;
  if (from.is(TypeKind::kString)) return !to.is_nested() && !to.is(TypeKind::kInterval);
  if (to.is(TypeKind::kString)) return !from.is_nested();
  if (from.is_number() && to.is_number()) return true;
  if (is_datetime(from) && is_datetime(to)) return true;
  if (from.kind() != to.kind() || !from.is_nested()) return false;
  if (from.is(TypeKind::kArray)) return coerces_to(from.element(), to.element());
  if (from.is(TypeKind::kMap)) return coerces_to(from.key(), to.key()) && coerces_to(from.value(), to.value());
  return std::equal(from.fields().begin(), from.fields().end(), to.fields().begin(), to.fields().end(),
                    [](const Field& a, const Field& b) { return coerces_to(a.type, b.type); });
}

std::optional<Type> common_type(const Type& a, const Type& b) {
  if (a == b || b.is(TypeKind::kNull)) return a;
  if (a.is(TypeKind::kNull)) return b;
  if (a.is_number() && b.is_number()) return common_number(a, b);
  if (is_datetime(a) && is_datetime(b)) return Type(TypeKind::kTimestamp);
  if (a.is(TypeKind::kString)) return common_with_string(b);
  if (b.is(TypeKind::kString)) return common_with_string(a);
  if (a.kind() == b.kind() && a.is_nested()) return common_nested(a, b);
  return std::nullopt;
}

}  // namespace millrace
