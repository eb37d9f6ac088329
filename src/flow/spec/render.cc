#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "data/utf8.h"
#include "flow/plan.h"

namespace millrace {
namespace {

constexpr size_t kShownCharsMax = 160;  // of a line; a longer one is cut around the place
constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kPlain = "\x1b[0m";

std::string_view line_number(std::string_view text, int line) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (; line > 1; --line) {
    const size_t newline = text.find('\n');
    if (newline == std::string_view::npos) return {};
    text.remove_prefix(newline + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

// Control characters would move the underline, or the terminal.
std::string clean(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return out;
}

std::string underlined(std::string_view line, Place place, std::string_view color, std::string_view plain) {
  size_t column = static_cast<size_t>(std::max(1, place.column)) - 1;
  const std::string prefix = fmt::format("{:>5} | ", place.line);
  std::string shown = clean(line);
  if (!is_valid_utf8(shown)) return "";
  const size_t chars = count_chars(shown);
  if (chars > kShownCharsMax) {
    const size_t from = column > kShownCharsMax / 2 ? column - kShownCharsMax / 2 : 0;
    const size_t begin = byte_of_char(shown, from);
    const size_t end = byte_of_char(shown, from + kShownCharsMax);
    shown = (from > 0 ? "..." : "") + shown.substr(begin, end - begin) + (end < shown.size() ? "..." : "");
    column = column - from + (from > 0 ? 3 : 0);
  }
  const size_t room = std::max<size_t>(1, count_chars(shown) - std::min(count_chars(shown), column));
  const size_t length = std::clamp<size_t>(static_cast<size_t>(std::max(1, place.length)), 1, room);
  return fmt::format("{}{}\n      | {}{}{}{}\n", prefix, shown, std::string(column, ' '), color,
                     std::string(length, '^'), plain);
}

// In the order of the file, each thing once.
std::vector<Diagnostic> sorted(const Diagnostics& diagnostics) {
  std::vector<Diagnostic> all = diagnostics.all();
  std::stable_sort(all.begin(), all.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  const auto same = [](const Diagnostic& a, const Diagnostic& b) {
    return a.place.line == b.place.line && a.place.column == b.place.column && a.message == b.message;
  };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  return all;
}

std::string_view severity_name(Severity severity) { return severity == Severity::kError ? "error" : "warning"; }

}  // namespace

std::string render_diagnostics(const LoadOutcome& outcome, bool color) {
  std::string out;
  const std::string_view plain = color ? kPlain : "";
  for (const Diagnostic& one : sorted(outcome.diagnostics)) {
    const std::string_view tint = !color ? "" : one.severity == Severity::kError ? kRed : kYellow;
    std::string place = outcome.file;
    if (one.place.line > 0) place += fmt::format(":{}:{}", one.place.line, one.place.column);
    out += fmt::format("{}{}:{} {}{}:{} {}\n", color ? kBold : "", place, plain, tint, severity_name(one.severity),
                       plain, clean(one.message));
    if (one.place.line > 0) out += underlined(line_number(outcome.text, one.place.line), one.place, tint, plain);
    if (!one.hint.empty()) out += fmt::format("      hint: {}\n", clean(one.hint));
  }
  return out;
}

std::string render_diagnostics_json(const LoadOutcome& outcome) {
  auto all = nlohmann::ordered_json::array();
  for (const Diagnostic& one : sorted(outcome.diagnostics)) {
    nlohmann::ordered_json item;
    item["severity"] = severity_name(one.severity);
    item["file"] = outcome.file;
    item["line"] = one.place.line;
    item["column"] = one.place.column;
    item["length"] = one.place.length;
    item["message"] = one.message;
    item["hint"] = one.hint;
    all.push_back(std::move(item));
  }
  return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace millrace
