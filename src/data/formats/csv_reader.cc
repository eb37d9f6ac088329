#include "data/formats/csv_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/base64.h"
#include "base/spelling.h"
#include "data/formats/json_index.h"

namespace millrace {
namespace {

constexpr size_t kNamesShownMax = 30;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string dotted(const std::vector<std::string>& path) { return fmt::format("{}", fmt::join(path, ".")); }

// Where a name is in the header; several when it is there more than once.
std::vector<size_t> places_of(std::string_view name, const std::vector<std::string>& header) {
  std::vector<size_t> exact;
  std::vector<size_t> loose;
  for (size_t i = 0; i < header.size(); ++i) {
    if (header[i] == name) exact.push_back(i);
    if (same(header[i], name)) loose.push_back(i);
  }
  return exact.empty() ? loose : exact;
}

bool holds_nul(std::string_view text) { return std::memchr(text.data(), '\0', text.size()) != nullptr; }

Column decode_binary(const Column& text, std::string_view name, std::vector<Fault>& faults) {
  StringBuilder bytes(TypeKind::kBinary, text.rows);
  for (size_t row = 0; row < text.rows; ++row) {
    if (text.is_null(row)) {
      bytes.append_null();
    } else if (const auto decoded = decode_base64(text.string_at(row))) {
      bytes.append(*decoded);
    } else {
      bytes.append_null();
      faults.push_back({.row = static_cast<uint32_t>(row),
                        .rule = "read",
                        .reason = fmt::format("{}: '{}' is not base64", name, shown_text(text.string_at(row)))});
    }
  }
  return bytes.finish();
}

}  // namespace

CsvReader::CsvReader(std::vector<ReadColumn> columns, CsvDialect dialect)
    : columns_(std::move(columns)), dialect_(std::move(dialect)) {
  for (const ReadColumn& column : columns_) {
    MILLRACE_ASSERT(!column.type.is_nested(), "a CSV field holds one value");
    names_.push_back(dotted(column.path));
  }
}

void CsvReader::use_header(const Origin& origin) {
  if (origin.header != nullptr && origin.header == header_) return;
  const std::vector<std::string>& header = origin.header == nullptr ? dialect_.names : *origin.header;
  header_ = origin.header;
  fields_expected_ = header.size();
  field_of_.clear();
  for (const std::string& name : names_) {
    const auto places = places_of(name, header);
    // Without a header, as a file cut off before its end has none, there are no records to read either.
    MILLRACE_ASSERT(!places.empty() || header.empty(), "check_csv_columns() has passed");
    field_of_.push_back(places.empty() ? 0 : places[0]);
  }
}

// What is wrong with the record as a whole. `trusted`: all bytes of the piece have been looked at already.
std::string CsvReader::broken(std::string_view record, bool trusted) const {
  if (!trusted) {
    if (!is_utf8(record)) return "not CSV: it is not UTF-8";
    if (holds_nul(record)) return "not CSV: it holds a NUL byte";
  }
  if (fields_.size() == fields_expected_) return "";
  return fmt::format("it has {} field{}, and there are {} column{}", fields_.size(), fields_.size() == 1 ? "" : "s",
                     fields_expected_, fields_expected_ == 1 ? "" : "s");
}

void CsvReader::append(StringBuilder& builder, std::string_view record, const CsvField& field) {
  const std::string_view text = record.substr(field.begin, field.end - field.begin);
  if (!field.quoted && text == dialect_.null_text) return builder.append_null();
  if (!field.escaped) return builder.append_padded(text);
  builder.commit(unescape_csv(text, dialect_, builder.room(text.size())));
  builder.end_row();
}

ReadOutcome CsvReader::read(const Origin& origin) {
  use_header(origin);
  const size_t rows = origin.records();
  ReadOutcome outcome;
  std::vector<StringBuilder> builders;
  builders.reserve(columns_.size());
  const size_t bytes_expected = origin.bytes.size() / std::max<size_t>(fields_expected_, 1);
  for (size_t i = 0; i < columns_.size(); ++i) builders.emplace_back(TypeKind::kString, rows, bytes_expected);

  const std::string_view all(origin.bytes.as<char>(), origin.bytes.size());
  const bool trusted = is_utf8(all) && !holds_nul(all);
  auto damage = origin.damaged.begin();
  for (size_t row = 0; row < rows; ++row) {
    if (damage != origin.damaged.end() && damage->record == row) {
      ++damage;
      for (StringBuilder& builder : builders) builder.append_null();
      continue;
    }
    const std::string_view record = origin.record_bytes(row);
    split_csv(record, dialect_, fields_);
    if (std::string problem = broken(record, trusted); !problem.empty()) [[unlikely]] {
      outcome.faults.push_back({.row = static_cast<uint32_t>(row), .rule = "read", .reason = std::move(problem)});
      for (StringBuilder& builder : builders) builder.append_null();
      continue;
    }
    for (size_t i = 0; i < builders.size(); ++i) append(builders[i], record, fields_[field_of_[i]]);
  }

  for (size_t i = 0; i < columns_.size(); ++i) {
    const Type& type = columns_[i].type;
    Column text = builders[i].finish();
    outcome.columns.push_back(type.is(TypeKind::kBinary)
                                  ? decode_binary(text, names_[i], outcome.faults)
                                  : read_as(std::move(text), type, names_[i], origin.ingested_at_us, outcome.faults));
  }
  std::stable_sort(outcome.faults.begin(), outcome.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.row < b.row; });
  return outcome;
}

Status check_csv_columns(const std::vector<ReadColumn>& columns, const std::vector<std::string>& header) {
  for (const ReadColumn& column : columns) {
    const std::string name = dotted(column.path);
    const auto places = places_of(name, header);
    if (places.size() == 1) continue;
    if (places.size() > 1) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("the header names the column '{}' {} times", name, places.size()));
    }
    const auto near = nearest_spelling(name, header);
    std::vector<std::string> shown(
        header.begin(), header.begin() + static_cast<std::ptrdiff_t>(std::min(header.size(), kNamesShownMax)));
    if (shown.size() < header.size()) shown.emplace_back("...");
    return Error(ErrorCode::kInvalidArgument, fmt::format("the header has no column '{}'; {}", name,
                                                          near ? fmt::format("did you mean '{}'?", *near)
                                                               : fmt::format("it has: {}", fmt::join(shown, ", "))));
  }
  return {};
}

}  // namespace millrace
