// format_number(number, digits or pattern): as Java's DecimalFormat writes them.
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "data/expr/functions/digits.h"
#include "data/expr/functions/format_binds.h"
#include "data/expr/functions/text_kernel.h"

namespace millrace::formats {
namespace {

constexpr int kFractionMax = 340;  // of doubles and whole numbers, as in Java

// What a pattern like '$#,##0.00' says.
struct NumberPattern {
  std::string prefix, suffix;
  int whole_min = 1;
  int fraction_min = 0, fraction_max = 0;
  int group = 0;  // digits between separators; 0: no separators
};

constexpr NumberPattern plain_pattern() { return {.prefix = {}, .suffix = {}, .group = 3}; }

// # and 0 stand for digits, one ',' for groups, '.' for the point; what is around them is taken as it is.
Result<NumberPattern> parse_pattern(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("the pattern '{}' {}", text, why));
  };
  if (text.empty()) return plain_pattern();
  const size_t begin = text.find_first_of("#0,.");
  const size_t end = text.find_last_of("#0,.") + 1;
  if (begin == std::string_view::npos) return wrong("has no digit: # or 0");
  if (text.find_first_of(";%'E") != std::string_view::npos || text.find("\xe2\x80\xb0") != std::string_view::npos) {
    return wrong("has one of ; % \xe2\x80\xb0 ' E, which are not possible here");
  }
  NumberPattern pattern{.prefix = std::string(text.substr(0, begin)), .suffix = std::string(text.substr(end))};
  int left = 0, zeros = 0, right = 0, point = -1, since_comma = -1;
  for (const char c : text.substr(begin, end - begin)) {
    if (c == '#' || c == '0') {
      if (c == '0' && right > 0) return wrong("has a 0 behind a # that stands behind a 0");
      ++(c == '0' ? zeros : zeros > 0 ? right : left);
      if (since_comma >= 0 && point < 0) ++since_comma;
    } else if (c == ',') {
      if (point >= 0) return wrong("has a ',' behind the point");
      since_comma = 0;
    } else if (c == '.') {
      if (point >= 0) return wrong("has two points");
      point = left + zeros + right;
    } else {
      return wrong("has other characters among its digits");
    }
  }
  if (since_comma == 0) return wrong("has a ',' that no digit follows");
  if (zeros == 0 && left > 0 && point >= 0) {  // "#.##" and ".##"
    const int whole = std::max(point, 1);
    right = left - whole;
    left = whole - 1;
    zeros = 1;
  }
  if (point >= 0 && (point < left || point > left + zeros)) return wrong("has a 0 that its point cuts off");
  const int total = left + zeros + right;
  pattern.whole_min = (point >= 0 ? point : total) - left;
  pattern.fraction_max = point >= 0 ? total - point : 0;
  pattern.fraction_min = point >= 0 ? left + zeros - point : 0;
  pattern.group = std::max(since_comma, 0);
  return pattern;
}

// The value's digits with at most `places` behind the point.
Digits rounded(double value, int places) {
  Digits digits = Digits::of_double(value);
  if (digits.fraction_size() <= places) return digits;
  // Half to even counts by what the double is exactly, not by its shortest digits.
  std::array<char, 512> text;
  const int size = std::snprintf(text.data(), text.size(), "%.*f", places, std::abs(value));
  digits.text.assign(text.data(), static_cast<size_t>(size));
  const size_t dot = std::min(digits.text.find('.'), digits.text.size());
  digits.point = static_cast<int>(dot);
  if (dot < digits.text.size()) digits.text.erase(dot, 1);
  const size_t zeros = std::min(digits.text.find_first_not_of('0'), digits.text.size());
  digits.text.erase(0, zeros);
  digits.point -= static_cast<int>(zeros);
  digits.text.resize(digits.text.find_last_not_of('0') + 1);
  if (digits.text.empty()) digits.point = 0;
  return digits;
}

Digits rounded(const Column& column, size_t row, int places) {
  if (column.type.is(TypeKind::kDouble)) return rounded(column.at<double>(row), places);
  Digits digits =
      column.type.is(TypeKind::kDecimal)
          ? Digits::of_decimal(column.at<Int128>(row), column.type.scale())
          : Digits::of_decimal(column.type.is(TypeKind::kInt) ? column.at<int32_t>(row) : column.at<int64_t>(row), 0);
  digits.keep_half_even(digits.point + places);
  return digits;
}

void add_number(const NumberPattern& pattern, const Column& column, size_t row, std::string& out) {
  if (column.type.is(TypeKind::kDouble) && !std::isfinite(column.at<double>(row))) {
    const double value = column.at<double>(row);
    out = std::isnan(value) ? "NaN"
                            : fmt::format("{}{}\xe2\x88\x9e{}", value < 0 ? "-" : "", pattern.prefix, pattern.suffix);
    return;
  }
  const int limit = column.type.is(TypeKind::kDecimal) ? INT32_MAX : kFractionMax;
  const int places = std::min(pattern.fraction_max, limit);
  const Digits digits = rounded(column, row, places);
  out = digits.negative ? "-" : "";
  out += pattern.prefix;
  const size_t begin = out.size();
  digits.add_whole(pattern.whole_min, out);
  const int fraction = std::clamp(digits.fraction_size(), std::min(pattern.fraction_min, limit), places);
  if (out.size() == begin && fraction == 0) out += '0';
  if (pattern.group > 0) group_digits(out, begin, pattern.group, ',');
  if (fraction > 0) out += '.';
  digits.add_fraction(fraction, out);
  out += pattern.suffix;
}

Kernel by_digits() {
  return [](const Call& call) {
    NumberPattern pattern = plain_pattern();
    std::string text;
    return lift_rows<std::string>(call, TypeKind::kString, [&](size_t row, StringBuilder& out) {
      const int32_t places = call.arg(1).at<int32_t>(row);
      TextRow value(out, call, row);
      if (places < 0) {
        value.null();
      } else if (value.fits(static_cast<size_t>(places))) {
        pattern.fraction_min = pattern.fraction_max = places;
        add_number(pattern, call.arg(0), row, text);
        out.add(text);
      }
      end_text(value);
    });
  };
}

Kernel by_pattern(std::optional<NumberPattern> constant) {
  return [constant = std::move(constant)](const Call& call) {
    std::optional<NumberPattern> current = constant;
    std::string current_text, text;
    return lift_rows<std::string>(call, TypeKind::kString, [&](size_t row, StringBuilder& out) {
      const std::string_view asked = call.arg(1).string_at(row);
      if (!constant && (!current || asked != current_text)) {
        auto parsed = parse_pattern(asked);
        if (!parsed.ok()) {
          call.fault(row, parsed.error().message());
          return out.append_null();
        }
        current = *std::move(parsed);
        current_text = asked;
      }
      add_number(*current, call.arg(0), row, text);
      out.append(text);
    });
  };
}

}  // namespace

BindResult bind_format_number(Args args) {
  const Type number = args[0].type.is(TypeKind::kNull) ? Type(TypeKind::kInt) : args[0].type;
  if (!number.is_number()) return BindError{0, fmt::format("a number is wanted, this is {}", number.text()), "cast it"};
  const Type& how = args[1].type;
  if (how.is(TypeKind::kInt) || how.is(TypeKind::kNull)) {
    return bound(TypeKind::kString, {number, TypeKind::kInt}, by_digits());
  }
  if (!how.is(TypeKind::kString)) {
    return BindError{1, fmt::format("a number of digits or a pattern is wanted, this is {}", how.text()), ""};
  }
  std::optional<NumberPattern> constant;
  if (const Column* text = known(args[1])) {
    auto parsed = parse_pattern(text->string_at(0));
    if (!parsed.ok()) return BindError{1, parsed.error().message(), ""};
    constant = *std::move(parsed);
  }
  return bound(TypeKind::kString, {number, TypeKind::kString}, by_pattern(std::move(constant)));
}

}  // namespace millrace::formats
