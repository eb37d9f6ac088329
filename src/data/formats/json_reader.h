#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/builder.h"
#include "data/formats/json_walk.h"
#include "data/formats/record_reader.h"

namespace millrace {

// JSON objects, one per record. Whether a record is broken never depends on the columns that are read. A missing key is
// null. A string column takes any value: numbers, true and false as they are written, objects and arrays as their JSON
// text. The other types take only what fits them: a number for int, bigint, double, decimal; true or false for boolean;
// text for date and timestamp, base64 for binary; what does not fit is a fault that names the column.
class JsonReader final : public RecordReader {
 public:
  explicit JsonReader(std::vector<ReadColumn> columns);
  ReadOutcome read(const Origin& origin) override;

 private:
  struct Leaf;
  void append_leaf(Leaf& leaf, const JsonValue& value, std::string_view record, size_t row);
  void append_nested(ColumnBuilder& builder, const Type& type, const JsonValue& value, std::string_view record,
                     Leaf& leaf, size_t row);
  void misfit(Leaf& leaf, size_t row, const JsonValue& value, const Type& type, std::string_view record);

  std::vector<ReadColumn> columns_;
  JsonWalker walker_;
  std::vector<std::string> names_;  // of the columns, dotted
  std::vector<Fault> faults_;
  std::string scratch_;
};

}  // namespace millrace
