#include "connect/file/file_format.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/formats/csv_reader.h"
#include "data/formats/csv_writer.h"
#include "data/formats/json_reader.h"
#include "data/formats/json_writer.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 5> kCsvFields = {"delimiter", "quote", "escape", "header", "null"};

bool is_described(const Settings& settings, std::string_view name) {
  const auto& fields = settings.component().fields;
  return std::any_of(fields.begin(), fields.end(), [&](const FieldDescription& field) { return field.name == name; });
}

bool is_given(const Settings& settings, std::string_view name) {
  return is_described(settings, name) && settings.has(name);
}

std::string joined_path(const std::vector<std::string>& path) { return fmt::format("{}", fmt::join(path, ".")); }

bool is_csv_path(std::string_view path) {
  const std::string_view plain = without_compression_ending(path);
  return plain.ends_with(".csv") || plain.ends_with(".tsv");
}

bool is_lines_path(std::string_view path) {
  const std::string_view plain = without_compression_ending(path);
  return plain.ends_with(".jsonl") || plain.ends_with(".ndjson");
}

// One ASCII character that cannot be part of a number or a word.
void read_character(const Settings& settings, std::string_view name, char& character, Diagnostics& diagnostics) {
  if (!is_given(settings, name)) return;
  const Node& node = settings.node(name);
  const std::string text = node.text == "\\t" || node.text == "tab" ? "\t" : node.text;
  const auto is_usable = [](char c) {
    return (c == '\t' || (c >= ' ' && c <= '~')) && std::string_view("+-.\n\r").find(c) == std::string_view::npos &&
           !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z');
  };
  if (text.size() == 1 && is_usable(text[0])) {
    character = text[0];
  } else {
    diagnostics.error(node.place, fmt::format("'{}' is one ASCII character, no letter, digit or sign", name),
                      fmt::format("for example {}: \";\"", name));
  }
}

std::optional<FileFormat::Kind> kind_of(const Settings& settings, const std::vector<std::string>& paths,
                                        Diagnostics& diagnostics) {
  using Kind = FileFormat::Kind;
  const std::string& format = settings.text("format");
  if (format == "csv") return Kind::kCsv;
  if (format == "json_lines") return Kind::kJsonLines;
  if (format == "json") return Kind::kJsonDocument;
  const auto csv = static_cast<size_t>(std::count_if(paths.begin(), paths.end(), is_csv_path));
  if (csv == paths.size()) return Kind::kCsv;
  if (csv > 0) {
    diagnostics.error(settings.node("path").place, "these paths are of different formats by their endings",
                      "read them in flows of their own, or say `format:`");
    return std::nullopt;
  }
  return is_given(settings, "records") ? Kind::kJsonDocument : Kind::kJson;
}

void read_dialect(const Settings& settings, const std::vector<std::string>& paths, CsvDialect& csv,
                  Diagnostics& diagnostics) {
  if (!paths.empty() && std::all_of(paths.begin(), paths.end(), [](const std::string& path) {
        return without_compression_ending(path).ends_with(".tsv");
      })) {
    csv.delimiter = '\t';
  }
  read_character(settings, "delimiter", csv.delimiter, diagnostics);
  read_character(settings, "quote", csv.quote, diagnostics);
  read_character(settings, "escape", csv.escape, diagnostics);
  if (csv.delimiter == csv.quote || csv.delimiter == csv.escape) {
    diagnostics.error(settings.place(), fmt::format("'{}' cannot be the delimiter and a quote", csv.delimiter),
                      "say another `delimiter` or `quote`");
  }
  if (is_given(settings, "header")) csv.header = settings.flag("header");
  if (!is_given(settings, "null")) return;
  const Node& null = settings.node("null");
  if (!null.is_scalar() ||
      null.text.find_first_of(std::string{csv.delimiter, csv.quote, '\n', '\r'}) != std::string::npos) {
    diagnostics.error(null.place, "'null' is one text without delimiters, quotes and line breaks",
                      "for example null: \"NULL\"");
    return;
  }
  csv.null_text = null.text;
}

}  // namespace

std::unique_ptr<Framing> FileFormat::framing(std::unique_ptr<ByteStream> stream, std::string_view path,
                                             const FramingOptions& options) const {
  switch (kind) {
    case Kind::kCsv: return csv_framing(std::move(stream), options, csv);
    case Kind::kJsonLines: return line_framing(std::move(stream), options);
    case Kind::kJsonDocument: return document_framing(std::move(stream), options, records);
    case Kind::kJson: break;
  }
  return is_lines_path(path) ? line_framing(std::move(stream), options) : json_framing(std::move(stream), options);
}

std::unique_ptr<RecordReader> FileFormat::reader(const std::vector<ReadColumn>& columns) const {
  if (kind == Kind::kCsv) return std::make_unique<CsvReader>(columns, csv);
  return std::make_unique<JsonReader>(columns);
}

std::unique_ptr<RecordWriter> FileFormat::writer(const std::vector<WriteColumn>& columns) const {
  if (kind == Kind::kCsv) return std::make_unique<CsvWriter>(columns, csv);
  return std::make_unique<JsonWriter>(columns);
}

std::optional<FileFormat> read_file_format(const Settings& settings, const std::vector<std::string>& paths,
                                           Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.errors();
  const auto kind = kind_of(settings, paths, diagnostics);
  if (!kind) return std::nullopt;
  FileFormat format{.kind = *kind};
  if (*kind == FileFormat::Kind::kCsv) {
    read_dialect(settings, paths, format.csv, diagnostics);
  } else {
    for (const std::string_view name : kCsvFields) {
      if (!is_given(settings, name)) continue;
      diagnostics.error(settings.node(name).place, fmt::format("'{}' is for CSV, and this is read as JSON", name),
                        "say `format: csv`");
    }
  }
  if (is_given(settings, "records")) {
    if (*kind == FileFormat::Kind::kJsonDocument) {
      format.records = split_path(settings.text("records"));
    } else {
      diagnostics.error(settings.node("records").place, "'records' is for JSON documents", "say `format: json`");
    }
  }
  if (diagnostics.errors() != errors_before) return std::nullopt;
  return format;
}

std::optional<SourceSchema> read_columns(const Settings& settings, FileFormat& format, Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.errors();
  const bool csv = format.kind == FileFormat::Kind::kCsv;
  const bool named_here = csv && !format.csv.header;
  SourceSchema schema;
  if (!settings.has("columns")) {
    if (!named_here) return schema;
    diagnostics.error(settings.node("header").place, "a CSV file without a header needs `columns`",
                      "name all columns in their order, for example columns: { id: int, name: string }");
    return std::nullopt;
  }
  for (const auto& [name, type_text] : settings.node("columns").entries) {
    auto type = parse_type(type_text.text);
    if (!type.ok()) {
      diagnostics.error(type_text.place, type.error().message());
      continue;
    }
    if (csv && type->is_nested()) {
      diagnostics.error(type_text.place, fmt::format("a field of a CSV file cannot be read as {}", type->text()),
                        "read it as a string, and take it apart with an expression");
      continue;
    }
    // A dot is a byte like any other in the header of a CSV file, but a name with dots is used as a path.
    schema.declared.push_back({split_path(name.text), std::move(*type)});
    if (named_here) format.csv.names.push_back(name.text);
  }
  schema.open = !named_here;
  if (diagnostics.errors() != errors_before) return std::nullopt;
  return schema;
}

std::vector<std::string> csv_columns(const SourceSchema& schema, const Slots& slots) {
  std::vector<std::string> names;
  for (const SourceSchema::Declared& column : schema.declared) names.push_back(joined_path(column.path));
  for (const SourceColumn& column : slots.source_columns) names.push_back(joined_path(column.path));
  return names;
}

std::vector<std::string> split_path(std::string_view dotted) {
  std::vector<std::string> path(1);
  for (const char c : dotted) {
    if (c == '.') {
      path.emplace_back();
    } else {
      path.back() += c;
    }
  }
  return path;
}

}  // namespace millrace
