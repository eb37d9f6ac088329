#pragma once

#include "base/int128.h"

namespace millrace {

// Unsigned 256-bit arithmetic, as far as decimals need it for what lies between their operands and their results.
struct UInt256 {
  UInt128 low = 0;
  UInt128 high = 0;

  bool operator==(const UInt256&) const = default;
  bool operator<(const UInt256& other) const { return high != other.high ? high < other.high : low < other.low; }
};

inline constexpr int kPowerOfTenMax256 = 77;  // the largest power of ten that fits

UInt256 power_of_ten_256(int exponent);                    // 0..77
UInt256 multiply(UInt128 a, UInt128 b);                    // never overflows
UInt256 multiply_256(const UInt256& a, const UInt256& b);  // modulo 2^256

inline UInt256 add(const UInt256& a, const UInt256& b) {  // modulo 2^256
  const UInt128 low = a.low + b.low;
  return {low, a.high + b.high + (low < a.low ? 1 : 0)};
}

inline UInt256 subtract(const UInt256& a, const UInt256& b) {  // modulo 2^256
  return {a.low - b.low, a.high - b.high - (a.low < b.low ? 1 : 0)};
}

struct Division256 {
  UInt256 quotient;
  UInt256 remainder;
};
Division256 divide(const UInt256& value, const UInt256& divisor);  // the divisor must not be zero

int decimal_digits(const UInt256& value);  // 0 for zero

}  // namespace millrace
