#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "data/builder.h"
#include "data/formats/avro/decoder.h"

namespace millrace {

// Columns out of records that lie in a Buffer, each written by whatever schema. Whether a record is broken never
// depends on the columns that are read. Belongs to one thread.
class AvroReader {
 public:
  explicit AvroReader(std::vector<ReadColumn> columns);

  void begin(size_t rows, size_t bytes);
  // The next row. `decoder` is one for the same columns, and lives until finish().
  void add(AvroDecoder& decoder, std::string_view record);
  // A row that cannot be read.
  void add_broken(std::string reason);
  ReadOutcome finish();

  const std::vector<ReadColumn>& columns() const { return columns_; }

 private:
  using Builder = std::variant<FixedBuilder<int32_t>, FixedBuilder<int64_t>, FixedBuilder<double>, FixedBuilder<Int128>,
                               BoolBuilder, StringBuilder, ColumnBuilder>;
  static Builder builder_of(const Type& type, size_t rows, size_t bytes);
  // Takes the columns of the rows since the last time, all of one decoder.
  void flush();
  void take_column(size_t column);
  template <typename F>
  void for_each_place(size_t column, F&& f);
  template <typename B, typename F>
  void take_values(size_t column, B& to, F&& append);
  void take_any(size_t column, ColumnBuilder& to);
  void misfit(size_t column, size_t row);

  std::vector<ReadColumn> columns_;
  std::vector<Builder> builders_;
  std::vector<Fault> faults_;
  AvroDecoder* decoder_ = nullptr;
  size_t rows_ = 0;
  // Of the rows that have not been taken yet: the places of the decoder's fields, and the ends.
  std::vector<const char*> places_;
  std::vector<const char*> ends_;  // nullptr: the row is broken
};

}  // namespace millrace
