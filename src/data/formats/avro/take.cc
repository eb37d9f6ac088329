#include "data/formats/avro/take.h"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "data/expr/decimal.h"
#include "data/formats/avro/bytes.h"
#include "data/formats/json_index.h"

namespace millrace {
namespace {

using Op = AvroTake::Op;

int64_t long_at(const char*& at) {
  int64_t value = 0;
  at = get_avro_long(at, value);
  return value;
}

template <typename T>
T raw_at(const char*& at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  at += sizeof value;
  return value;
}

std::string_view bytes_at(const AvroTake& take, const char*& at) {
  const size_t size = take.wire == AvroKind::kFixed ? take.bytes : static_cast<size_t>(long_at(at));
  const std::string_view value(at, size);
  at += size;
  return value;
}

// 16 bytes as "123e4567-e89b-12d3-a456-426614174000".
std::string_view put_uuid(std::string_view bytes, std::string& to) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  to.clear();
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) to += '-';
    const auto byte = static_cast<unsigned char>(bytes[i]);
    to += kDigits[byte >> 4];
    to += kDigits[byte & 15];
  }
  return to;
}

}  // namespace

bool AvroTaker::make(size_t bytes) {
  made_bytes_ += bytes;
  if (made_bytes_ <= kAvroMadeBytesMax) return true;
  misfit_ =
      fmt::format("the values of these records have more than {} bytes where they stand for others", kAvroMadeBytesMax);
  return false;
}

double AvroTaker::number(const AvroTake& take, const char*& at) {
  if (take.wire == AvroKind::kDouble) return raw_at<double>(at);
  if (take.wire == AvroKind::kFloat) return static_cast<double>(raw_at<float>(at));
  return static_cast<double>(long_at(at));
}

bool AvroTaker::timestamp(const AvroTake& take, const char*& at, int64_t& value) {
  const int64_t units = long_at(at);
  if (take.down > 1) {
    value = units / take.down - (units % take.down < 0 ? 1 : 0);
    return true;
  }
  if (!__builtin_mul_overflow(units, take.up, &value)) return true;
  misfit_ = fmt::format("{} is no time that a timestamp can be", units);
  return false;
}

bool AvroTaker::decimal(const AvroTake& take, const char*& at, Int128& value) {
  const std::string_view bytes = bytes_at(take, at);
  bool fits = get_avro_unscaled(bytes.data(), bytes.size(), value);
  const int more = take.type.scale() - take.scale;
  if (fits && more > 0) fits = !__builtin_mul_overflow(value, power_of_ten(more), &value);
  if (fits && more < 0) {
    // What was written with more digits than there ever are here is either 0 or too small to keep.
    const Int128 unit = -more <= kDecimalPrecisionMax ? power_of_ten(-more) : 0;
    fits = value == 0 || (unit != 0 && value % unit == 0);
    if (fits && value != 0) value /= unit;
  }
  if (fits && decimal_fits(value, take.type.precision())) return true;
  misfit_ = fmt::format("a decimal does not fit {}", take.type.text());
  return false;
}

bool AvroTaker::text(const AvroTake& take, const char*& at, std::string_view& value) {
  switch (take.op) {
    case Op::kText:
    case Op::kBinary: value = bytes_at(take, at); return true;
    case Op::kUtf8:
      value = bytes_at(take, at);
      if (is_utf8(value)) return true;
      misfit_ = "the bytes are not UTF-8";
      return false;
    case Op::kUuid: value = put_uuid(bytes_at(take, at), scratch_); return make(value.size());
    default: break;
  }
  const auto& symbol = take.symbols[static_cast<size_t>(long_at(at))];
  if (!symbol) {
    misfit_ = "a symbol that the schema it is read by does not have, nor a default for such";
    return false;
  }
  value = *symbol;
  return make(value.size());
}

const char* AvroTaker::record(const AvroTake& take, const char* at, const char* end, ColumnBuilder& to) {
  for (const AvroTake::Part& part : take.parts) {
    at = part.child < 0 ? walk_.skip(part.writer, at, end)
                        : this->take(take.children[static_cast<size_t>(part.child)], at, end,
                                     to.child(static_cast<size_t>(part.child)));
  }
  const bool room = make(take.default_bytes);
  for (size_t i = 0; i < take.defaults.size(); ++i) {
    if (!take.defaults[i]) continue;
    if (room) {
      to.child(i).append_from(*take.defaults[i], 0);
    } else {
      to.child(i).append_null();
    }
  }
  to.end_nested();
  return at;
}

const char* AvroTaker::elements(const AvroTake& take, const char* at, const char* end, ColumnBuilder& to) {
  while (true) {
    int64_t count = long_at(at);
    if (count == 0) break;
    if (count < 0) {
      count = -count;
      long_at(at);  // how many bytes they have
    }
    for (int64_t i = 0; i < count; ++i) {
      if (take.op == Op::kMap) {
        const auto size = static_cast<size_t>(long_at(at));
        to.child(0).append_string({at, size});
        at += size;
      }
      if (take.op == Op::kEntries) at = this->take(take.children[0], at, end, to.child(0));
      at = this->take(take.children.back(), at, end, to.child(take.op == Op::kArray ? 0 : 1));
    }
  }
  to.end_nested();
  return at;
}

const char* AvroTaker::take(const AvroTake& take, const char* at, const char* end, ColumnBuilder& to) {
  switch (take.op) {
    case Op::kNull: to.append_null(); return at;
    case Op::kBool: to.append_bool(*at != 0); return at + 1;
    case Op::kInt: to.append_int(static_cast<int32_t>(long_at(at))); return at;
    case Op::kLong: to.append_bigint(long_at(at)); return at;
    case Op::kDouble: to.append_double(number(take, at)); return at;
    case Op::kTimestamp: {
      int64_t value = 0;
      timestamp(take, at, value) ? to.append_bigint(value) : to.append_null();
      return at;
    }
    case Op::kDecimal: {
      Int128 value = 0;
      decimal(take, at, value) ? to.append_decimal(value) : to.append_null();
      return at;
    }
    case Op::kText:
    case Op::kBinary:
    case Op::kUtf8:
    case Op::kUuid:
    case Op::kSymbol: {
      std::string_view value;
      text(take, at, value) ? to.append_string(value) : to.append_null();
      return at;
    }
    case Op::kArray:
    case Op::kMap:
    case Op::kEntries: return elements(take, at, end, to);
    case Op::kRecord: return record(take, at, end, to);
    case Op::kUnion: {
      const AvroTake& branch = take.children[static_cast<size_t>(long_at(at))];
      return this->take(branch, at, end, to);
    }
    case Op::kMember:
      for (size_t i = 0; i < take.type.fields().size(); ++i) {
        if (i == take.member) {
          at = this->take(take.children[0], at, end, to.child(i));
        } else {
          to.child(i).append_null();
        }
      }
      to.end_nested();
      return at;
    case Op::kMisfit:
      misfit_ = take.why;
      to.append_null();
      return walk_.skip(take.writer, at, end);
  }
  MILLRACE_UNREACHABLE("a way to take a value");
}

}  // namespace millrace
