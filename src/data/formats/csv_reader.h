#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/builder.h"
#include "data/formats/csv.h"
#include "data/formats/record_reader.h"

namespace millrace {

// CSV records. A column is found by its name in the header (as it is, else with case ignored), so columns may come in
// any order; every record has as many fields as the header. Types are read as CAST reads them from text, binary from
// base64; nested types are not read. A record that is not UTF-8, holds a NUL byte or has too few or too many fields is
// broken whatever columns are read.
class CsvReader final : public RecordReader {
 public:
  CsvReader(std::vector<ReadColumn> columns, CsvDialect dialect);
  ReadOutcome read(const Origin& origin) override;

 private:
  void use_header(const Origin& origin);
  std::string broken(std::string_view record, bool trusted) const;
  void append(StringBuilder& builder, std::string_view record, const CsvField& field);

  std::vector<ReadColumn> columns_;
  std::vector<std::string> names_;  // of the columns, dotted
  CsvDialect dialect_;
  // Of the header in use.
  std::shared_ptr<const std::vector<std::string>> header_;
  size_t fields_expected_ = 0;
  std::vector<size_t> field_of_;  // per column
  // Reused from record to record.
  std::vector<CsvField> fields_;
};

// Whether all columns are in the header, each once; else which is not, and what was probably meant.
Status check_csv_columns(const std::vector<ReadColumn>& columns, const std::vector<std::string>& header);

}  // namespace millrace
