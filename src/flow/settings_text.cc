#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "flow/settings.h"

namespace millrace {
namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};

constexpr std::array kDurations = std::to_array<Unit>({
    {"us", 1},
    {"ms", 1'000},
    {"s", 1'000'000},
    {"m", 60'000'000},
    {"h", 3'600'000'000},
    {"d", 86'400'000'000},
});

constexpr std::array kSizes = std::to_array<Unit>({
    {"B", 1},
    {"KB", int64_t{1} << 10},
    {"MB", int64_t{1} << 20},
    {"GB", int64_t{1} << 30},
    {"TB", int64_t{1} << 40},
});

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

template <size_t N>
std::optional<int64_t> parse_with_unit(std::string_view text, const std::array<Unit, N>& units) {
  text = trimmed(text);
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0) return std::nullopt;
  const std::string_view name = trimmed(text.substr(static_cast<size_t>(end - text.data())));
  for (const Unit& unit : units) {
    int64_t product = 0;
    if (unit.name == name && !__builtin_mul_overflow(count, unit.factor, &product)) return product;
  }
  return std::nullopt;
}

// In the largest unit of which it is a whole number.
template <size_t N>
std::string text_with_unit(int64_t value, const std::array<Unit, N>& units) {
  const Unit* best = &units[0];
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) best = &unit;
  }
  return fmt::format("{}{}", value / best->factor, best->name);
}

}  // namespace

std::string duration_text(int64_t us) { return text_with_unit(us, kDurations); }

std::string byte_count_text(int64_t bytes) { return text_with_unit(bytes, kSizes); }

std::optional<int64_t> parse_duration_us(std::string_view text) { return parse_with_unit(text, kDurations); }

std::optional<int64_t> parse_byte_count(std::string_view text) { return parse_with_unit(text, kSizes); }

std::optional<Limit> parse_limit(std::string_view text) {
  Limit limit;
  text = trimmed(text);
  if (const size_t per = text.find(" per "); per != std::string_view::npos) {
    const auto span = parse_duration_us(text.substr(per + 5));
    if (!span || *span == 0) return std::nullopt;
    limit.per_us = *span;
    text = trimmed(text.substr(0, per));
  }
  if (text.ends_with('%')) {
    text = trimmed(text.substr(0, text.size() - 1));
    double percent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (!whole || !std::isfinite(percent) || percent < 0 || percent > 100) return std::nullopt;
    limit.is_share = true;
    limit.share = percent / 100;
    return limit;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit.count);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return limit;
}

std::optional<RangeText> parse_range(std::string_view text) {
  text = trimmed(text);
  const size_t dots = text.find("..");
  if (text.empty() || text == "..") return std::nullopt;
  RangeText range;
  if (dots == std::string_view::npos) {
    range.from = range.to = std::string(text);
    return range;
  }
  const std::string_view from = trimmed(text.substr(0, dots));
  const std::string_view to = trimmed(text.substr(dots + 2));
  if (to.starts_with('.')) return std::nullopt;
  if (!from.empty()) range.from = std::string(from);
  if (!to.empty()) range.to = std::string(to);
  return range;
}

}  // namespace millrace
