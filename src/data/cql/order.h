#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "data/cql/type.h"

// Values of CQL types as bytes whose order (unsigned, byte by byte) is the order of the values, as Cassandra sorts a
// clustering column of the type. Every encoding says itself where it ends, so that several may stand one behind the
// other and are then compared one after the other.
//   boolean                       one byte
//   tinyint .. bigint, time,      big endian, the sign bit turned
//     timestamp
//   date                          as it is
//   float, double                 the sign bit turned; all bits turned below zero; every NaN as one, above all
//   uuid                          version first; of version 1 then its time, high bits first; then the rest
//   timeuuid                      its time, then the rest as signed bytes
//   ascii, text, blob, inet       00 becomes 00 ff; ends with 00 00
//   varint                        a byte of sign and length, then the bytes
//   decimal                       a sign, the exponent, the digits without zeros at the end
// Descending: every byte turned.
namespace millrace {

// False for what has no order: collections and durations cannot be keys.
bool has_order(const CqlType& type);

struct CqlOrder {
  bool descending = false;
};

// Appends the ordered form of a value (in CQL's bytes, valid for the type). False when it is too large to be ordered: a
// varint or decimal of more than kOrderedDigitsMax digits.
inline constexpr size_t kOrderedDigitsMax = 250;
bool append_ordered(const CqlType& type, CqlOrder order, std::string_view value, std::string& to);

// Reads an ordered form at the front of `bytes` and takes it off; appends the value in CQL's bytes to `to`. False when
// the bytes are no such form. Numbers come back in their shortest form: a decimal without zeros at its end.
bool take_ordered(const CqlType& type, CqlOrder order, std::string_view& bytes, std::string& to);

// Below, equal or above 0 as a is to b; both valid for the type. Types without an order are compared by their bytes.
int compare_cql(const CqlType& type, std::string_view a, std::string_view b);

}  // namespace millrace
