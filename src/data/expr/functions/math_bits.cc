// Whole numbers as digits of other bases and as bits.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "data/expr/functions/math_binds.h"
#include "data/expr/functions/text_kernel.h"

namespace millrace {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr int kBaseMax = 36;

// -1: not a digit of any base.
int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return -1;
}

std::string in_base(uint64_t value, unsigned base) {
  std::string digits;
  do {
    digits += kDigits[value % base];
    value /= base;
  } while (value != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

// Both digits of each byte.
constexpr auto kHexPairs = [] {
  std::array<std::array<char, 2>, 256> pairs{};
  for (size_t byte = 0; byte < pairs.size(); ++byte) pairs[byte] = {kDigits[byte >> 4], kDigits[byte & 15]};
  return pairs;
}();

void add_hex(TextRow& row, std::string_view bytes) {
  char* to = row.out.room(bytes.size() * 2);
  for (const char c : bytes) {
    std::memcpy(to, kHexPairs[static_cast<unsigned char>(c)].data(), 2);
    to += 2;
  }
  row.out.commit(bytes.size() * 2);
}

std::optional<std::string> unhex(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 2 + 1);
  unsigned pending = 0;
  // An odd number of digits has a zero in front.
  bool second = text.size() % 2 != 0;
  for (const char c : text) {
    const int digit = digit_of(c);
    if (digit < 0 || digit > 15) return std::nullopt;
    pending = pending << 4 | static_cast<unsigned>(digit);
    if (second) {
      out += static_cast<char>(pending);
      pending = 0;
    }
    second = !second;
  }
  return out;
}

// null for bases that are none; a fault when the digits do not fit 64 bits.
std::optional<Result<std::string>> convert_base(std::string_view text, int32_t from, int32_t to) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const int64_t to_base = to < 0 ? -int64_t{to} : to;
  if (from < 2 || from > kBaseMax || to_base < 2 || to_base > kBaseMax || text.empty()) return std::nullopt;
  const bool negative = text[0] == '-';
  uint64_t value = 0;
  for (const char c : text.substr(negative ? 1 : 0)) {
    const int digit = digit_of(c);
    if (digit < 0 || digit >= from) break;
    if (__builtin_mul_overflow(value, static_cast<uint64_t>(from), &value) ||
        __builtin_add_overflow(value, static_cast<uint64_t>(digit), &value)) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("'{}' in base {} does not fit 64 bits", text, from));
    }
  }
  bool minus = false;
  constexpr uint64_t kSign = uint64_t{1} << 63;
  if (negative && to > 0) {
    // Unsigned: what the bits of the negative number read as; beyond a bigint, all ones.
    value = value >= kSign ? ~uint64_t{0} : uint64_t{0} - value;
  } else if (to < 0) {
    minus = negative;
    if (!negative && value >= kSign) {
      value = uint64_t{0} - value;
      minus = true;
    } else if (negative && value >= kSign) {
      value = uint64_t{1};
    }
  }
  return (minus ? "-" : "") + in_base(value, static_cast<unsigned>(to_base));
}

template <typename F>
BindResult bind_shift(MathArgs args, F shift) {
  const Type count = TypeKind::kInt;
  if (args[0].type.is(TypeKind::kBigint)) {
    const Type type = TypeKind::kBigint;
    return bind_as(args, {type, count}, type, lift<int64_t, int64_t, int32_t>(type, shift));
  }
  return bind_as(args, {count, count}, count, lift<int32_t, int32_t, int32_t>(count, shift));
}

// As Java does, only as many bits of the count are looked at as the type needs.
template <typename T>
unsigned shift_count(int32_t count) {
  return static_cast<unsigned>(count) & (sizeof(T) * 8 - 1);
}

std::optional<int64_t> width_bucket(double value, double low, double high, int64_t count) {
  if (count <= 0 || count == std::numeric_limits<int64_t>::max() || std::isnan(value) || !std::isfinite(low) ||
      !std::isfinite(high) || low == high) {
    return std::nullopt;
  }
  const double part = low < high ? value - low : low - value;
  const double range = low < high ? high - low : low - high;
  if (part < 0) return 0;
  if (part >= range) return count + 1;
  // A count near 2^63 rounds up as a double, and the bucket with it: it would not fit then.
  const double bucket = static_cast<double>(count) * part / range;
  return bucket < 0x1p63 ? static_cast<int64_t>(bucket) + 1 : count;
}

}  // namespace

BindResult bind_hex(MathArgs args) {
  const Type text = TypeKind::kString;
  if (args[0].type.is_variable()) {
    return bind_as(args, {args[0].type}, text, text_kernel<std::string_view>(text, add_hex));
  }
  return bind_as(args, {TypeKind::kBigint}, text, lift<std::string, int64_t>(text, [](int64_t value) {
                   return in_base(static_cast<uint64_t>(value), 16);
                 }));
}

BindResult bind_unhex(MathArgs args) {
  return bind_as(args, {TypeKind::kString}, TypeKind::kBinary,
                 lift_optional<std::string, std::string_view>(TypeKind::kBinary, unhex));
}

BindResult bind_bin(MathArgs args) {
  return bind_as(args, {TypeKind::kBigint}, TypeKind::kString,
                 lift<std::string, int64_t>(TypeKind::kString,
                                            [](int64_t value) { return in_base(static_cast<uint64_t>(value), 2); }));
}

BindResult bind_conv(MathArgs args) {
  Kernel kernel = [](const Call& call) {
    const StringReader text(call.arg(0));
    const Reader<int32_t> from(call.arg(1));
    const Reader<int32_t> to(call.arg(2));
    return lift_rows<std::string>(call, TypeKind::kString, [&](size_t row, auto& out) {
      const auto converted = convert_base(text[row], from[row], to[row]);
      if (converted && converted->ok()) return out.append(**converted);
      if (converted) call.fault(row, converted->error().message());
      out.append_null();
    });
  };
  return bind_as(args, {TypeKind::kString, TypeKind::kInt, TypeKind::kInt}, TypeKind::kString, std::move(kernel));
}

BindResult bind_shift_left(MathArgs args) {
  return bind_shift(args, []<typename T>(T value, int32_t count) {
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(value) << shift_count<T>(count));
  });
}
BindResult bind_shift_right(MathArgs args) {
  return bind_shift(args,
                    []<typename T>(T value, int32_t count) { return static_cast<T>(value >> shift_count<T>(count)); });
}
BindResult bind_shift_right_unsigned(MathArgs args) {
  return bind_shift(args, []<typename T>(T value, int32_t count) {
    return static_cast<T>(static_cast<std::make_unsigned_t<T>>(value) >> shift_count<T>(count));
  });
}

BindResult bind_bit_count(MathArgs args) {
  const Type result = TypeKind::kInt;
  if (args[0].type.is(TypeKind::kBool)) {
    return bind_as(args, {TypeKind::kBool}, result,
                   lift<int32_t, bool>(result, [](bool value) { return value ? 1 : 0; }));
  }
  return bind_as(args, {TypeKind::kBigint}, result, lift<int32_t, int64_t>(result, [](int64_t value) {
                   return std::popcount(static_cast<uint64_t>(value));
                 }));
}

BindResult bind_factorial(MathArgs args) {
  const auto factorial = [](int32_t n) -> std::optional<int64_t> {
    constexpr int32_t kMax = 20;  // the last that fits
    if (n < 0 || n > kMax) return std::nullopt;
    int64_t product = 1;
    for (int32_t i = 2; i <= n; ++i) product *= i;
    return product;
  };
  return bind_as(args, {TypeKind::kInt}, TypeKind::kBigint,
                 lift_optional<int64_t, int32_t>(TypeKind::kBigint, factorial));
}

BindResult bind_width_bucket(MathArgs args) {
  const Type number = TypeKind::kDouble;
  return bind_as(args, {number, number, number, TypeKind::kBigint}, TypeKind::kBigint,
                 lift_optional<int64_t, double, double, double, int64_t>(TypeKind::kBigint, width_bucket));
}

}  // namespace millrace
