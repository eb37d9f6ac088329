#include "connect/file/given_csv.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flow/given_source.h"

namespace millrace {
namespace {

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void append_text(std::string_view text, const CsvDialect& dialect, std::string& out) {
  const bool plain =
      !text.empty() && text != dialect.null_text &&
      text.find_first_of(std::string{dialect.delimiter, dialect.quote, '\n', '\r'}) == std::string_view::npos;
  if (plain) {
    out += text;
    return;
  }
  out += dialect.quote;
  for (const char c : text) {
    if (c == dialect.quote) out += dialect.quote;
    if (c == dialect.escape && dialect.escape != '\0' && dialect.escape != dialect.quote) out += dialect.escape;
    out += c;
  }
  out += dialect.quote;
}

void append_record(const Node& record, const std::vector<std::string>& columns, const CsvDialect& dialect,
                   std::string& out) {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += dialect.delimiter;
    const Node* value = record.find(columns[i]);
    if (value == nullptr || value->is_null()) {
      out += dialect.null_text;
    } else {
      append_text(given_record_bytes(*value), dialect, out);
    }
  }
  out += '\n';
}

}  // namespace

Result<std::string> given_csv(const std::vector<Node>& records, const std::vector<std::string>& wanted,
                              const CsvDialect& dialect) {
  std::vector<std::string> columns = dialect.names;
  if (dialect.header) {
    for (const std::string& name : wanted) {
      if (!has(columns, name)) columns.push_back(name);
    }
  }
  for (const Node& record : records) {
    for (const auto& [key, value] : record.entries) {
      if (has(columns, key.text)) continue;
      if (!dialect.header) {
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("the test gives '{}', and the file has no such column; there are: {}", key.text,
                                 fmt::join(columns, ", ")));
      }
      columns.push_back(key.text);
    }
  }
  std::string out;
  if (dialect.header) {
    for (const std::string& name : columns) {
      if (&name != &columns.front()) out += dialect.delimiter;
      append_text(name, dialect, out);
    }
    out += '\n';
  }
  for (const Node& record : records) {
    if (record.is_map()) {
      append_record(record, columns, dialect, out);
    } else {
      out += record.text;
      if (!record.text.ends_with('\n')) out += '\n';
    }
  }
  return out;
}

}  // namespace millrace
