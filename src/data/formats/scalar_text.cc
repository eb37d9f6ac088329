#include "data/formats/scalar_text.h"

#include <array>
#include <charconv>
#include <cstring>

namespace millrace {
namespace {

constexpr int64_t kUsPerSecond = 1'000'000;
constexpr int64_t kUsPerDay = 86'400 * kUsPerSecond;

constexpr std::array<char, 200> make_pairs() {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}
constexpr std::array<char, 200> kPairs = make_pairs();

char* put_pair(char* to, uint64_t value) {
  std::memcpy(to, kPairs.data() + 2 * value, 2);
  return to + 2;
}

char* put_text(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* put_date(char* to, int64_t days) {
  const Civil civil = civil_from_days(days);
  if (civil.year < 0 || civil.year > 9999) return put_text(to, format_date(static_cast<int32_t>(days)));
  to = put_pair(to, static_cast<uint64_t>(civil.year) / 100);
  to = put_pair(to, static_cast<uint64_t>(civil.year) % 100);
  *to++ = '-';
  to = put_pair(to, civil.month);
  *to++ = '-';
  return put_pair(to, civil.day);
}

char* put_timestamp(char* to, int64_t us) {
  int64_t days = us / kUsPerDay;
  int64_t rest = us % kUsPerDay;
  if (rest < 0) {
    rest += kUsPerDay;
    --days;
  }
  to = put_date(to, days);
  *to++ = 'T';
  const auto seconds = static_cast<uint64_t>(rest / kUsPerSecond);
  to = put_pair(to, seconds / 3600);
  *to++ = ':';
  to = put_pair(to, seconds / 60 % 60);
  *to++ = ':';
  to = put_pair(to, seconds % 60);
  if (const auto fraction = static_cast<uint64_t>(rest % kUsPerSecond); fraction != 0) {
    *to++ = '.';
    const uint64_t ms = fraction / 1000;
    *to++ = static_cast<char>('0' + ms / 100);
    to = put_pair(to, ms % 100);
    if (const uint64_t us_left = fraction % 1000; us_left != 0) {
      *to++ = static_cast<char>('0' + us_left / 100);
      to = put_pair(to, us_left % 100);
    }
  }
  *to++ = 'Z';
  return to;
}

}  // namespace

bool is_scalar(const Type& type) { return !type.is_nested() && !type.is_variable() && !type.is(TypeKind::kInterval); }

char* put_scalar_text(char* to, const Column& column, size_t row) {
  switch (column.type.kind()) {
    case TypeKind::kBool: return put_text(to, column.bool_at(row) ? "true" : "false");
    case TypeKind::kInt: return std::to_chars(to, to + kScalarBytesMax, column.at<int32_t>(row)).ptr;
    case TypeKind::kBigint: return std::to_chars(to, to + kScalarBytesMax, column.at<int64_t>(row)).ptr;
    case TypeKind::kDouble: return put_text(to, format_double(column.at<double>(row)));
    case TypeKind::kDecimal: return put_text(to, format_decimal(column.at<Int128>(row), column.type.scale()));
    case TypeKind::kTimestamp: return put_timestamp(to, column.at<int64_t>(row));
    case TypeKind::kDate: return put_date(to, column.at<int32_t>(row));
    default: return put_text(to, "null");
  }
}

}  // namespace millrace
