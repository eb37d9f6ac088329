#include "data/expr/functions/number_format.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "data/column.h"
#include "data/expr/decimal.h"

namespace millrace {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }

// A sign moves in front of the spaces that it would stand behind.
void add_before_spaces(char sign, std::string& out) {
  size_t at = out.size();
  while (at > 0 && out[at - 1] == ' ') --at;
  out.insert(at, 1, sign);
}

// A space moves in front of the sign that it would part from its digits.
void add_space(std::string& out) {
  size_t at = out.size();
  while (at > 0 && (out[at - 1] == '+' || out[at - 1] == '-' || out[at - 1] == '<')) --at;
  out.insert(at, 1, ' ');
}

// A point that nothing follows becomes a space.
void drop_lone_point(std::string& out) {
  const size_t at = out.find('.');
  if (at != std::string::npos && (at + 1 == out.size() || out[at + 1] == ' ')) out[at] = ' ';
}

}  // namespace

std::vector<NumberFormat::Element> NumberFormat::tokenize(std::string_view text, std::string& wrong) {
  std::vector<Element> elements;
  bool behind_point = false;
  const auto add = [&](Token token) { elements.push_back({.token = token, .runs = {}}); };
  const auto add_run = [&](Run run) {
    if (elements.empty() || elements.back().token != Token::kDigits) add(Token::kDigits);
    elements.back().runs.push_back(run);
  };
  for (size_t at = 0; at < text.size(); ++at) {
    const auto letter = [&](size_t i) {
      const char c = i < text.size() ? text[i] : '\0';
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    };
    const char c = letter(at);
    if (c == '0' || c == '9') {
      size_t end = at;
      while (letter(end) == '0' || letter(end) == '9') ++end;
      add_run({.digits = static_cast<int>(end - at), .exact = c == '0' && !behind_point});
      at = end - 1;
    } else if (c == '.' || c == 'D') {
      add(Token::kPoint);
      behind_point = true;
    } else if (c == ',' || c == 'G') {
      add_run({});
    } else if (c == '$') {
      add(Token::kDollar);
    } else if (c == 'S') {
      add(Token::kSign);
    } else if (c == 'M' && letter(at + 1) == 'I') {
      add(Token::kMinus);
      ++at;
    } else if (c == 'P' && letter(at + 1) == 'R') {
      elements.insert(elements.begin(), {.token = Token::kOpen, .runs = {}});
      add(Token::kClose);
      ++at;
    } else {
      wrong = fmt::format("has '{}', which is no part of a number format", text.substr(at, 1));
      return {};
    }
  }
  return elements;
}

// [MI | S] [$] digits and separators [point] [digits] [$] [MI | S | PR]
bool NumberFormat::in_order(const std::vector<Element>& elements) {
  const std::array<std::vector<Token>, 8> order = {{{Token::kOpen},
                                                    {Token::kMinus, Token::kSign},
                                                    {Token::kDollar},
                                                    {Token::kDigits},
                                                    {Token::kPoint},
                                                    {Token::kDigits},
                                                    {Token::kDollar},
                                                    {Token::kMinus, Token::kSign, Token::kClose}}};
  size_t at = 0;
  for (const std::vector<Token>& allowed : order) {
    if (at < elements.size() && std::find(allowed.begin(), allowed.end(), elements[at].token) != allowed.end()) ++at;
  }
  return at == elements.size();
}

// What is wrong, or nothing.
std::string NumberFormat::find_error(const std::vector<Element>& elements) {
  const auto place = [&](Token token) {
    const auto found =
        std::find_if(elements.begin(), elements.end(), [&](const Element& one) { return one.token == token; });
    return found - elements.begin();
  };
  const auto count = [&](Token token) {
    return std::count_if(elements.begin(), elements.end(), [&](const Element& one) { return one.token == token; });
  };
  if (elements.empty()) return "is empty";
  if (count(Token::kDigits) == 0) return "has no digit: 0 or 9";
  if (count(Token::kDollar) > 0 && place(Token::kDollar) > std::min(place(Token::kDigits), place(Token::kPoint))) {
    return "has its $ behind digits";
  }
  for (const Token token : {Token::kPoint, Token::kSign, Token::kMinus, Token::kDollar, Token::kClose}) {
    if (count(token) > 1) return "has one of . $ S MI PR twice";
  }
  const auto separator = [](const Run& run) { return run.digits == 0; };
  for (size_t i = 0; i < elements.size(); ++i) {
    const std::vector<Run>& runs = elements[i].runs;
    if (runs.empty()) continue;
    if (std::none_of(runs.begin(), runs.end(), separator)) continue;
    if (static_cast<std::ptrdiff_t>(i) > place(Token::kPoint)) return "separates thousands behind the point";
    const bool doubled = std::adjacent_find(runs.begin(), runs.end(), [&](const Run& a, const Run& b) {
                           return separator(a) && separator(b);
                         }) != runs.end();
    if (separator(runs.front()) || separator(runs.back()) || doubled) {
      return "has a separator of thousands without digits on both sides";
    }
  }
  return in_order(elements) ? "" : "has its parts in another order than S $ 9,999 . 99 $ S";
}

Result<NumberFormat> NumberFormat::compile(std::string_view text) {
  NumberFormat format;
  std::string wrong;
  format.elements_ = tokenize(text, wrong);
  if (wrong.empty()) wrong = find_error(format.elements_);
  bool behind_point = false;
  for (const Element& element : format.elements_) {
    behind_point = behind_point || element.token == Token::kPoint;
    for (const Run& run : element.runs) {
      format.precision_ += run.digits;
      if (behind_point) format.scale_ += run.digits;
    }
  }
  if (wrong.empty() && format.precision_ > kDecimalPrecisionMax) {
    wrong = fmt::format("has {} digits, more than {}", format.precision_, kDecimalPrecisionMax);
  }
  if (!wrong.empty()) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("the number format '{}' {}", text, wrong));
  }
  return format;
}

// Goes through a text beside the format.
class NumberFormat::Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool at_end() const { return at_ == text_.size(); }

  // The digits and separators of one element; false when there are not as many as it says.
  bool digits(const std::vector<Run>& runs, bool behind_point) {
    std::array<int, kDecimalPrecisionMax + 1> sizes{};  // of the groups between separators
    size_t groups = 1;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (is_digit(c)) {
        if (digits_ == kDecimalPrecisionMax) return false;
        value_ = value_ * 10 + (c - '0');
        ++digits_;
        if (behind_point) ++fraction_;
        ++sizes[groups - 1];
      } else if (c == ',') {
        if (groups == sizes.size()) return false;
        sizes[groups++] = 0;
      } else if (!is_space(c)) {
        break;
      }
    }
    // From the last group on: groups in front may be missing where their digits are optional.
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
      if (run->digits == 0) continue;
      const int size = groups > 0 ? sizes[--groups] : 0;
      if (run->exact ? size != run->digits : size > run->digits) return false;
    }
    return groups == 0;
  }

  Int128 value_ = 0;
  int digits_ = 0;
  int fraction_ = 0;

 private:
  std::string_view text_;
  size_t at_ = 0;
};

std::optional<Int128> NumberFormat::parse(std::string_view text) const {
  Reader reader(text);
  bool negative = false;
  bool behind_point = false;
  int open = 0;
  for (const Element& element : elements_) {
    switch (element.token) {
      case Token::kDigits:
        if (!reader.digits(element.runs, behind_point)) return std::nullopt;
        break;
      case Token::kPoint: behind_point = reader.take('.') || behind_point; break;
      case Token::kDollar:
        if (!reader.take('$') && !reader.at_end()) return std::nullopt;
        break;
      case Token::kSign:
        if (!reader.take('+') && reader.take('-')) negative = !negative;
        break;
      case Token::kMinus:
        if (reader.take('-')) negative = !negative;
        break;
      case Token::kOpen: open += reader.take('<') ? 1 : 0; break;
      case Token::kClose:
        if (reader.take('>')) {
          --open;
          negative = !negative;
        }
        break;
    }
  }
  if (!reader.at_end() || open != 0 || reader.digits_ == 0) return std::nullopt;
  const auto value = decimal_rescale({reader.value_, reader.fraction_}, precision_, scale_);
  if (!value) return std::nullopt;
  return negative ? -*value : *value;
}

void NumberFormat::add_digits(const Element& element, std::string_view& digits, bool behind_point,
                              std::string& out) const {
  for (const Run& run : element.runs) {
    if (run.digits == 0) {
      if (!out.empty() && is_digit(out.back())) {
        out += ',';
      } else {
        add_space(out);
      }
      continue;
    }
    for (int i = 0; i < run.digits; ++i) {
      const char c = digits.front();
      digits.remove_prefix(1);
      if (behind_point || c != ' ') {
        out += c;
      } else if (run.exact) {
        out += '0';
      } else {
        add_space(out);
      }
    }
  }
}

void NumberFormat::format(Int128 unscaled, int scale, std::string& out) const {
  const bool negative = unscaled < 0;
  std::string whole = format_decimal(decimal_abs(unscaled), scale);
  std::string fraction;
  if (const size_t point = whole.find('.'); point != std::string::npos) {
    fraction = whole.substr(point + 1);
    whole.resize(point);
  }
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  fraction.resize(fraction.find_last_not_of('0') + 1);
  const auto whole_size = static_cast<size_t>(precision_ - scale_);
  const auto fraction_size = static_cast<size_t>(scale_);
  if (whole.size() > whole_size || fraction.size() > fraction_size) {
    whole.assign(whole_size, '#');
    fraction.assign(fraction_size, '#');
  }
  whole.insert(0, whole_size - whole.size(), ' ');
  fraction.resize(fraction_size, '0');
  std::string_view whole_left = whole;
  std::string_view fraction_left = fraction;
  bool behind_point = false;
  out.clear();
  for (const Element& element : elements_) {
    switch (element.token) {
      case Token::kDigits: add_digits(element, behind_point ? fraction_left : whole_left, behind_point, out); break;
      case Token::kPoint:
        if (!out.empty() && out.back() == ' ') out.back() = '0';
        out += '.';
        behind_point = true;
        break;
      case Token::kDollar: out += '$'; break;
      case Token::kSign:
        drop_lone_point(out);
        add_before_spaces(negative ? '-' : '+', out);
        break;
      case Token::kMinus:
        if (negative) drop_lone_point(out);
        if (negative) {
          add_before_spaces('-', out);
        } else {
          out += ' ';
        }
        break;
      case Token::kOpen:
        if (negative) out += '<';
        break;
      case Token::kClose:
        drop_lone_point(out);
        if (negative) {
          add_before_spaces('>', out);
        } else {
          out += "  ";
        }
        break;
    }
  }
  drop_lone_point(out);
  if (out.empty() || out == "+" || out == "-") out = "0";
}

}  // namespace millrace
