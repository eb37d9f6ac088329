#pragma once

#include <memory>

#include "data/formats/record_reader.h"

namespace millrace {

// Records that are texts: the one string column there is, or none of it where nothing reads it. What is not UTF-8 is a
// fault.
class TextReader final : public RecordReader {
 public:
  explicit TextReader(std::vector<ReadColumn> columns) : columns_(std::move(columns)) {}
  ReadOutcome read(const Origin& origin) override;

 private:
  std::vector<ReadColumn> columns_;
};

}  // namespace millrace
