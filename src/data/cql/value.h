#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "data/builder.h"
#include "data/column.h"
#include "data/cql/type.h"

// Values of CQL types as bytes: exactly CQL's binary protocol (version 4 and 5), so that tables keep what a CQL server
// sends and receives, byte for byte. Numbers are big endian; a collection is its count and then each element with its
// length, as 32-bit ints; sets and maps are in the order of their keys and hold none twice.
namespace millrace {

// Turns values of one column type into the bytes of one CQL type. What is taken:
//   ascii, text                 string (ascii: bytes below 128 only)
//   tinyint .. bigint, varint   int, bigint, decimal without a fraction, string of digits
//   float, double               any number (float: rounded to the nearest), string
//   decimal                     any number (a double by its shortest digits), string
//   boolean                     boolean, string
//   date                        date, string
//   timestamp                   timestamp, string; what is below a millisecond is cut off
//   time                        string "08:12:54.123456789", bigint (nanoseconds)
//   uuid, timeuuid              string, binary of 16 bytes (timeuuid: version 1)
//   inet                        string
//   duration                    string "1mo2d3h4m5s6ms7us8ns" or "P1M2DT3H"
//   blob                        binary
//   list, set                   array; map: map. Elements as above; null elements are refused.
// A string is trimmed and read as Spark's CAST reads it. A bare NULL column is taken for every type.
// Immutable; threads may share one.
class CqlEncoder {
 public:
  // The error names both types and, where there is one, the cast to write.
  static Result<CqlEncoder> bind(const Type& from, const CqlType& to);

  // Appends the bytes of a value that is not null. False when the value does not fit: nothing is appended then.
  bool append(const Column& column, size_t row, std::string& to) const;
  // Whether append() is never false.
  bool always_fits() const;
  // Why a value for which append() is false does not fit, as a sentence with the value.
  std::string why_not(const Column& column, size_t row) const;

  const CqlType& to() const { return to_; }

 private:
  CqlEncoder(Type from, CqlType to) : from_(std::move(from)), to_(std::move(to)) {}
  Type from_;
  CqlType to_;
};

// Scalars from text, as CQL's literals and the encoder above read them (blob: "0x0a"). Appends the bytes; false when it
// is no such value.
bool append_cql_text(const CqlType& type, std::string_view text, std::string& to);
// The same as a value of its own; the error is why_not's sentence.
Result<std::string> cql_value_of(const CqlType& type, std::string_view text);

// Whether bytes that came from outside are a value of the type.
bool is_cql_value(const CqlType& type, std::string_view bytes);

// As CQL prints a value: 0x0a, 127.0.0.1, 08:12:54.123456789, {1: 'a'}. The bytes must be a value of the type.
std::string cql_text(const CqlType& type, std::string_view bytes);

// Collects values of a CQL type in a column of type data_type_of(type).
class CqlColumnBuilder {
 public:
  explicit CqlColumnBuilder(const CqlType& type) : type_(type), builder_(data_type_of(type)) {}
  // False when the bytes are not a value of the type: then null is appended.
  bool append(std::string_view bytes);
  void append_null() { builder_.append_null(); }
  size_t rows() const { return builder_.rows(); }
  Column finish() { return builder_.finish(); }

 private:
  CqlType type_;
  ColumnBuilder builder_;
};

}  // namespace millrace
