#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace millrace {

inline constexpr size_t kPatternBytesMax = 16 * 1024;
inline constexpr int kPatternRepeatMax = 1000;  // RE2's, and of nested repetitions multiplied
inline constexpr int kPatternDepthMax = 100;    // groups within groups

// Why a pattern is refused: it is not one of Java's, or says what RE2 cannot.
struct PatternError {
  size_t at = 0;  // byte within the pattern
  std::string message;
  std::string hint;  // may be empty
};

// Where Java's `$` (before a final line terminator, or at the end) stands in the translation; the pattern's owner puts
// in what it means for the end of the text at hand. kUnixDollar is that of (?d), which knows \n only.
inline constexpr char kDollarMark = '\x01';
inline constexpr char kUnixDollarMark = '\x02';

struct Translated {
  std::string re2;  // every '(' that no '?' follows begins a group; a literal one is always escaped
  int groups = 0;
  std::vector<std::pair<std::string, int>> names;  // of named groups
  bool has_dollar = false;
};

// A pattern of java.util.regex.Pattern in RE2's syntax with the same meaning. Differences are written out: character
// classes are computed as sets, case folding is ASCII's unless (?u), `.` and \s are Java's.
std::variant<Translated, PatternError> translate_pattern(std::string_view java);

}  // namespace millrace
