#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

enum class LogFormat { kText, kJson };
std::optional<LogFormat> parse_log_format(std::string_view name);  // "text", "json"

enum class LogLevel { kInfo, kProblem };

// What a process says of itself, without its line feed: for people, or as a JSON object for programs. Texts come from
// errors and states, which hold no secrets.
struct LogMessage {
  int64_t wall_us = 0;
  LogLevel level = LogLevel::kInfo;
  std::string_view subject;  // what it is about: a flow
  std::string_view text;

  std::string render(LogFormat format) const;
};

}  // namespace millrace
