#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// Text in columns, for people. Cells are cut to fit; columns that do not fit beside the others go below them, with the
// first one repeated.
class Table {
 public:
  explicit Table(std::vector<std::string> titles) : titles_(std::move(titles)) {}

  void add(std::vector<std::string> cells);
  // Each line begins with `indent` and is at most `width` wide; no spaces at ends of lines.
  std::string render(size_t width, std::string_view indent = "") const;

 private:
  std::vector<std::string> titles_;
  std::vector<std::vector<std::string>> rows_;
};

// At most `width` characters, the last of them "…" when something was cut; control characters are shown as spaces.
std::string fit(std::string_view text, size_t width);

// Parted at spaces into lines of at most `width` characters; a longer word stands on a line of its own.
std::vector<std::string> wrapped(std::string_view text, size_t width);

// Of the terminal behind a descriptor, the standard output unless said otherwise; 120 when there is none, or $COLUMNS.
size_t terminal_width(int descriptor = 1);

}  // namespace millrace
