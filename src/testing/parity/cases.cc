#include "testing/parity/cases.h"

#include <fmt/format.h>

#include <sstream>

namespace millrace::parity {

namespace {

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

// Splits at | outside of quotes.
std::vector<std::string> split_cells(std::string_view text) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\'') quoted = !quoted;
    if (c == '|' && !quoted) {
      cells.emplace_back();
      continue;
    }
    cells.back() += c;
    if (c == '\\' && quoted && at + 1 < text.size()) cells.back() += text[++at];
  }
  for (std::string& cell : cells) cell = trimmed(cell);
  return cells;
}

Result<std::vector<CaseTable::Column>> parse_header(std::string_view text) {
  std::vector<CaseTable::Column> columns;
  if (trimmed(text).empty()) return columns;
  for (const std::string& cell : split_cells(text)) {
    const size_t space = cell.find(' ');
    if (space == std::string::npos) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("a column needs a name and a type: {}", cell));
    }
    columns.push_back({cell.substr(0, space), trimmed(cell.substr(space))});
  }
  return columns;
}

}  // namespace

std::string CaseTable::key(const std::string& expression, size_t row) const {
  if (columns.empty()) return expression;
  std::string text = expression + " | ";
  for (size_t i = 0; i < columns.size(); ++i) {
    text += fmt::format("{}{} {} = {}", i == 0 ? "" : ", ", columns[i].name, columns[i].type, rows[row][i]);
  }
  return text;
}

Result<std::vector<CaseTable>> parse_cases(std::string_view text) {
  std::vector<CaseTable> tables(1);
  tables.back().rows.emplace_back();
  std::istringstream lines{std::string(text)};
  for (std::string raw; std::getline(lines, raw);) {
    const std::string line = trimmed(raw);
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '@') {
      TRY(columns, parse_header(std::string_view(line).substr(1)));
      tables.push_back({.columns = std::move(columns), .rows = {}, .expressions = {}});
      if (tables.back().columns.empty()) tables.back().rows.emplace_back();
    } else if (line.front() == '|') {
      std::vector<std::string> cells = split_cells(std::string_view(line).substr(1));
      if (cells.size() != tables.back().columns.size()) {
        return Error(ErrorCode::kInvalidArgument, fmt::format("a row does not fit its columns: {}", line));
      }
      tables.back().rows.push_back(std::move(cells));
    } else {
      tables.back().expressions.push_back(line);
    }
  }
  return tables;
}

}  // namespace millrace::parity
