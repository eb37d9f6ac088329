#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/type.h"

namespace millrace {

// CQL's native types. The numbers are the option ids of CQL's binary protocol; they are on disk and never change.
enum class CqlKind : uint8_t {
  kAscii = 0x01,
  kBigint = 0x02,
  kBlob = 0x03,
  kBoolean = 0x04,
  kDecimal = 0x06,
  kDouble = 0x07,
  kFloat = 0x08,
  kInt = 0x09,
  kTimestamp = 0x0b,  // milliseconds since 1970 in UTC
  kUuid = 0x0c,
  kText = 0x0d,  // varchar is the same type
  kVarint = 0x0e,
  kTimeuuid = 0x0f,
  kInet = 0x10,
  kDate = 0x11,  // days, 2^31 is 1970-01-01
  kTime = 0x12,  // nanoseconds since midnight
  kSmallint = 0x13,
  kTinyint = 0x14,
  kDuration = 0x15,
  kList = 0x20,
  kMap = 0x21,
  kSet = 0x22,
};

// Types within types deeper than this are refused.
inline constexpr int kCqlTypeDepthMax = 8;

// A type as CQL has it. A small value: copying one shares the description of nested types.
class CqlType {
 public:
  CqlType(CqlKind kind) : kind_(kind) {}  // NOLINT: implicit on purpose, for the kinds that need no more
  static CqlType list(CqlType element);
  static CqlType set(CqlType element);
  static CqlType map(CqlType key, CqlType value);

  CqlKind kind() const { return kind_; }
  bool is(CqlKind kind) const { return kind_ == kind; }
  bool is_collection() const { return kind_ == CqlKind::kList || kind_ == CqlKind::kSet || kind_ == CqlKind::kMap; }
  const CqlType& element() const;  // lists and sets; of a map, its values
  const CqlType& key() const;      // maps only
  // frozen<...>: how the type is written. Collections are stored whole either way.
  bool frozen() const { return frozen_; }
  CqlType as_frozen() const;

  // As CQL spells it: "text", "frozen<map<text, int>>".
  std::string text() const;
  bool operator==(const CqlType& other) const;

 private:
  CqlKind kind_;
  bool frozen_ = false;
  std::shared_ptr<const std::vector<CqlType>> children_;  // list, set: element; map: key, value
};

// Reads a type as text() writes it, in either case, varchar too. The error says what is wrong and which word was
// probably meant.
Result<CqlType> parse_cql_type(std::string_view text);

// The type that columns of a batch have when values of `type` are read:
//   boolean -> boolean; tinyint, smallint, int -> int; bigint -> bigint; float, double -> double; date -> date;
//   timestamp -> timestamp; blob -> binary; list, set -> array; map -> map; all others -> string, as CQL prints them
//   (decimal and varint keep every digit, a uuid is text in expressions).
Type data_type_of(const CqlType& type);

// The column that `create` should propose for a value of `type`; the inverse of data_type_of as far as there is one.
Result<CqlType> cql_type_for(const Type& type);

}  // namespace millrace
