#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/formats/record_writer.h"

namespace millrace {

// One JSON object a line. Nulls are written as null. Timestamps are ISO 8601 in UTC ("2026-11-21T07:47:03.250Z"),
// decimals numbers with all their digits, binary base64, NaN and the infinities text.
class JsonWriter final : public RecordWriter {
 public:
  explicit JsonWriter(const std::vector<WriteColumn>& columns);
  Buffer write(const Batch& batch, const Rows& rows) const override;
  // No record of the batch is longer than this when it is written; most are far shorter. Looks at sizes alone.
  size_t record_bytes_at_most(const Batch& batch) const;

 private:
  struct Out {
    size_t index;
    std::string key;   // with comma, quotes and colon: ,"name": and 32 bytes behind it that may be read
    size_t key_bytes;  // without those
  };
  std::vector<Out> columns_;
};

// One value as the writer writes it; for the rare paths and for people.
std::string json_value(const Column& column, size_t row);

}  // namespace millrace
