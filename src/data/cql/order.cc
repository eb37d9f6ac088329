#include "data/cql/order.h"

#include "data/cql/number.h"

namespace millrace {
namespace {

// The first byte of an ordered decimal.
constexpr uint8_t kDecimalNegative = 0x40;
constexpr uint8_t kDecimalZero = 0x80;
constexpr uint8_t kDecimalPositive = 0xc0;
// An ordered varint begins with this plus its bytes, or this minus one minus its bytes below zero.
constexpr int kVarintMiddle = 0x80;
constexpr size_t kOrderedVarintBytesMax = 105;  // 250 digits and a sign
constexpr int64_t kExponentMax = (int64_t{1} << 31) + kOrderedDigitsMax;

uint8_t byte_at(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

uint64_t big_endian(std::string_view bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value = (value << 8) | byte_at(bytes, at + i);
  return value;
}

void append_big_endian(uint64_t value, size_t size, std::string& to) {
  for (size_t i = size; i-- > 0;) to.push_back(static_cast<char>(value >> (8 * i)));
}

uint64_t sign_bit(size_t size) { return uint64_t{1} << (8 * size - 1); }
uint64_t all_bits(size_t size) { return size == 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * size)) - 1; }

// Width of the types that are a number of fixed size; 0 for the others.
size_t number_size(CqlKind kind) {
  switch (kind) {
    case CqlKind::kBoolean:
    case CqlKind::kTinyint: return 1;
    case CqlKind::kSmallint: return 2;
    case CqlKind::kInt:
    case CqlKind::kDate:
    case CqlKind::kFloat: return 4;
    case CqlKind::kBigint:
    case CqlKind::kTime:
    case CqlKind::kTimestamp:
    case CqlKind::kDouble: return 8;
    default: return 0;
  }
}

// Turns a number of fixed size into what sorts as its bits do, and back.
uint64_t ordered_number(CqlKind kind, uint64_t bits, size_t size) {
  if (kind == CqlKind::kBoolean || kind == CqlKind::kDate) return bits;
  if (kind != CqlKind::kFloat && kind != CqlKind::kDouble) return bits ^ sign_bit(size);
  const uint64_t infinity = size == 4 ? 0x7f800000U : 0x7ff0000000000000U;
  if ((bits & ~sign_bit(size) & all_bits(size)) > infinity) bits = infinity | (infinity >> 1);  // NaN as Java has it
  return (bits & sign_bit(size)) != 0 ? ~bits & all_bits(size) : bits | sign_bit(size);
}

uint64_t number_of_ordered(CqlKind kind, uint64_t bits, size_t size) {
  if (kind == CqlKind::kBoolean || kind == CqlKind::kDate) return bits;
  if (kind != CqlKind::kFloat && kind != CqlKind::kDouble) return bits ^ sign_bit(size);
  return (bits & sign_bit(size)) != 0 ? bits ^ sign_bit(size) : ~bits & all_bits(size);
}

// The upper half of a uuid is time_low (32), time_mid (16), version (4), time_hi (12).
uint64_t ordered_uuid_high(uint64_t high) {
  const uint64_t version = (high >> 12) & 0xf;
  if (version == 1) return version << 60 | (high & 0xfff) << 48 | ((high >> 16) & 0xffff) << 32 | high >> 32;
  return version << 60 | (high >> 16) << 12 | (high & 0xfff);
}

uint64_t uuid_high_of_ordered(uint64_t ordered) {
  const uint64_t version = ordered >> 60;
  if (version == 1) {
    return (ordered & 0xffffffff) << 32 | ((ordered >> 32) & 0xffff) << 16 | version << 12 | ((ordered >> 48) & 0xfff);
  }
  return ((ordered >> 12) & 0xffffffffffff) << 16 | version << 12 | (ordered & 0xfff);
}

// A timeuuid's lower half compares as signed bytes.
constexpr uint64_t kSignedBytes = 0x8080808080808080U;

void append_ordered_uuid(CqlKind kind, std::string_view value, std::string& to) {
  append_big_endian(ordered_uuid_high(big_endian(value, 0, 8)), 8, to);
  const uint64_t low = big_endian(value, 8, 8);
  append_big_endian(kind == CqlKind::kTimeuuid ? low ^ kSignedBytes : low, 8, to);
}

void append_escaped(std::string_view value, std::string& to) {
  size_t from = 0;
  for (size_t zero = value.find('\0'); zero != std::string_view::npos; zero = value.find('\0', from)) {
    to.append(value.substr(from, zero - from));
    to.append("\x00\xff", 2);
    from = zero + 1;
  }
  to.append(value.substr(from));
  to.append("\x00\x00", 2);
}

bool append_ordered_varint(std::string_view value, std::string& to) {
  size_t first = 0;
  while (first + 1 < value.size()) {
    const bool next_negative = (byte_at(value, first + 1) & 0x80) != 0;
    if (!(byte_at(value, first) == 0x00 && !next_negative) && !(byte_at(value, first) == 0xff && next_negative)) break;
    ++first;
  }
  value.remove_prefix(first);
  if (value.size() > kOrderedVarintBytesMax) return false;
  const bool negative = (byte_at(value, 0) & 0x80) != 0;
  const int size = static_cast<int>(value.size());
  to.push_back(static_cast<char>(negative ? kVarintMiddle - 1 - size : kVarintMiddle + size));
  to.append(value);
  return true;
}

// A number as 0.d1d2... * 10^exponent with d1 above zero.
bool append_ordered_decimal(std::string_view value, std::string& to) {
  const auto scale = static_cast<int32_t>(big_endian(value, 0, 4));
  if (value.size() - 4 > kCqlVarintBytesMax) return false;
  std::string digits = varint_text(value.substr(4));
  if (digits == "0") {
    to.push_back(static_cast<char>(kDecimalZero));
    return true;
  }
  const bool negative = digits[0] == '-';
  if (negative) digits.erase(0, 1);
  if (digits.size() > kOrderedDigitsMax) return false;
  const int64_t exponent = static_cast<int64_t>(digits.size()) - scale;
  digits.erase(digits.find_last_not_of('0') + 1);
  to.push_back(static_cast<char>(negative ? kDecimalNegative : kDecimalPositive));
  const size_t begin = to.size();
  append_big_endian(static_cast<uint64_t>(exponent) ^ sign_bit(8), 8, to);
  for (const char digit : digits) to.push_back(static_cast<char>(digit - '0' + 1));
  to.push_back('\0');
  if (negative) {
    for (size_t i = begin; i < to.size(); ++i) to[i] = static_cast<char>(~to[i]);
  }
  return true;
}

// Reads from the front of what may be turned.
class OrderedReader {
 public:
  OrderedReader(std::string_view bytes, bool turned) : bytes_(bytes), turn_(turned ? 0xff : 0x00) {}
  bool has(size_t count) const { return bytes_.size() - at_ >= count; }
  uint8_t next() { return byte_at(bytes_, at_++) ^ turn_; }
  uint64_t next_number(size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) value = (value << 8) | next();
    return value;
  }
  size_t at() const { return at_; }

 private:
  std::string_view bytes_;
  uint8_t turn_;
  size_t at_ = 0;
};

bool take_escaped(OrderedReader& from, std::string& to) {
  while (from.has(1)) {
    const uint8_t byte = from.next();
    if (byte != 0) {
      to.push_back(static_cast<char>(byte));
      continue;
    }
    if (!from.has(1)) return false;
    const uint8_t after = from.next();
    if (after == 0x00) return true;
    if (after != 0xff) return false;
    to.push_back('\0');
  }
  return false;
}

bool take_ordered_varint(OrderedReader& from, std::string& to) {
  if (!from.has(1)) return false;
  const int head = from.next();
  const bool negative = head < kVarintMiddle;
  const int size = negative ? kVarintMiddle - 1 - head : head - kVarintMiddle;
  if (size < 1 || size > static_cast<int>(kOrderedVarintBytesMax) || !from.has(static_cast<size_t>(size))) return false;
  const size_t begin = to.size();
  for (int i = 0; i < size; ++i) to.push_back(static_cast<char>(from.next()));
  return ((static_cast<uint8_t>(to[begin]) & 0x80) != 0) == negative;
}

bool take_ordered_decimal(OrderedReader& from, std::string& to) {
  if (!from.has(1)) return false;
  const uint8_t head = from.next();
  if (head == kDecimalZero) return append_cql_decimal({.digits = "0"}, to);
  if (head != kDecimalNegative && head != kDecimalPositive) return false;
  const uint8_t turn = head == kDecimalNegative ? 0xff : 0x00;
  if (!from.has(8)) return false;
  const uint64_t turned = from.next_number(8);
  const auto exponent = static_cast<int64_t>((turn != 0 ? ~turned : turned) ^ sign_bit(8));
  CqlDecimal value{.negative = head == kDecimalNegative};
  while (true) {
    if (!from.has(1)) return false;
    const auto digit = static_cast<uint8_t>(from.next() ^ turn);
    if (digit == 0) break;
    if (digit > 10 || value.digits.size() >= kOrderedDigitsMax) return false;
    value.digits.push_back(static_cast<char>('0' + digit - 1));
  }
  const bool normal = !value.digits.empty() && value.digits.front() != '0' && value.digits.back() != '0';
  if (!normal || exponent > kExponentMax || exponent < -kExponentMax) return false;
  int64_t scale = static_cast<int64_t>(value.digits.size()) - exponent;
  // The largest exponents need their zeros back, so that the scale fits.
  for (; scale < INT32_MIN && value.digits.size() < kOrderedDigitsMax; ++scale) value.digits.push_back('0');
  if (scale < INT32_MIN || scale > INT32_MAX) return false;
  value.scale = static_cast<int32_t>(scale);
  return append_cql_decimal(value, to);
}

bool take(CqlKind kind, OrderedReader& from, std::string& to) {
  if (const size_t size = number_size(kind); size != 0) {
    if (!from.has(size)) return false;
    const uint64_t ordered = from.next_number(size);
    if (kind == CqlKind::kBoolean && ordered > 1) return false;
    append_big_endian(number_of_ordered(kind, ordered, size), size, to);
    return true;
  }
  switch (kind) {
    case CqlKind::kUuid:
    case CqlKind::kTimeuuid: {
      if (!from.has(16)) return false;
      append_big_endian(uuid_high_of_ordered(from.next_number(8)), 8, to);
      const uint64_t low = from.next_number(8);
      append_big_endian(kind == CqlKind::kTimeuuid ? low ^ kSignedBytes : low, 8, to);
      return true;
    }
    case CqlKind::kAscii:
    case CqlKind::kText:
    case CqlKind::kBlob:
    case CqlKind::kInet: return take_escaped(from, to);
    case CqlKind::kVarint: return take_ordered_varint(from, to);
    case CqlKind::kDecimal: return take_ordered_decimal(from, to);
    default: return false;
  }
}

}  // namespace

bool has_order(const CqlType& type) { return !type.is_collection() && !type.is(CqlKind::kDuration); }

bool append_ordered(const CqlType& type, CqlOrder order, std::string_view value, std::string& to) {
  const size_t begin = to.size();
  bool fits = true;
  if (const size_t size = number_size(type.kind()); size != 0) {
    append_big_endian(ordered_number(type.kind(), big_endian(value, 0, size), size), size, to);
  } else {
    switch (type.kind()) {
      case CqlKind::kUuid:
      case CqlKind::kTimeuuid: append_ordered_uuid(type.kind(), value, to); break;
      case CqlKind::kVarint: fits = append_ordered_varint(value, to); break;
      case CqlKind::kDecimal: fits = append_ordered_decimal(value, to); break;
      case CqlKind::kAscii:
      case CqlKind::kText:
      case CqlKind::kBlob:
      case CqlKind::kInet: append_escaped(value, to); break;
      default: MILLRACE_UNREACHABLE("asked to order a type without an order");
    }
  }
  if (!fits) {
    to.resize(begin);
    return false;
  }
  if (order.descending) {
    for (size_t i = begin; i < to.size(); ++i) to[i] = static_cast<char>(~to[i]);
  }
  return true;
}

bool take_ordered(const CqlType& type, CqlOrder order, std::string_view& bytes, std::string& to) {
  const size_t begin = to.size();
  OrderedReader from(bytes, order.descending);
  if (!take(type.kind(), from, to)) {
    to.resize(begin);
    return false;
  }
  bytes.remove_prefix(from.at());
  return true;
}

int compare_cql(const CqlType& type, std::string_view a, std::string_view b) {
  if (!has_order(type)) return a.compare(b);
  std::string ordered_a;
  std::string ordered_b;
  if (!append_ordered(type, {}, a, ordered_a) || !append_ordered(type, {}, b, ordered_b)) return a.compare(b);
  return ordered_a.compare(ordered_b);
}

}  // namespace millrace
