#include "cli/table.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/assert.h"
#include "data/utf8.h"

namespace millrace {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kCellWidthMax = 40;
constexpr size_t kWidthWithoutTerminal = 120;
constexpr size_t kWidthMin = 20;

// Appends the line's cells of the columns [first] and [from, to).
void append_line(const std::vector<std::string>& cells, const std::vector<size_t>& widths,
                 const std::vector<size_t>& columns, std::string_view indent, std::string& out) {
  std::string line(indent);
  for (const size_t column : columns) {
    const std::string cell = fit(cells[column], widths[column]);
    line += cell;
    line.append(widths[column] - count_chars(cell) + kGap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line;
  out += '\n';
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
  MILLRACE_ASSERT(cells.size() == titles_.size(), "a row has as many cells as there are titles");
  rows_.push_back(std::move(cells));
}

std::string Table::render(size_t width, std::string_view indent) const {
  std::vector<size_t> widths;
  for (size_t column = 0; column < titles_.size(); ++column) {
    size_t widest = count_chars(titles_[column]);
    for (const auto& row : rows_) widest = std::max(widest, count_chars(row[column]));
    widths.push_back(std::min(widest, kCellWidthMax));
  }
  const size_t room = std::max(kWidthMin, width - std::min(width, indent.size()));
  std::string out;
  for (size_t next = 0; next < widths.size();) {
    std::vector<size_t> columns;
    size_t used = 0;
    if (next > 0) {
      columns.push_back(0);
      used = widths[0] + kGap;
      out += '\n';
    }
    const size_t before = columns.size();
    while (next < widths.size() && (columns.size() == before || used + widths[next] <= room)) {
      used += widths[next] + kGap;
      columns.push_back(next++);
    }
    append_line(titles_, widths, columns, indent, out);
    for (const auto& row : rows_) append_line(row, widths, columns, indent, out);
  }
  return out;
}

std::string fit(std::string_view text, size_t width) {
  std::string clean(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (count_chars(clean) <= width) return clean;
  if (width == 0) return "";
  clean.resize(byte_of_char(clean, width - 1));
  return clean + "…";
}

std::vector<std::string> wrapped(std::string_view text, size_t width) {
  std::vector<std::string> lines(1);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    const size_t used = count_chars(lines.back());
    if (used > 0 && used + 1 + count_chars(word) > width) {
      lines.emplace_back(word);
    } else {
      lines.back() += used > 0 ? " " : "";
      lines.back() += word;
    }
    begin = end + 1;
  }
  return lines;
}

size_t terminal_width(int descriptor) {
  if (const char* columns = std::getenv("COLUMNS")) {
    const std::string_view text = columns;
    size_t width = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), width).ec == std::errc() && width > 0) {
      return std::max(width, kWidthMin);
    }
  }
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return kWidthWithoutTerminal;
}

}  // namespace millrace
