#include "data/formats/scalar_text.h"

#include <charconv>
#include <cstring>

#include "data/put_text.h"

namespace millrace {
namespace {

constexpr int64_t kUsPerSecond = 1'000'000;
constexpr int64_t kUsPerDay = 86'400 * kUsPerSecond;

char* put_text(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

// Fractions of three or six digits.
char* put_instant(char* to, int64_t us) {
  int64_t days = us / kUsPerDay;
  int64_t rest = us % kUsPerDay;
  if (rest < 0) {
    rest += kUsPerDay;
    --days;
  }
  to = put_date(to, days);
  *to++ = 'T';
  const auto seconds = static_cast<uint64_t>(rest / kUsPerSecond);
  to = put_two_digits(to, seconds / 3600);
  *to++ = ':';
  to = put_two_digits(to, seconds / 60 % 60);
  *to++ = ':';
  to = put_two_digits(to, seconds % 60);
  if (const auto fraction = static_cast<uint64_t>(rest % kUsPerSecond); fraction != 0) {
    *to++ = '.';
    const uint64_t ms = fraction / 1000;
    *to++ = static_cast<char>('0' + ms / 100);
    to = put_two_digits(to, ms % 100);
    if (const uint64_t us_left = fraction % 1000; us_left != 0) {
      *to++ = static_cast<char>('0' + us_left / 100);
      to = put_two_digits(to, us_left % 100);
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
    case TypeKind::kDecimal: return put_decimal(to, column.at<Int128>(row), column.type.scale());
    case TypeKind::kTimestamp: return put_instant(to, column.at<int64_t>(row));
    case TypeKind::kDate: return put_date(to, column.at<int32_t>(row));
    default: return put_text(to, "null");
  }
}

}  // namespace millrace
