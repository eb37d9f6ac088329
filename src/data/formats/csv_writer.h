#pragma once

#include <string>
#include <vector>

#include "data/formats/csv.h"
#include "data/formats/record_writer.h"

namespace millrace {

// CSV as RFC 4180 has it, with \n. A field is in quotes when it must be: for a delimiter, a quote or a line break in
// it, or because it would be read as null. Timestamps are ISO 8601 in UTC, binary base64, arrays, maps and structs
// their JSON.
class CsvWriter final : public RecordWriter {
 public:
  CsvWriter(std::vector<WriteColumn> columns, CsvDialect dialect);
  Buffer write(const Batch& batch, const Rows& rows) const override;
  std::string header() const override;

 private:
  bool must_quote(std::string_view text) const;
  void append_text(std::string_view text, class Output& output) const;

  std::vector<WriteColumn> columns_;
  CsvDialect dialect_;
  std::string null_field_;
};

}  // namespace millrace
