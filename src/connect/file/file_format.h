#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/compression.h"
#include "data/formats/csv.h"
#include "data/formats/framing.h"
#include "data/formats/record_reader.h"
#include "data/formats/record_writer.h"
#include "flow/component.h"
#include "flow/diagnostic.h"
#include "flow/scope.h"
#include "flow/settings.h"

namespace millrace {

// How records lie in files: what source and sink have in common.
struct FileFormat {
  enum class Kind {
    kJson,  // documents or lines, whichever a file looks like
    kJsonLines,
    kJsonDocument,
    kCsv,
  };
  Kind kind = Kind::kJson;
  CsvDialect csv;
  std::vector<std::string> records;  // documents: where the records are; empty: at the top

  std::string_view name() const { return kind == Kind::kCsv ? "csv" : "json"; }
  std::unique_ptr<Framing> framing(std::unique_ptr<ByteStream> stream, std::string_view path,
                                   const FramingOptions& options) const;
  std::unique_ptr<RecordReader> reader(const std::vector<ReadColumn>& columns) const;
  std::unique_ptr<RecordWriter> writer(const std::vector<WriteColumn>& columns) const;
};

// From the settings `format`, `delimiter`, `quote`, `escape`, `header`, `null` and `records`, as far as the component
// has them; auto goes by the endings of the paths. What does not go together is told.
std::optional<FileFormat> read_file_format(const Settings& settings, const std::vector<std::string>& paths,
                                           Diagnostics& diagnostics);

// What the setting `columns` says of a source's records; nullopt after telling what is wrong. Names the columns of CSV
// without a header.
std::optional<SourceSchema> read_columns(const Settings& settings, FileFormat& format, Diagnostics& diagnostics);

// What columns the header of a CSV file is to have for a flow.
std::vector<std::string> csv_columns(const SourceSchema& schema, const Slots& slots);

std::vector<std::string> split_path(std::string_view dotted);

inline constexpr std::array<std::string_view, 4> kCompressions = {"auto", "none", "gzip", "zstd"};

inline constexpr FieldDescription kDelimiterField = {
    .name = "delimiter",
    .kind = FieldKind::kText,
    .summary =
        "CSV: the character between fields; a comma, or a tab for paths that end in .tsv, unless said otherwise.",
    .example = "\";\""};
inline constexpr FieldDescription kQuoteField = {
    .name = "quote",
    .kind = FieldKind::kText,
    .summary = "CSV: the character around fields that hold delimiters or line breaks; \" unless said otherwise.",
    .example = "\"'\""};
inline constexpr FieldDescription kEscapeField = {
    .name = "escape",
    .kind = FieldKind::kText,
    .summary =
        "CSV: inside quotes, the character behind this one is taken as it is; none unless said otherwise. A doubled "
        "quote always stands for one.",
    .example = "'\\'"};
inline constexpr FieldDescription kNullField = {
    .name = "null",
    .kind = FieldKind::kTexts,
    .summary = "CSV: a field without quotes that is this text is null; the empty text unless said otherwise.",
    .example = "\"NULL\""};

}  // namespace millrace
