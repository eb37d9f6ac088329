#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

enum class TypeKind : uint8_t {
  kNull,  // the type of a bare NULL
  kBool,
  kInt,     // 32 bits
  kBigint,  // 64 bits
  kDouble,
  kDecimal,  // precision 1..38, scale 0..precision
  kString,   // UTF-8, always valid
  kBinary,
  kDate,       // days since 1970-01-01
  kTimestamp,  // microseconds since 1970-01-01T00:00:00Z
  kInterval,   // months, days and microseconds; lives inside expressions only, never in a column of a batch
  kArray,
  kMap,
  kStruct,
};

inline constexpr int kDecimalPrecisionMax = 38;

struct Field;

// The type of a column. A small value: copying one shares the description of nested types.
class Type {
 public:
  Type() : Type(TypeKind::kNull) {}
  Type(TypeKind kind);  // NOLINT: implicit on purpose, for the kinds that need no more
  static Type decimal(int precision, int scale);
  static Type array(Type element);
  static Type map(Type key, Type value);
  static Type structure(std::vector<Field> fields);

  TypeKind kind() const { return kind_; }
  bool is(TypeKind kind) const { return kind_ == kind; }
  int precision() const;  // decimals only
  int scale() const;
  const Type& element() const;  // arrays only
  const Type& key() const;      // maps only
  const Type& value() const;
  std::span<const Field> fields() const;                 // structs only
  const Field* find_field(std::string_view name) const;  // structs only; case is ignored, as Spark does

  bool is_number() const;  // int, bigint, double, decimal, (not null)
  bool is_nested() const;  // array, map, struct
  bool is_variable() const { return kind_ == TypeKind::kString || kind_ == TypeKind::kBinary; }
  size_t width() const;  // bytes per value of fixed-width kinds except bool: 4, 8 or 16; 0 for the others

  // As Spark spells it: "bigint", "decimal(10,2)", "array<string>", "struct<a:int,b:map<string,int>>".
  std::string text() const;
  bool operator==(const Type& other) const;

 private:
  TypeKind kind_;
  int8_t precision_ = 0;
  int8_t scale_ = 0;
  std::shared_ptr<const std::vector<Field>> children_;  // array: element; map: key, value; struct: its fields
};

struct Field {
  std::string name;
  Type type;
  bool operator==(const Field&) const = default;
};

// Reads a type as text() writes it; Spark's synonyms (integer, long, boolean, numeric, varchar, ...) are taken too, and
// the CQL names uuid and text as string. The error says what is wrong and which word was probably meant.
Result<Type> parse_type(std::string_view text);

}  // namespace millrace
