#include "data/expr/uint256.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"

namespace millrace {
namespace {

constexpr size_t kLimbs = 8;
using Limbs = std::array<uint32_t, kLimbs>;  // least first

Limbs to_limbs(const UInt256& value) {
  Limbs limbs{};
  for (size_t i = 0; i < 4; ++i) {
    limbs[i] = static_cast<uint32_t>(value.low >> (32 * i));
    limbs[i + 4] = static_cast<uint32_t>(value.high >> (32 * i));
  }
  return limbs;
}

UInt256 from_limbs(const Limbs& limbs) {
  UInt256 value;
  for (size_t i = 4; i-- > 0;) {
    value.low = value.low << 32 | limbs[i];
    value.high = value.high << 32 | limbs[i + 4];
  }
  return value;
}

size_t used_limbs(const Limbs& limbs) {
  size_t used = kLimbs;
  while (used > 0 && limbs[used - 1] == 0) --used;
  return used;
}

Division256 divide_by_limb(Limbs value, uint32_t divisor) {
  uint64_t rest = 0;
  for (size_t i = kLimbs; i-- > 0;) {
    const uint64_t part = rest << 32 | value[i];
    value[i] = static_cast<uint32_t>(part / divisor);
    rest = part % divisor;
  }
  return {from_limbs(value), UInt256{rest}};
}

// One digit of Knuth's algorithm D: takes quotient * divisor off the part of `rest` that begins at `at`.
uint32_t divide_step(std::array<uint32_t, kLimbs + 1>& rest, size_t at, const Limbs& divisor, size_t used) {
  const uint64_t top = static_cast<uint64_t>(rest[at + used]) << 32 | rest[at + used - 1];
  uint64_t guess = top / divisor[used - 1];
  uint64_t left = top % divisor[used - 1];
  while (guess >> 32 != 0 || guess * divisor[used - 2] > (left << 32 | rest[at + used - 2])) {
    --guess;
    left += divisor[used - 1];
    if (left >> 32 != 0) break;
  }
  uint64_t carry = 0;
  int64_t borrow = 0;
  for (size_t i = 0; i < used; ++i) {
    const uint64_t product = guess * divisor[i] + carry;
    carry = product >> 32;
    const int64_t difference = static_cast<int64_t>(rest[at + i]) - static_cast<int64_t>(product & 0xffffffff) + borrow;
    rest[at + i] = static_cast<uint32_t>(difference);
    borrow = difference >> 32;
  }
  const int64_t difference = static_cast<int64_t>(rest[at + used]) - static_cast<int64_t>(carry) + borrow;
  rest[at + used] = static_cast<uint32_t>(difference);
  if (difference < 0) {  // the guess was one too high
    --guess;
    uint64_t sum = 0;
    for (size_t i = 0; i < used; ++i) {
      sum += static_cast<uint64_t>(rest[at + i]) + divisor[i];
      rest[at + i] = static_cast<uint32_t>(sum);
      sum >>= 32;
    }
    rest[at + used] += static_cast<uint32_t>(sum);
  }
  return static_cast<uint32_t>(guess);
}

Division256 divide_long(const Limbs& value, Limbs divisor, size_t used) {
  const int shift = __builtin_clz(divisor[used - 1]);
  std::array<uint32_t, kLimbs + 1> rest{};
  const auto shifted = [shift](uint32_t high, uint32_t low) {
    return static_cast<uint32_t>((static_cast<uint64_t>(high) << 32 | low) << shift >> 32);
  };
  rest[kLimbs] = shifted(0, value[kLimbs - 1]);
  for (size_t i = kLimbs; i-- > 0;) rest[i] = shifted(value[i], i > 0 ? value[i - 1] : 0);
  for (size_t i = used; i-- > 0;) divisor[i] = shifted(divisor[i], i > 0 ? divisor[i - 1] : 0);

  Limbs quotient{};
  for (size_t at = kLimbs - used + 1; at-- > 0;) quotient[at] = divide_step(rest, at, divisor, used);

  Limbs remainder{};
  for (size_t i = 0; i < used; ++i) {
    remainder[i] = static_cast<uint32_t>((static_cast<uint64_t>(rest[i + 1]) << 32 | rest[i]) >> shift);
  }
  return {from_limbs(quotient), from_limbs(remainder)};
}

}  // namespace

UInt256 multiply(UInt128 a, UInt128 b) {
  const auto a_low = static_cast<uint64_t>(a);
  const auto a_high = static_cast<uint64_t>(a >> 64);
  const auto b_low = static_cast<uint64_t>(b);
  const auto b_high = static_cast<uint64_t>(b >> 64);
  const UInt128 low = static_cast<UInt128>(a_low) * b_low;
  const UInt128 middle = static_cast<UInt128>(a_high) * b_low + (low >> 64);
  const UInt128 other = static_cast<UInt128>(a_low) * b_high + static_cast<uint64_t>(middle);
  return {other << 64 | static_cast<uint64_t>(low),
          static_cast<UInt128>(a_high) * b_high + (middle >> 64) + (other >> 64)};
}

UInt256 multiply_256(const UInt256& a, const UInt256& b) {
  UInt256 product = multiply(a.low, b.low);
  product.high += a.low * b.high + a.high * b.low;
  return product;
}

UInt256 power_of_ten_256(int exponent) {
  static constexpr auto kPowers = [] {
    std::array<UInt128, 39> powers{};
    powers[0] = 1;
    for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
  }();
  MILLRACE_ASSERT(exponent >= 0 && exponent <= kPowerOfTenMax256, "power of ten out of bounds");
  if (exponent <= 38) return UInt256{kPowers[static_cast<size_t>(exponent)]};
  if (exponent == kPowerOfTenMax256) return multiply_256(multiply(kPowers[38], kPowers[38]), UInt256{10});
  return multiply(kPowers[38], kPowers[static_cast<size_t>(exponent - 38)]);
}

Division256 divide(const UInt256& value, const UInt256& divisor) {
  MILLRACE_ASSERT(divisor != UInt256{}, "division by zero");
  if (value < divisor) return {UInt256{}, value};
  if (value.high == 0) return {UInt256{value.low / divisor.low}, UInt256{value.low % divisor.low}};
  const Limbs limbs = to_limbs(divisor);
  const size_t used = used_limbs(limbs);
  if (used == 1) return divide_by_limb(to_limbs(value), limbs[0]);
  return divide_long(to_limbs(value), limbs, used);
}

int decimal_digits(const UInt256& value) {
  int digits = 0;
  while (digits <= kPowerOfTenMax256 && !(value < power_of_ten_256(digits))) ++digits;
  return digits;
}

}  // namespace millrace
