#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// How a CSV file is written: RFC 4180 unless said otherwise. A quote opens a field only as its first byte; anywhere
// else in a field without quotes it is a byte like any other.
struct CsvDialect {
  char delimiter = ',';
  char quote = '"';
  char escape = '\0';     // inside quotes: the byte behind it is taken as it is; none by default. "" always works.
  std::string null_text;  // a field without quotes that is this is null
  bool header = true;     // the first record names the columns
  std::vector<std::string> names;  // without a header: the columns in their order
};

// A field inside a record.
struct CsvField {
  uint32_t begin = 0;  // inside the quotes
  uint32_t end = 0;
  bool quoted = false;
  bool escaped = false;  // holds doubled quotes or escapes
};

// Splits a record, well formed as csv_framing gives it, into its fields. The record may be read 64 bytes beyond its
// end.
void split_csv(std::string_view record, const CsvDialect& dialect, std::vector<CsvField>& fields);

// Writes an escaped field as it is meant to `to`, which has room for inside.size() bytes; gives the bytes written.
size_t unescape_csv(std::string_view inside, const CsvDialect& dialect, char* to);

// The field's text; `scratch` holds it when it was escaped.
std::string_view csv_text(std::string_view record, const CsvField& field, const CsvDialect& dialect,
                          std::string& scratch);

// Where the record that begins at `begin` ends.
struct CsvEnd {
  enum class Kind {
    kWhole,     // at `end`, which is a newline or the end of the stream
    kMore,      // not within these bytes
    kUnclosed,  // nowhere: a quote is never closed
    kBehind,    // there is text behind a closing quote, at `end`
  };
  Kind kind;
  const char* end;
};
// `last`: nothing comes behind `limit`. The bytes may be read 64 beyond it.
CsvEnd find_csv_end(const char* begin, const char* limit, bool last, const CsvDialect& dialect);

}  // namespace millrace
