#include "data/expr/functions/java_format.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "data/builder.h"
#include "data/expr/functions/case_mapping.h"
#include "data/expr/functions/digits.h"
#include "data/utf8.h"

namespace millrace {
namespace {

constexpr int kWidthMax = 1 << 16;  // characters that one conversion may be padded to, or digits it may ask for
constexpr size_t kWrittenBytesMax = 64 << 20;

// Java counts in UTF-16.
size_t utf16_size(std::string_view text) {
  size_t units = 0;
  for (size_t at = 0; at < text.size(); at += char_size(text[at])) units += char_size(text[at]) == 4 ? 2 : 1;
  return units;
}

std::string_view first_units(std::string_view text, size_t units) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t size = char_size(text[at]) == 4 ? 2 : 1;
    if (size > units) break;
    units -= size;
    at += char_size(text[at]);
  }
  return text.substr(0, at);
}

std::string upper_case(std::string_view text) {
  StringBuilder builder;
  add_upper(text, builder);
  builder.end_row();
  return std::string(builder.finish().string_at(0));
}

std::string capitals(std::string ascii) {
  for (char& c : ascii) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return ascii;
}

bool is_whole(const Type& type) { return type.is(TypeKind::kInt) || type.is(TypeKind::kBigint); }

Error wrong(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message)}; }

}  // namespace

// Takes a format apart: %[index$][flags][width][.precision]conversion.
class JavaFormat::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::vector<Piece>> run() {
    while (at_ < text_.size()) {
      const size_t percent = std::min(text_.find('%', at_), text_.size());
      Piece piece{.literal = std::string(text_.substr(at_, percent - at_)), .text = {}};
      at_ = percent;
      if (at_ < text_.size()) TRY_STATUS(conversion(piece));
      pieces_.push_back(std::move(piece));
    }
    return std::move(pieces_);
  }

 private:
  static constexpr std::string_view kFlags = "-#+ 0,(";

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  // A number of at most seven digits; -1 when there is none, beyond every limit when it is longer.
  int number() {
    if (!is_digit(peek())) return -1;
    int value = 0;
    for (; is_digit(peek()); ++at_) value = std::min(value * 10 + (peek() - '0'), 10 * kWidthMax);
    return value;
  }

  Status conversion(Piece& piece) {
    const size_t begin = at_++;
    const auto bad = [&](std::string_view why) {
      return wrong(fmt::format("the format '{}' {} in '{}'", text_, why, text_.substr(begin, at_ + 1 - begin)));
    };
    bool previous = false;
    int index = -1;
    if (const size_t back = at_; is_digit(peek()) && peek() != '0') {
      index = number();
      if (peek() == '$') {
        ++at_;
      } else {
        at_ = back;
        index = -1;
      }
    }
    for (; kFlags.find(peek()) != std::string_view::npos || peek() == '<'; ++at_) {
      if (peek() == '\0') break;
      if (peek() == '<') {
        previous = true;
        continue;
      }
      const auto flag = static_cast<uint8_t>(1U << kFlags.find(peek()));
      if ((piece.flags & flag) != 0) return bad("has a flag twice");
      piece.flags |= flag;
    }
    piece.width = number();
    if (peek() == '.') {
      ++at_;
      piece.precision = number();
      if (piece.precision < 0) return bad("has a '.' without a number");
    }
    if (piece.width > kWidthMax || piece.precision > kWidthMax) {
      return bad(fmt::format("asks for more than {} characters", kWidthMax));
    }
    const char c = peek();
    piece.conversion = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    piece.upper = piece.conversion != c;
    static constexpr std::string_view kUpper = "BSCXEG";
    static constexpr std::string_view kLower = "bscdoxefg%n";
    if (c == '\0' || (kUpper.find(c) == std::string::npos && kLower.find(c) == std::string::npos)) {
      return bad(c == '\0' ? "ends" : "has an unknown conversion");
    }
    ++at_;
    piece.text = text_.substr(begin, at_ - begin);
    if (const std::string error = find_error(piece); !error.empty()) {
      return wrong(fmt::format("the format '{}': {} {}", text_, piece.text, error));
    }
    if (c == '%' || c == 'n') return {};
    if (previous && last_ < 0) return bad("has a < without a conversion before it");
    piece.argument = previous ? last_ : index > 0 ? index - 1 : next_++;
    last_ = piece.argument;
    return {};
  }

  std::string_view text_;
  size_t at_ = 0;
  int next_ = 0;   // the argument that follows those already taken in order
  int last_ = -1;  // the argument of the conversion before
  std::vector<Piece> pieces_;
};

// What Java refuses of a conversion's flags; nothing when it does not.
std::string JavaFormat::find_error(const Piece& piece) {
  const bool needs_width = (piece.has(kLeft) || piece.has(kZero)) && piece.width < 0;
  const auto refuses = [&](uint8_t flags) { return (piece.flags & flags) != 0; };
  const char c = piece.conversion;
  const bool is_float = c == 'e' || c == 'f' || c == 'g';
  const bool is_integer = c == 'd' || c == 'o' || c == 'x';
  if (c == 'n') return piece.flags != 0 || piece.width >= 0 || piece.precision >= 0 ? "takes no flags" : "";
  if (needs_width) return "needs a width for its flags";
  if (!is_float && !is_integer) {
    if (refuses(static_cast<uint8_t>(~kLeft))) return "takes no flag but -";
    return piece.precision >= 0 && (c == 'c' || c == '%') ? "takes no precision" : "";
  }
  if (piece.has(kLeft) && piece.has(kZero)) return "has both - and 0";
  if (piece.has(kPlus) && piece.has(kSpace)) return "has both + and a space";
  if (is_integer && piece.precision >= 0) return "takes no precision";
  if (c == 'd' && piece.has(kAlternate)) return "takes no #";
  if ((c == 'o' || c == 'x') && refuses(kGroup | kPlus | kSpace | kParentheses)) return "takes only the flags - # 0";
  if (c == 'e' && piece.has(kGroup)) return "takes no ,";
  if (c == 'g' && piece.has(kAlternate)) return "takes no #";
  return "";
}

Result<JavaFormat> JavaFormat::compile(std::string_view text) {
  JavaFormat format;
  TRY(pieces, Parser(text).run());
  format.pieces_ = std::move(pieces);
  return format;
}

std::optional<JavaFormat::Misfit> JavaFormat::misfit(std::span<const Type> types) const {
  for (const Piece& piece : pieces_) {
    if (piece.argument < 0) continue;
    const auto at = static_cast<size_t>(piece.argument);
    if (at >= types.size()) {
      return Misfit{-1, fmt::format("{} asks for value {}, there are {}", piece.text, at + 1, types.size())};
    }
    const Type& type = types[at];
    if (type.is(TypeKind::kNull)) continue;
    std::string_view wanted;
    switch (piece.conversion) {
      case 'd':
      case 'o':
      case 'x':
        if (!is_whole(type)) wanted = "a whole number";
        break;
      case 'c':
        if (!type.is(TypeKind::kInt)) wanted = "a code point, an int";
        break;
      case 'e':
      case 'f':
      case 'g':
        if (!type.is(TypeKind::kDouble)) wanted = "a double";
        break;
      case 's':
        if (type.is_nested() || type.is(TypeKind::kBinary) || type.is(TypeKind::kInterval))
          wanted = "a text or a number";
        break;
      default: break;
    }
    if (!wanted.empty())
      return Misfit{piece.argument, fmt::format("{} takes {}, this is {}", piece.text, wanted, type.text())};
  }
  return std::nullopt;
}

void JavaFormat::write_justified(const Piece& piece, std::string_view text, std::string& out) {
  const size_t size = utf16_size(text);
  const size_t spaces =
      piece.width > 0 && static_cast<size_t>(piece.width) > size ? static_cast<size_t>(piece.width) - size : 0;
  if (!piece.has(kLeft)) out.append(spaces, ' ');
  out += text;
  if (piece.has(kLeft)) out.append(spaces, ' ');
}

// %s and %b, and any conversion of a null.
void JavaFormat::write_general(const Piece& piece, const Column& value, size_t row, std::string& out) {
  std::string text = "null";
  if (piece.conversion == 'b') {
    text = !value.is_null(row) && (!value.type.is(TypeKind::kBool) || value.bool_at(row)) ? "true" : "false";
  } else if (!value.is_null(row)) {
    switch (value.type.kind()) {
      // As Spark, whose dates and timestamps are numbers to a format.
      case TypeKind::kDate: text = fmt::format("{}", value.at<int32_t>(row)); break;
      case TypeKind::kTimestamp: text = fmt::format("{}", value.at<int64_t>(row)); break;
      default: text = format_value(value, row); break;
    }
  }
  std::string_view shown = text;
  if (piece.precision >= 0) shown = first_units(text, static_cast<size_t>(piece.precision));
  write_justified(piece, piece.upper ? upper_case(shown) : std::string(shown), out);
}

void JavaFormat::write_integer(const Piece& piece, int64_t value, int bits, std::string& out) {
  std::string text;
  if (piece.conversion != 'd') {
    const uint64_t unsigned_value = bits == 32 ? static_cast<uint32_t>(value) : static_cast<uint64_t>(value);
    const bool hex = piece.conversion == 'x';
    const std::string prefix = !piece.has(kAlternate) ? "" : hex ? "0x" : "0";
    text = hex ? fmt::format("{:x}", unsigned_value) : fmt::format("{:o}", unsigned_value);
    if (piece.has(kZero) && static_cast<int>(prefix.size() + text.size()) < piece.width) {
      text.insert(0, static_cast<size_t>(piece.width) - prefix.size() - text.size(), '0');
    }
    text.insert(0, prefix);
    return write_justified(piece, piece.upper ? capitals(std::move(text)) : text, out);
  }
  const bool negative = value < 0;
  text = format_decimal(negative ? -Int128{value} : Int128{value}, 0);
  if (piece.has(kGroup)) group_digits(text, 0, 3, ',');
  write_signed(piece, negative, std::move(text), out);
}

// The magnitude with its sign, filled up with zeros when the flag says so.
void JavaFormat::write_signed(const Piece& piece, bool negative, std::string magnitude, std::string& out) {
  const bool parentheses = negative && piece.has(kParentheses);
  std::string sign = parentheses ? "(" : negative ? "-" : piece.has(kPlus) ? "+" : piece.has(kSpace) ? " " : "";
  const size_t around = sign.size() + (parentheses ? 1 : 0);
  if (piece.has(kZero) && static_cast<int>(around + magnitude.size()) < piece.width) {
    magnitude.insert(0, static_cast<size_t>(piece.width) - around - magnitude.size(), '0');
  }
  write_justified(piece, sign + magnitude + (parentheses ? ")" : ""), out);
}

namespace {

// d.ddde+nn with `precision` digits behind the point.
std::string scientific(Digits digits, int precision) {
  digits.keep_half_up(precision + 1);
  const int exponent = digits.text.empty() ? 0 : digits.point - 1;
  digits.point = digits.text.empty() ? 0 : 1;
  std::string text;
  digits.add_whole(1, text);
  if (precision > 0) text += '.';
  digits.add_fraction(precision, text);
  return text + fmt::format("e{}{:02}", exponent < 0 ? '-' : '+', std::abs(exponent));
}

std::string fixed(Digits digits, int precision, bool grouped) {
  digits.keep_half_up(digits.point + precision);
  std::string text;
  digits.add_whole(1, text);
  if (grouped) group_digits(text, 0, 3, ',');
  if (precision > 0) text += '.';
  digits.add_fraction(precision, text);
  return text;
}

// The shorter of both for `precision` digits in all.
std::string general(Digits digits, int precision, bool grouped) {
  precision = std::max(precision, 1);
  digits.keep_half_up(precision);
  if (digits.text.empty()) return fixed(digits, precision - 1, grouped);
  const int exponent = digits.point - 1;
  if (exponent < -4 || exponent >= precision) return scientific(digits, precision - 1);
  return fixed(digits, precision - digits.point, grouped);
}

}  // namespace

void JavaFormat::write_float(const Piece& piece, double value, std::string& out) {
  const auto cased = [&](std::string text) { return piece.upper ? capitals(std::move(text)) : text; };
  if (std::isnan(value)) return write_justified(piece, cased("NaN"), out);
  Piece unfilled = piece;
  if (std::isinf(value)) {
    unfilled.flags &= static_cast<uint8_t>(~kZero);
    return write_signed(unfilled, value < 0, cased("Infinity"), out);
  }
  Digits digits = Digits::of_double(value);
  const int precision = piece.precision < 0 ? 6 : piece.precision;
  std::string text;
  switch (piece.conversion) {
    case 'e': text = scientific(digits, precision); break;
    case 'f': text = fixed(digits, precision, piece.has(kGroup)); break;
    default: text = general(digits, precision, piece.has(kGroup)); break;
  }
  if (piece.has(kAlternate) && precision == 0) text.insert(std::min(text.find('e'), text.size()), ".");
  write_signed(piece, digits.negative, cased(std::move(text)), out);
}

Status JavaFormat::write(std::span<const Column> values, size_t row, std::string& out) const {
  out.clear();
  for (const Piece& piece : pieces_) {
    out += piece.literal;
    if (out.size() > kWrittenBytesMax) return wrong("the result would be longer than 64 MiB");
    if (piece.conversion == 0) continue;
    if (piece.conversion == 'n') {
      out += '\n';
      continue;
    }
    if (piece.conversion == '%') {
      write_justified(piece, "%", out);
      continue;
    }
    const Column& value = values[static_cast<size_t>(piece.argument)];
    if (value.is_null(row) || piece.conversion == 's' || piece.conversion == 'b') {
      write_general(piece, value, row, out);
    } else if (piece.conversion == 'c') {
      const int32_t code = value.at<int32_t>(row);
      if (code < 0 || code > static_cast<int32_t>(kCodePointMax) || (code >= 0xd800 && code < 0xe000)) {
        return wrong(fmt::format("{} is no code point, as {} wants", code, piece.text));
      }
      std::array<char, 8> bytes{};
      const std::string_view text(bytes.data(), put_char(static_cast<char32_t>(code), bytes.data()));
      write_justified(piece, piece.upper ? upper_case(text) : std::string(text), out);
    } else if (is_whole(value.type)) {
      const bool narrow = value.type.is(TypeKind::kInt);
      write_integer(piece, narrow ? value.at<int32_t>(row) : value.at<int64_t>(row), narrow ? 32 : 64, out);
    } else {
      write_float(piece, value.at<double>(row), out);
    }
  }
  return {};
}

}  // namespace millrace
