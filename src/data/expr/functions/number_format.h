#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/int128.h"
#include "data/expr/function.h"

namespace millrace {

// A number format of SQL's to_char and to_number: 'S$999,990.99', '99G999D99PR'. Immutable once made.
class NumberFormat {
 public:
  // The error says what of the format is wrong.
  static Result<NumberFormat> compile(std::string_view text);

  // How many digits the format has, and how many of them behind the point.
  int precision() const { return precision_; }
  int scale() const { return scale_; }

  // The number, at the format's scale; nullopt when the text is not as the format says.
  std::optional<Int128> parse(std::string_view text) const;
  // The decimal as the format says, with # for digits when it has too many; `out` is overwritten.
  void format(Int128 unscaled, int scale, std::string& out) const;

 private:
  enum class Token { kDigits, kPoint, kDollar, kSign, kMinus, kOpen, kClose };
  struct Run {
    int digits = 0;      // 0: a separator of thousands
    bool exact = false;  // so many, not at most so many
  };
  struct Element {
    Token token;
    std::vector<Run> runs;  // of kDigits, in the order of the text
  };
  class Reader;

  static std::vector<Element> tokenize(std::string_view text, std::string& wrong);
  static std::string find_error(const std::vector<Element>& elements);
  static bool in_order(const std::vector<Element>& elements);
  void add_digits(const Element& element, std::string_view& digits, bool behind_point, std::string& out) const;

  std::vector<Element> elements_;
  int precision_ = 0;
  int scale_ = 0;
};

}  // namespace millrace
