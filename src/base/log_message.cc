#include "base/log_message.h"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace millrace {
namespace {

std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      json += c;
    }
  }
  return json + '"';
}

std::string instant(int64_t wall_us) {
  const auto seconds = static_cast<std::time_t>(wall_us / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", parts, wall_us / 1000 % 1000);
}

}  // namespace

std::optional<LogFormat> parse_log_format(std::string_view name) {
  if (name == "text") return LogFormat::kText;
  if (name == "json") return LogFormat::kJson;
  return std::nullopt;
}

std::string LogMessage::render(LogFormat format) const {
  if (format == LogFormat::kText) return fmt::format("{} {}: {}", instant(wall_us), subject, text);
  return fmt::format(R"({{"time":"{}","level":"{}","subject":{},"text":{}}})", instant(wall_us),
                     level == LogLevel::kProblem ? "problem" : "info", quoted(subject), quoted(text));
}

}  // namespace millrace
