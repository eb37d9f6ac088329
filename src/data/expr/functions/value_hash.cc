#include "data/expr/functions/value_hash.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

#include "base/assert.h"
#include "data/expr/bits.h"

namespace millrace {
namespace {

template <typename T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// As Spark has it: the bytes behind the last whole word are mixed in one by one, as signed numbers.
struct Murmur3 {
  using Hash = uint32_t;
  static uint32_t mix(uint32_t hash, uint32_t k) {
    k = std::rotl(k * 0xcc9e2d51U, 15) * 0x1b873593U;
    return std::rotl(hash ^ k, 13) * 5 + 0xe6546b64U;
  }
  static uint32_t finish(uint32_t hash, uint32_t length) {
    hash ^= length;
    hash = (hash ^ (hash >> 16)) * 0x85ebca6bU;
    hash = (hash ^ (hash >> 13)) * 0xc2b2ae35U;
    return hash ^ (hash >> 16);
  }
  static uint32_t of_int(int32_t value, uint32_t seed) { return finish(mix(seed, static_cast<uint32_t>(value)), 4); }
  static uint32_t of_long(int64_t value, uint32_t seed) {
    const auto bits = static_cast<uint64_t>(value);
    return finish(mix(mix(seed, static_cast<uint32_t>(bits)), static_cast<uint32_t>(bits >> 32)), 8);
  }
  // In one loop, since where a loop ends cannot be foreseen; reads up to three bytes beyond the end.
  static uint32_t of_bytes(std::string_view bytes, uint32_t seed) {
    const size_t words = bytes.size() / 4;
    const size_t turns = words + bytes.size() % 4;
    for (size_t i = 0; i < turns; ++i) {
      const bool whole = i < words;
      const auto four = load<uint32_t>(bytes.data() + (whole ? 4 * i : 3 * words + i));
      const auto last = static_cast<uint32_t>(static_cast<int32_t>(static_cast<int8_t>(four & 0xff)));
      seed = mix(seed, whole ? four : last);
    }
    return finish(seed, static_cast<uint32_t>(bytes.size()));
  }
};

struct XxHash64 {
  using Hash = uint64_t;
  static constexpr uint64_t kP1 = 0x9E3779B185EBCA87ULL;
  static constexpr uint64_t kP2 = 0xC2B2AE3D27D4EB4FULL;
  static constexpr uint64_t kP3 = 0x165667B19E3779F9ULL;
  static constexpr uint64_t kP4 = 0x85EBCA77C2B2AE63ULL;
  static constexpr uint64_t kP5 = 0x27D4EB2F165667C5ULL;

  static uint64_t finish(uint64_t hash) {
    hash = (hash ^ (hash >> 33)) * kP2;
    hash = (hash ^ (hash >> 29)) * kP3;
    return hash ^ (hash >> 32);
  }
  static uint64_t mix_int(uint64_t hash, uint32_t value) { return std::rotl(hash ^ (value * kP1), 23) * kP2 + kP3; }
  static uint64_t round(uint64_t value) { return std::rotl(value * kP2, 31) * kP1; }
  static uint64_t mix_long(uint64_t hash, uint64_t value) { return std::rotl(hash ^ round(value), 27) * kP1 + kP4; }
  static uint64_t of_int(int32_t value, uint64_t seed) {
    return finish(mix_int(seed + kP5 + 4, static_cast<uint32_t>(value)));
  }
  static uint64_t of_long(int64_t value, uint64_t seed) {
    return finish(mix_long(seed + kP5 + 8, static_cast<uint64_t>(value)));
  }
  static uint64_t of_bytes(std::string_view bytes, uint64_t seed) {
    size_t at = 0;
    uint64_t hash = seed + kP5;
    if (bytes.size() >= 32) {
      std::array<uint64_t, 4> lanes = {seed + kP1 + kP2, seed + kP2, seed, seed - kP1};
      for (; at + 32 <= bytes.size(); at += 32) {
        for (size_t i = 0; i < 4; ++i) {
          lanes[i] = std::rotl(lanes[i] + load<uint64_t>(bytes.data() + at + 8 * i) * kP2, 31) * kP1;
        }
      }
      hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
      for (const uint64_t lane : lanes) hash = (hash ^ round(lane)) * kP1 + kP4;
    }
    hash += bytes.size();
    for (; at + 8 <= bytes.size(); at += 8) hash = mix_long(hash, load<uint64_t>(bytes.data() + at));
    // Up to seven bytes are left, by a choice of values, not of ways; reads up to three bytes beyond the end.
    const uint64_t with_int = mix_int(hash, load<uint32_t>(bytes.data() + at));
    hash = bytes.size() - at >= 4 ? with_int : hash;
    at += (bytes.size() - at) & 4;
    const auto tail = load<uint32_t>(bytes.data() + at);
    for (size_t i = 0; i < 3; ++i) {
      const uint64_t with_byte = std::rotl(hash ^ (((tail >> (8 * i)) & 0xff) * kP5), 11) * kP1;
      hash = at + i < bytes.size() ? with_byte : hash;
    }
    return finish(hash);
  }
};

int64_t double_bits(double value) {
  if (std::isnan(value)) return 0x7ff8000000000000LL;
  return std::bit_cast<int64_t>(value == 0 ? 0.0 : value);
}

// The fewest bytes that hold the number, most significant first, as Java's BigInteger gives them.
constexpr size_t kIntegerBytes = 16;
using IntegerBytes = std::array<char, kIntegerBytes + 3>;  // what of_bytes may read behind them
std::string_view big_endian(Int128 value, IntegerBytes& bytes) {
  for (size_t i = 0; i < 16; ++i) bytes[15 - i] = static_cast<char>(static_cast<uint8_t>(value >> (8 * i)));
  size_t begin = 0;
  const char filling = value < 0 ? '\xff' : '\0';
  while (begin < 15 && bytes[begin] == filling && ((bytes[begin + 1] ^ filling) & 0x80) == 0) ++begin;
  return {bytes.data() + begin, 16 - begin};
}

template <typename Algorithm>
typename Algorithm::Hash hash_value(const Column& column, size_t row, typename Algorithm::Hash seed) {
  if (column.is_null(row)) return seed;
  switch (column.type.kind()) {
    case TypeKind::kNull: return seed;
    case TypeKind::kBool: return Algorithm::of_int(column.bool_at(row) ? 1 : 0, seed);
    case TypeKind::kInt:
    case TypeKind::kDate: return Algorithm::of_int(column.at<int32_t>(row), seed);
    case TypeKind::kBigint:
    case TypeKind::kTimestamp: return Algorithm::of_long(column.at<int64_t>(row), seed);
    case TypeKind::kDouble: return Algorithm::of_long(double_bits(column.at<double>(row)), seed);
    case TypeKind::kDecimal: {
      const auto value = column.at<Int128>(row);
      if (column.type.precision() <= 18) return Algorithm::of_long(static_cast<int64_t>(value), seed);
      IntegerBytes bytes{};
      return Algorithm::of_bytes(big_endian(value, bytes), seed);
    }
    case TypeKind::kString:
    case TypeKind::kBinary: return Algorithm::of_bytes(column.string_at(row), seed);
    case TypeKind::kInterval: {
      const auto value = column.at<Interval>(row);
      return Algorithm::of_int(value.months, Algorithm::of_int(value.days, Algorithm::of_long(value.us, seed)));
    }
    case TypeKind::kArray: {
      const Column::Range range = column.range_at(row);
      for (size_t at = range.begin; at < range.end; ++at) seed = hash_value<Algorithm>(column.children[0], at, seed);
      return seed;
    }
    case TypeKind::kStruct:
      for (const Column& child : column.children) {
        seed = hash_value<Algorithm>(child, column.constant ? 0 : row, seed);
      }
      return seed;
    case TypeKind::kMap: break;
  }
  MILLRACE_UNREACHABLE("maps have no hash");
}

// of(value, seed) for the rows that have a value.
template <typename Values, typename F, typename Hash>
void hash_values(const Column& column, const Rows& rows, Hash* hashes, F&& of) {
  const Values values(column);
  const BufferRef validity = and_validity(std::span(&column, 1), column.rows);
  const ValidRows valid(validity);
  rows.for_each([&](size_t row) {
    if (valid[row]) hashes[row] = of(values[row], hashes[row]);
  });
}

template <typename Algorithm>
void hash_column(const Column& column, const Rows& rows, typename Algorithm::Hash* hashes) {
  switch (column.type.kind()) {
    case TypeKind::kInt:
    case TypeKind::kDate: return hash_values<Reader<int32_t>>(column, rows, hashes, Algorithm::of_int);
    case TypeKind::kBigint:
    case TypeKind::kTimestamp: return hash_values<Reader<int64_t>>(column, rows, hashes, Algorithm::of_long);
    case TypeKind::kString:
    case TypeKind::kBinary: return hash_values<StringReader>(column, rows, hashes, Algorithm::of_bytes);
    default: rows.for_each([&](size_t row) { hashes[row] = hash_value<Algorithm>(column, row, hashes[row]); });
  }
}

}  // namespace

void murmur3_column(const Column& column, const Rows& rows, uint32_t* hashes) {
  hash_column<Murmur3>(column, rows, hashes);
}

void xxhash64_column(const Column& column, const Rows& rows, uint64_t* hashes) {
  hash_column<XxHash64>(column, rows, hashes);
}

}  // namespace millrace
