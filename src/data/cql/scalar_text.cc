#include "data/cql/scalar_text.h"

#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <cstdlib>

#include <arpa/inet.h>

#include <fmt/format.h>

#include "base/int128.h"

namespace millrace {
namespace {

constexpr std::array<int8_t, 256> kHexValues = [] {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (size_t i = 0; i < 10; ++i) values['0' + i] = static_cast<int8_t>(i);
  for (size_t i = 0; i < 6; ++i) {
    values['a' + i] = static_cast<int8_t>(10 + i);
    values['A' + i] = static_cast<int8_t>(10 + i);
  }
  return values;
}();

// Where the two digits of each byte of a uuid stand.
constexpr std::array<uint8_t, 16> kUuidDigits = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
constexpr size_t kUuidTextBytes = 36;

constexpr int64_t kSecond = 1'000'000'000;

struct DurationUnit {
  std::string_view name;
  int32_t months;
  int32_t days;
  int64_t nanoseconds;
};
// In the order in which they are written; "m" after "mo" and "ms" because the longest name counts.
constexpr std::array<DurationUnit, 11> kUnits = {{{"y", 12, 0, 0},
                                                  {"mo", 1, 0, 0},
                                                  {"w", 0, 7, 0},
                                                  {"d", 0, 1, 0},
                                                  {"h", 0, 0, 3600 * kSecond},
                                                  {"m", 0, 0, 60 * kSecond},
                                                  {"s", 0, 0, kSecond},
                                                  {"ms", 0, 0, 1'000'000},
                                                  {"us", 0, 0, 1'000},
                                                  {"\xc2\xb5s", 0, 0, 1'000},
                                                  {"ns", 0, 0, 1}}};

// Adds up the parts of a duration within their limits.
class DurationSum {
 public:
  bool add(int64_t count, const DurationUnit& unit) {
    months_ += static_cast<Int128>(count) * unit.months;
    days_ += static_cast<Int128>(count) * unit.days;
    nanoseconds_ += static_cast<Int128>(count) * unit.nanoseconds;
    return months_ <= INT32_MAX && days_ <= INT32_MAX && nanoseconds_ <= INT64_MAX;
  }
  CqlDuration take(bool negative) const {
    const int sign = negative ? -1 : 1;
    return {static_cast<int32_t>(sign * months_), static_cast<int32_t>(sign * days_),
            static_cast<int64_t>(sign * nanoseconds_)};
  }

 private:
  Int128 months_ = 0;
  Int128 days_ = 0;
  Int128 nanoseconds_ = 0;
};

std::optional<int64_t> take_count(std::string_view& text) {
  int64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (read.ec != std::errc() || count < 0) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(read.ptr - text.data()));
  return count;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(text[i])) != static_cast<unsigned char>(word[i])) return false;
  }
  return true;
}

std::optional<CqlDuration> parse_units(std::string_view text, bool negative) {
  DurationSum sum;
  size_t next_unit = 0;
  while (!text.empty()) {
    const auto count = take_count(text);
    if (!count.has_value()) return std::nullopt;
    size_t found = kUnits.size();
    for (size_t i = next_unit; i < kUnits.size(); ++i) {
      const bool longer = found == kUnits.size() || kUnits[i].name.size() > kUnits[found].name.size();
      if (longer && starts_with_ignoring_case(text, kUnits[i].name)) found = i;
    }
    if (found == kUnits.size() || !sum.add(*count, kUnits[found])) return std::nullopt;
    text.remove_prefix(kUnits[found].name.size());
    next_unit = found + 1;
  }
  return sum.take(negative);
}

// What stands behind the P of ISO 8601.
std::optional<CqlDuration> parse_iso(std::string_view text, bool negative) {
  DurationSum sum;
  bool time = false;
  bool any = false;
  while (!text.empty()) {
    if (text[0] == 'T' && !time) {
      time = true;
      text.remove_prefix(1);
      continue;
    }
    const auto count = take_count(text);
    if (!count.has_value() || text.empty()) return std::nullopt;
    const std::string_view letters = time ? "HMS" : "YMWD";
    const size_t letter = letters.find(text[0]);
    if (letter == std::string_view::npos) return std::nullopt;
    if (!sum.add(*count, kUnits[letter + (time ? 4 : 0)])) return std::nullopt;
    text.remove_prefix(1);
    any = true;
  }
  if (!any) return std::nullopt;
  return sum.take(negative);
}

// Cassandra's variable-length integers: as many leading one bits as bytes follow; signed by zigzag.
void append_vint(int64_t value, std::string& to) {
  const uint64_t zigzag = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  const auto bits = static_cast<int>(std::bit_width(zigzag | 1));
  const int extra = bits > 56 ? 8 : (bits - 1) / 7;
  const unsigned ones = extra == 0 ? 0U : (0xff00U >> extra) & 0xffU;
  const unsigned top = extra == 8 ? 0U : static_cast<unsigned>(zigzag >> (8 * extra));
  to.push_back(static_cast<char>(ones | top));
  for (int i = extra; i-- > 0;) to.push_back(static_cast<char>(zigzag >> (8 * i)));
}

std::optional<int64_t> take_vint(std::string_view& bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto first = static_cast<uint8_t>(bytes[0]);
  const auto extra = static_cast<size_t>(std::countl_one(first));
  if (bytes.size() < extra + 1) return std::nullopt;
  uint64_t zigzag = extra >= 7 ? 0 : first & (0xffU >> (extra + 1));
  for (size_t i = 1; i <= extra; ++i) zigzag = (zigzag << 8) | static_cast<uint8_t>(bytes[i]);
  bytes.remove_prefix(extra + 1);
  return static_cast<int64_t>(zigzag >> 1) ^ -static_cast<int64_t>(zigzag & 1);
}

}  // namespace

bool append_uuid(std::string_view text, std::string& to) {
  if (text.size() != kUuidTextBytes) return false;
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
  std::array<char, 16> bytes;
  int any = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int high = kHexValues[static_cast<uint8_t>(text[kUuidDigits[i]])];
    const int low = kHexValues[static_cast<uint8_t>(text[kUuidDigits[i] + 1U])];
    any |= high | low;
    bytes[i] = static_cast<char>(static_cast<unsigned>(high) << 4 | static_cast<unsigned>(low));
  }
  if (any < 0) return false;
  to.append(bytes.data(), bytes.size());
  return true;
}

std::string uuid_text(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(kUuidTextBytes, '-');
  for (size_t i = 0; i < kUuidDigits.size(); ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    text[kUuidDigits[i]] = kDigits[byte >> 4];
    text[kUuidDigits[i] + 1U] = kDigits[byte & 0xf];
  }
  return text;
}

bool append_inet(std::string_view text, std::string& to) {
  std::array<char, 16> bytes{};
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return false;
  if (::inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) {
    to.append(bytes.data(), 4);
    return true;
  }
  if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) != 1) return false;
  to.append(bytes.data(), bytes.size());
  return true;
}

std::string inet_text(std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  return ::inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr ? std::string() : text.data();
}

std::optional<int64_t> parse_time_of_day(std::string_view text) {
  const auto two_digits = [&](size_t at, int64_t bound) -> std::optional<int64_t> {
    if (at + 2 > text.size()) return std::nullopt;
    if (std::isdigit(static_cast<unsigned char>(text[at])) == 0) return std::nullopt;
    if (std::isdigit(static_cast<unsigned char>(text[at + 1])) == 0) return std::nullopt;
    const int64_t value = (text[at] - '0') * 10 + (text[at + 1] - '0');
    return value < bound ? std::optional(value) : std::nullopt;
  };
  const auto hours = two_digits(0, 24);
  const auto minutes = two_digits(3, 60);
  if (!hours.has_value() || !minutes.has_value() || text[2] != ':') return std::nullopt;
  const int64_t whole = (*hours * 60 + *minutes) * 60;
  if (text.size() == 5) return whole * kSecond;
  const auto seconds = two_digits(6, 60);
  if (!seconds.has_value() || text[5] != ':') return std::nullopt;
  int64_t fraction = 0;
  if (text.size() > 8) {
    if (text[8] != '.' || text.size() == 9 || text.size() > 18) return std::nullopt;
    for (size_t i = 9; i < 18; ++i) {
      const char c = i < text.size() ? text[i] : '0';
      if (std::isdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
      fraction = fraction * 10 + (c - '0');
    }
  }
  return (whole + *seconds) * kSecond + fraction;
}

std::string time_of_day_text(int64_t nanoseconds) {
  const int64_t seconds = nanoseconds / kSecond;
  return fmt::format("{:02}:{:02}:{:02}.{:09}", seconds / 3600, seconds / 60 % 60, seconds % 60, nanoseconds % kSecond);
}

std::optional<CqlDuration> parse_cql_duration(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  if (text.size() < 2) return std::nullopt;
  if (text[0] == 'P') return parse_iso(text.substr(1), negative);
  return parse_units(text, negative);
}

std::string cql_duration_text(const CqlDuration& duration) {
  const bool negative = duration.months < 0 || duration.days < 0 || duration.nanoseconds < 0;
  std::string text = negative ? "-" : "";
  const auto put = [&text](uint64_t count, std::string_view unit) {
    if (count != 0) text += fmt::format("{}{}", count, unit);
  };
  const auto months = static_cast<uint64_t>(std::abs(int64_t{duration.months}));
  const uint64_t ns =
      negative ? 0 - static_cast<uint64_t>(duration.nanoseconds) : static_cast<uint64_t>(duration.nanoseconds);
  put(months / 12, "y");
  put(months % 12, "mo");
  put(static_cast<uint64_t>(std::abs(int64_t{duration.days})), "d");
  put(ns / 3'600'000'000'000, "h");
  put(ns / 60'000'000'000 % 60, "m");
  put(ns / 1'000'000'000 % 60, "s");
  put(ns / 1'000'000 % 1'000, "ms");
  put(ns / 1'000 % 1'000, "us");
  put(ns % 1'000, "ns");
  return text.empty() ? "0ns" : text;
}

void append_cql_duration(const CqlDuration& duration, std::string& to) {
  append_vint(duration.months, to);
  append_vint(duration.days, to);
  append_vint(duration.nanoseconds, to);
}

std::optional<CqlDuration> read_cql_duration(std::string_view bytes) {
  const auto months = take_vint(bytes);
  const auto days = take_vint(bytes);
  const auto nanoseconds = take_vint(bytes);
  if (!months.has_value() || !days.has_value() || !nanoseconds.has_value() || !bytes.empty()) return std::nullopt;
  if (*months != static_cast<int32_t>(*months) || *days != static_cast<int32_t>(*days)) return std::nullopt;
  const bool below = *months < 0 || *days < 0 || *nanoseconds < 0;
  const bool above = *months > 0 || *days > 0 || *nanoseconds > 0;
  if (below && above) return std::nullopt;
  return CqlDuration{static_cast<int32_t>(*months), static_cast<int32_t>(*days), *nanoseconds};
}

}  // namespace millrace
