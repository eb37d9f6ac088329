#include "flow/spec/scalar_runs.h"

#include <algorithm>

#include "data/utf8.h"

namespace millrace {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

size_t escape_length(char kind) {
  switch (kind) {
    case 'x': return 4;
    case 'u': return 6;
    case 'U': return 10;
    default: return 2;
  }
}

// A place that walks through the source.
class Walk {
 public:
  Walk(std::string_view source, size_t byte) : source_(source), at_(byte) {
    const Place place = place_in(source, byte);
    line_ = place.line;
    column_ = place.column;
  }

  bool done() const { return at_ >= source_.size(); }
  char here() const { return source_[at_]; }
  char ahead() const { return at_ + 1 < source_.size() ? source_[at_ + 1] : '\0'; }

  void step(size_t bytes = 1) {
    for (; bytes > 0 && !done(); --bytes, ++at_) {
      if (here() == '\n') {
        ++line_;
        column_ = 1;
      } else if (!is_continuation(ahead())) {
        ++column_;
      }
    }
  }
  TextRun run(size_t begin, size_t length = 0) const { return {begin, line_, column_, static_cast<int>(length)}; }

 private:
  std::string_view source_;
  size_t at_;
  int line_ = 1;
  int column_ = 1;
};

}  // namespace

Place place_in(std::string_view source, size_t byte) {
  const std::string_view before = source.substr(0, std::min(byte, source.size()));
  const size_t newline = before.rfind('\n');
  const std::string_view line = newline == std::string_view::npos ? before : before.substr(newline + 1);
  return {1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')), 1 + static_cast<int>(count_chars(line)),
          1};
}

ScalarStyle scalar_style(std::string_view source, size_t& byte) {
  while (byte < source.size() && (source[byte] == '&' || source[byte] == '!')) {
    while (byte < source.size() && !is_space(source[byte])) ++byte;
    while (byte < source.size() && is_space(source[byte])) ++byte;
  }
  switch (byte < source.size() ? source[byte] : ' ') {
    case '\'': return ScalarStyle::kSingleQuoted;
    case '"': return ScalarStyle::kDoubleQuoted;
    case '|':
    case '>': return ScalarStyle::kBlock;
    default: return ScalarStyle::kPlain;
  }
}

std::vector<TextRun> scalar_runs(std::string_view source, size_t byte, ScalarStyle style, std::string_view text) {
  Walk walk(source, byte);
  while (style == ScalarStyle::kBlock && !walk.done() && walk.here() != '\n') walk.step();
  if (style != ScalarStyle::kPlain) walk.step();
  std::vector<TextRun> runs;
  bool fresh = true;  // the next character does not stand right behind the one before
  for (size_t i = 0; i < text.size() && !walk.done();) {
    const char c = text[i];
    if (style == ScalarStyle::kDoubleQuoted && walk.here() == '\\') {
      fresh = true;
      if (walk.ahead() == '\n' || walk.ahead() == '\r') {  // the line goes on
        walk.step(2);
        while (!walk.done() && is_space(walk.here())) walk.step();
        continue;
      }
      const size_t length = escape_length(walk.ahead());
      runs.push_back(walk.run(i, length));
      walk.step(length);
      for (++i; i < text.size() && is_continuation(text[i]);) ++i;
    } else if (style == ScalarStyle::kSingleQuoted && c == '\'' && walk.here() == '\'' && walk.ahead() == '\'') {
      runs.push_back(walk.run(i++, 2));
      walk.step(2);
      fresh = true;
    } else if (walk.here() == c) {
      if (fresh && !is_space(c)) {
        runs.push_back(walk.run(i));
        fresh = false;
      }
      if (c == '\n') fresh = true;
      walk.step();
      ++i;
    } else if (is_space(walk.here())) {
      walk.step();
      fresh = true;
    } else if (is_space(c)) {
      ++i;
      fresh = true;
    } else {
      break;
    }
  }
  return runs;
}

size_t closing_quote(std::string_view source, size_t byte) {
  const char quote = source[byte];
  for (size_t i = byte + 1; i < source.size(); ++i) {
    if (quote == '"' && source[i] == '\\') {
      ++i;
    } else if (source[i] == quote) {
      if (quote == '"' || !source.substr(i).starts_with("''")) return i;
      ++i;
    }
  }
  return std::string_view::npos;
}

int written_length(std::string_view source, size_t byte, ScalarStyle style, std::string_view text) {
  if (style == ScalarStyle::kBlock) return 1;
  const std::string_view rest = source.substr(std::min(byte, source.size()));
  size_t end = std::min(rest.find('\n'), rest.size());
  if (style == ScalarStyle::kPlain) {
    end = std::min(end, text.size());  // one line is as it is written; several lines are longer than the first
  } else if (const size_t close = closing_quote(rest, 0); close < end) {
    end = close + 1;
  }
  while (end > 1 && is_space(rest[end - 1])) --end;
  return std::max(1, static_cast<int>(count_chars(rest.substr(0, end))));
}

}  // namespace millrace
