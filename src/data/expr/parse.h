#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

// Values read from text exactly as Spark's CAST reads them; nullopt where Spark raises. No allocation and no locale, so
// that readers of JSON and CSV can use them for every value.

// Without what Spark takes off both ends before it reads a value: bytes 0x00..0x20 and 0x7f.
std::string_view trim_text(std::string_view text);

std::optional<bool> parse_bool(std::string_view text);    // t, true, y, yes, 1 and their opposites, in any case
std::optional<int32_t> parse_int(std::string_view text);  // digits with a sign; no point, no exponent
std::optional<int64_t> parse_bigint(std::string_view text);
std::optional<double> parse_double(std::string_view text);      // also 1e5, 0x1p3, 1d, Infinity, inf, NaN
std::optional<int32_t> parse_date_days(std::string_view text);  // 2026-11-21, 2026-1, 2026, 2026-11-21T...

// A timestamp in any of Spark's forms: 2026-11-21T07:47:03.123Z, 2026-1-2 3:4, 2026, 07:47 (on the day of `now_us`),
// with Z, +1:00, UTC+1 or Europe/Paris behind the seconds. Without a zone it is UTC.
std::optional<int64_t> parse_timestamp_us(std::string_view text, int64_t now_us = 0);

}  // namespace millrace
