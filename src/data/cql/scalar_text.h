#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Scalars of CQL that have no type in data/, from text and back.
namespace millrace {

// 8-4-4-4-12 hexadecimal digits, to 16 bytes; false (and nothing appended) when it is none.
bool append_uuid(std::string_view text, std::string& to);
std::string uuid_text(std::string_view bytes);  // 16 bytes

// IPv4 to 4 bytes, IPv6 to 16; false when it is neither.
bool append_inet(std::string_view text, std::string& to);
std::string inet_text(std::string_view bytes);  // 4 or 16 bytes

inline constexpr int64_t kNanosecondsPerDay = int64_t{86'400} * 1'000'000'000;
// "08:12", "08:12:54", "08:12:54.123456789": nanoseconds since midnight.
std::optional<int64_t> parse_time_of_day(std::string_view text);
std::string time_of_day_text(int64_t nanoseconds);

// Months, days and nanoseconds, all of one sign.
struct CqlDuration {
  int32_t months = 0;
  int32_t days = 0;
  int64_t nanoseconds = 0;
};
// "1y2mo3w4d5h6m7s8ms9us10ns" in this order, "P1Y2M3DT4H5M6S", "P3W", with '-' before them; nullopt when it is none or
// does not fit.
std::optional<CqlDuration> parse_cql_duration(std::string_view text);
std::string cql_duration_text(const CqlDuration& duration);
// As the protocol has it: three variable-length integers.
void append_cql_duration(const CqlDuration& duration, std::string& to);
std::optional<CqlDuration> read_cql_duration(std::string_view bytes);

}  // namespace millrace
