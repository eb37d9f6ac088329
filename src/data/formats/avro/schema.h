#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

inline constexpr size_t kAvroSchemaBytesMax = size_t{1} << 20;  // of a schema's text
inline constexpr int kAvroSchemaDepthMax = 64;                  // types inside of types, as the text has them
inline constexpr size_t kAvroFixedBytesMax = size_t{1} << 20;   // of a value of type fixed

enum class AvroKind : uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kRecord,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kFixed,
};
std::string_view avro_kind_name(AvroKind kind);  // "int"

// What a value means beyond its bytes. One that is unknown or does not fit its type is ignored, as Avro wants it.
enum class AvroLogical : uint8_t {
  kNone,
  kDecimal,
  kUuid,
  kDate,
  kTimeMillis,
  kTimeMicros,
  kTimestampMillis,
  kTimestampMicros,
  kTimestampNanos,
  kLocalTimestampMillis,
  kLocalTimestampMicros,
  kLocalTimestampNanos,
  kMap,  // an array of records of key and value: a map whose keys are no texts (as Iceberg writes it)
};

struct AvroField {
  std::string name;
  std::vector<std::string> aliases;
  uint32_t type = 0;                         // index into the schema's types
  std::optional<std::string> default_value;  // as JSON; fits the type
};

struct AvroType {
  AvroKind kind = AvroKind::kNull;
  AvroLogical logical = AvroLogical::kNone;
  int precision = 0;  // decimals
  int scale = 0;
  // Records, enums and fixed.
  std::string name;  // "users.UsersCreated"
  std::vector<std::string> aliases;
  // By kind.
  std::vector<AvroField> fields;              // record
  std::vector<std::string> symbols;           // enum
  std::optional<std::string> default_symbol;  // enum: for symbols that a reader does not know
  std::vector<uint32_t> branches;             // union; array and map: the one of their elements
  size_t bytes = 0;                           // fixed

  std::string_view short_name() const;  // without its namespace
  // Errors and messages: "int", "record users.UsersCreated", "timestamp-millis".
  std::string text() const;
};

// A schema as Avro 1.11 defines it: types by index, the first is the schema's own. A type may be inside itself. An
// immutable value.
class AvroSchema {
 public:
  // kInvalidArgument: it is none; the text says where and why.
  static Result<AvroSchema> parse(std::string_view text);
  // Of types that belong together, as they stand.
  explicit AvroSchema(std::vector<AvroType> types) : types_(std::move(types)) {}

  const AvroType& type(uint32_t index) const { return types_[index]; }
  const AvroType& root() const { return types_[0]; }
  const std::vector<AvroType>& types() const { return types_; }

  // Written with all that is known of it; parse() reads it back.
  std::string text() const;

 private:
  std::vector<AvroType> types_;
};

// "users", "Users_2": what Avro takes as a name.
bool is_avro_name(std::string_view name);

// The bytes of a JSON value as a value of a type of the schema, appended; false when it does not fit. A value of a
// union is that of the first branch that takes it.
bool append_avro_default(const AvroSchema& schema, uint32_t type, std::string_view json, std::string& to);

}  // namespace millrace
