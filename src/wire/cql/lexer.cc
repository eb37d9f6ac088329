#include "wire/cql/lexer.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "data/cql/scalar_text.h"
#include "data/utf8.h"
#include "wire/cql/parser.h"

namespace millrace::cql {
namespace {

constexpr size_t kUuidBytes = 36;
constexpr size_t kShownLineBytesMax = 120;

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    while (true) {
      TRY_STATUS(skip_space());
      if (at_ >= text_.size()) break;
      TRY(token, next());
      tokens.push_back(std::move(token));
    }
    tokens.push_back({TokenKind::kEnd, "", text_.size()});
    return tokens;
  }

 private:
  Status skip_space() {
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      if (is_space(rest[0])) {
        ++at_;
      } else if (rest.starts_with("--") || rest.starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (rest.starts_with("/*")) {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return syntax_error(text_, at_, "this comment has no end; close it with */");
        at_ = end + 2;
      } else {
        break;
      }
    }
    return {};
  }

  Result<Token> next() {
    const char c = text_[at_];
    if (c == '\'') return quoted('\'', TokenKind::kString, "string");
    if (c == '"') return quoted('"', TokenKind::kQuotedName, "name");
    if (text_.substr(at_).starts_with("$$")) return dollars();
    if (is_uuid_here()) return take(TokenKind::kUuid, kUuidBytes);
    if (is_digit(c)) return number();
    if (is_word_char(c)) return word();
    return symbol();
  }

  Token take(TokenKind kind, size_t bytes) {
    Token token{kind, std::string(text_.substr(at_, bytes)), at_};
    at_ += bytes;
    return token;
  }

  // Quotes within are doubled.
  Result<Token> quoted(char quote, TokenKind kind, std::string_view what) {
    Token token{kind, "", at_};
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] != quote) {
        token.text.push_back(text_[i]);
      } else if (i + 1 < text_.size() && text_[i + 1] == quote) {
        token.text.push_back(quote);
        ++i;
      } else {
        at_ = i + 1;
        return token;
      }
    }
    return syntax_error(text_, at_, fmt::format("this {} has no end; close it with {}", what, quote));
  }

  Result<Token> dollars() {
    const size_t end = text_.find("$$", at_ + 2);
    if (end == std::string_view::npos) return syntax_error(text_, at_, "this string has no end; close it with $$");
    Token token{TokenKind::kString, std::string(text_.substr(at_ + 2, end - at_ - 2)), at_};
    at_ = end + 2;
    return token;
  }

  bool is_uuid_here() const {
    if (text_.size() - at_ < kUuidBytes) return false;
    const bool ends = text_.size() - at_ == kUuidBytes || !is_word_char(text_[at_ + kUuidBytes]);
    std::string bytes;
    return ends && append_uuid(text_.substr(at_, kUuidBytes), bytes);
  }

  // 12, 1.5e3, 0x0aff, 1mo2d.
  Result<Token> number() {
    size_t end = at_;
    while (end < text_.size() && is_word_char(text_[end])) ++end;
    const std::string_view run = text_.substr(at_, end - at_);
    if (run.size() >= 2 && run[0] == '0' && (run[1] == 'x' || run[1] == 'X')) return blob(run);
    const bool digits_only = std::all_of(run.begin(), run.end(), is_digit);
    if (digits_only && end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
      ++end;
      while (end < text_.size() && is_word_char(text_[end])) ++end;
    }
    // An exponent with its sign.
    if (end < text_.size() && (text_[end - 1] == 'e' || text_[end - 1] == 'E') &&
        (text_[end] == '+' || text_[end] == '-')) {
      ++end;
      while (end < text_.size() && is_digit(text_[end])) ++end;
    }
    const std::string_view whole = text_.substr(at_, end - at_);
    const bool number = std::all_of(whole.begin(), whole.end(), [](char c) {
      return is_digit(c) || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
    });
    if (number) return take(TokenKind::kNumber, whole.size());
    if (parse_cql_duration(whole).has_value()) return take(TokenKind::kDuration, whole.size());
    return syntax_error(text_, at_,
                        fmt::format("'{}' is neither a number nor a duration; a name begins with a letter", whole));
  }

  Result<Token> blob(std::string_view run) {
    const bool hex = std::all_of(run.begin() + 2, run.end(),
                                 [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
    if (!hex || run.size() % 2 != 0) {
      return syntax_error(text_, at_, "a blob is an even number of hexadecimal digits behind 0x");
    }
    return take(TokenKind::kBlob, run.size());
  }

  Result<Token> word() {
    size_t end = at_;
    while (end < text_.size() && is_word_char(text_[end])) ++end;
    Token token = take(TokenKind::kWord, end - at_);
    // P1Y2M3DT4H is a duration.
    if (token.text[0] == 'P' && token.text.size() > 2 && parse_cql_duration(token.text).has_value()) {
      token.kind = TokenKind::kDuration;
    } else {
      token.text = lower_case(token.text);
    }
    return token;
  }

  Result<Token> symbol() {
    for (const std::string_view two : {"<=", ">=", "!="}) {
      if (text_.substr(at_).starts_with(two)) return take(TokenKind::kSymbol, 2);
    }
    if (std::string_view("()[]{},;:.?=<>*+-").find(text_[at_]) != std::string_view::npos) {
      return take(TokenKind::kSymbol, 1);
    }
    const size_t size = std::min(char_size(text_[at_]), text_.size() - at_);
    const std::string_view shown = text_.substr(at_, size);
    return syntax_error(
        text_, at_,
        is_valid_utf8(shown) ? fmt::format("'{}' has no meaning in CQL", shown) : "the statement is not UTF-8");
  }

  std::string_view text_;
  size_t at_ = 0;
};

struct Line {
  size_t number, begin, end;
};

Line line_of(std::string_view text, Place at) {
  const size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const auto number =
      static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), '\n'));
  return {number + 1, begin, std::min(text.find('\n', at), text.size())};
}

}  // namespace

Result<std::vector<Token>> tokens_of(std::string_view text) { return Lexer(text).run(); }

std::string mark(std::string_view text, Place at) {
  Line line = line_of(text, at);
  // Of a long line, what stands around the place.
  if (at - line.begin > kShownLineBytesMax / 2) line.begin = at - kShownLineBytesMax / 2;
  line.end = std::min(line.end, line.begin + kShownLineBytesMax);
  std::string shown(text.substr(line.begin, line.end - line.begin));
  std::string below;
  for (size_t i = line.begin; i < at; ++i) {
    if (!is_continuation(text[i])) below.push_back(text[i] == '\t' ? '\t' : ' ');
  }
  return fmt::format("{}\n{}^", shown, below);
}

Error syntax_error(std::string_view text, Place at, std::string_view message) {
  const Line line = line_of(text, at);
  return {ErrorCode::kInvalidArgument,
          fmt::format("{}:{}: {}\n{}", line.number, at - line.begin + 1, message, mark(text, at))};
}

}  // namespace millrace::cql
