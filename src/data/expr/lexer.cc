#include "data/expr/lexer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include <fmt/format.h>

namespace millrace {
namespace {

// Longest first.
constexpr std::array<std::string_view, 33> kOperators = {
    "<=>", ">>>", "::", "->", "<=", ">=", "<>", "!=", "==", "||", "<<", ">>", "=>", "(", ")", "[", "]",
    ",",   ".",   "+",  "-",  "*",  "/",  "%",  "=",  "<",  ">",  "!",  "~",  "&",  "|", "^", ":"};

bool is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_part(char c) { return is_word_start(c) || is_digit(c); }

void put_code_point(uint32_t code, std::string& out) {
  const auto add = [&](uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | (code >> 6));
    add(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    add(0xE0 | (code >> 12));
    add(0x80 | ((code >> 6) & 0x3F));
    add(0x80 | (code & 0x3F));
  } else {
    add(0xF0 | (code >> 18));
    add(0x80 | ((code >> 12) & 0x3F));
    add(0x80 | ((code >> 6) & 0x3F));
    add(0x80 | (code & 0x3F));
  }
}

class Lexer {
 public:
  Lexer(std::string_view text, std::vector<ExprError>& errors) : text_(text), errors_(errors) {}

  std::vector<Token> run() {
    while (true) {
      skip_blank();
      if (at_ >= text_.size()) break;
      const char c = text_[at_];
      if (is_word_start(c)) {
        word();
      } else if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]) && !after_name())) {
        number();
      } else if (c == '\'' || c == '"') {
        string(false);
      } else if (c == '`') {
        quoted_name();
      } else if (!operator_token()) {
        error(at_, at_ + 1, fmt::format("'{}' does not belong here", c), "");
        ++at_;
      }
    }
    push(Token::Kind::kEnd, text_.size(), "");
    return std::move(tokens_);
  }

 private:
  void error(size_t begin, size_t end, std::string message, std::string hint) {
    errors_.push_back({begin, end, std::move(message), std::move(hint)});
  }
  void push(Token::Kind kind, size_t begin, std::string text) {
    tokens_.push_back({.kind = kind, .text = std::move(text), .upper = {}, .begin = begin, .end = at_});
  }
  char peek(size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  // "a.1" is not a name and a number.
  bool after_name() const {
    if (tokens_.empty() || tokens_.back().end != at_) return false;
    const Token& last = tokens_.back();
    return last.kind == Token::Kind::kWord || last.kind == Token::Kind::kQuotedName || last.is_operator("]") ||
           last.is_operator(")");
  }

  void skip_blank() {
    while (at_ < text_.size()) {
      if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
        ++at_;
      } else if (peek(0) == '-' && peek(1) == '-') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (peek(0) == '/' && peek(1) == '*') {
        const size_t close = text_.find("*/", at_ + 2);
        if (close == std::string_view::npos) error(at_, at_ + 2, "a comment is not closed", "end it with */");
        at_ = close == std::string_view::npos ? text_.size() : close + 2;
      } else {
        return;
      }
    }
  }

  void word() {
    const size_t begin = at_;
    while (at_ < text_.size() && is_word_part(text_[at_])) ++at_;
    std::string text(text_.substr(begin, at_ - begin));
    if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"') && (text == "r" || text == "R")) {
      return string(true);
    }
    std::string upper;
    for (const char c : text) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    push(Token::Kind::kWord, begin, std::move(text));
    tokens_.back().upper = std::move(upper);
  }

  void number() {
    const size_t begin = at_;
    while (is_digit(peek(0))) ++at_;
    if (peek(0) == '.') {
      ++at_;
      while (is_digit(peek(0))) ++at_;
    }
    if (peek(0) == 'e' || peek(0) == 'E') {
      const size_t sign = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
      if (is_digit(peek(sign))) {
        at_ += sign;
        while (is_digit(peek(0))) ++at_;
      }
    }
    while (is_word_part(peek(0))) ++at_;  // the suffix; the parser judges it
    push(Token::Kind::kNumber, begin, std::string(text_.substr(begin, at_ - begin)));
  }

  void string(bool raw) {
    const size_t begin = at_;
    const char quote = text_[at_++];
    std::string out;
    while (true) {
      if (at_ >= text_.size()) {
        error(begin, begin + 1, "a string is not closed", fmt::format("end it with {}", quote));
        break;
      }
      const char c = text_[at_++];
      if (c == quote) break;
      if (c == '\\' && !raw && at_ < text_.size()) {
        escape(out);
      } else {
        out += c;
      }
    }
    push(Token::Kind::kString, begin, std::move(out));
  }

  // Behind a backslash, as Spark's unescapeSQLString.
  void escape(std::string& out) {
    const char c = text_[at_];
    if (c == 'u' && hex_code(4, out)) return;
    if (c == 'U' && hex_code(8, out)) return;
    if (c >= '0' && c <= '3' && peek(1) >= '0' && peek(1) <= '7' && peek(2) >= '0' && peek(2) <= '7') {
      put_code_point(static_cast<uint32_t>((c - '0') * 64 + (peek(1) - '0') * 8 + (peek(2) - '0')), out);
      at_ += 3;
      return;
    }
    ++at_;
    switch (c) {
      case '0': out += '\0'; break;
      case 'b': out += '\b'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'Z': out += '\x1a'; break;
      case '%': out += "\\%"; break;
      case '_': out += "\\_"; break;
      default: out += c;
    }
  }

  // The number that so many hexadecimal digits from `ahead` on are.
  std::optional<uint32_t> hex_at(size_t ahead, size_t digits) const {
    uint32_t code = 0;
    for (size_t i = ahead; i < ahead + digits; ++i) {
      const char c = peek(i);
      if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
      const int value = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
      code = code * 16 + static_cast<uint32_t>(value);
    }
    return code;
  }

  bool hex_code(size_t digits, std::string& out) {
    const auto code = hex_at(1, digits);
    if (!code || *code > 0x10FFFF) return false;
    size_t taken = digits + 1;
    uint32_t whole = *code;
    if (whole >= 0xD800 && whole <= 0xDFFF) {  // half of a pair: \ud83d\ude00
      const auto second = digits == 4 && peek(5) == '\\' && peek(6) == 'u' ? hex_at(7, 4) : std::nullopt;
      if (whole >= 0xDC00 || !second || *second < 0xDC00 || *second > 0xDFFF) return false;
      whole = 0x10000 + ((whole - 0xD800) << 10) + (*second - 0xDC00);
      taken = 11;
    }
    at_ += taken;
    put_code_point(whole, out);
    return true;
  }

  void quoted_name() {
    const size_t begin = at_++;
    std::string out;
    while (true) {
      if (at_ >= text_.size()) {
        error(begin, begin + 1, "a quoted name is not closed", "end it with `");
        break;
      }
      const char c = text_[at_++];
      if (c == '`' && peek(0) != '`') break;
      if (c == '`') ++at_;
      out += c;
    }
    push(Token::Kind::kQuotedName, begin, std::move(out));
  }

  bool operator_token() {
    for (const std::string_view known : kOperators) {
      if (text_.substr(at_).starts_with(known)) {
        const size_t begin = at_;
        at_ += known.size();
        push(Token::Kind::kOperator, begin, std::string(known));
        return true;
      }
    }
    return false;
  }

  std::string_view text_;
  std::vector<ExprError>& errors_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text, std::vector<ExprError>& errors) { return Lexer(text, errors).run(); }

}  // namespace millrace
