#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/avro/schema.h"
#include "data/formats/avro/take.h"
#include "data/formats/avro/walk.h"
#include "data/formats/record_reader.h"

namespace millrace {

// Reads records that were written by one schema as columns. Belongs to one thread.
class AvroDecoder {
 public:
  // Of a column the path is one name, that of a field of the record. With `reader`, fields are found by its aliases
  // too, and have its defaults where the writer does not have them; without it they are null there. kInvalidArgument: a
  // column cannot be what the writer wrote.
  static Result<std::unique_ptr<AvroDecoder>> make(AvroSchema writer, std::span<const ReadColumn> columns,
                                                   const AvroSchema* reader);

  // Of a column: which field of the writer's it is, or what it is without one.
  struct Leaf {
    std::optional<size_t> field;
    AvroTake take;                    // from the field's place, as AvroWalk notes it
    std::optional<Column> otherwise;  // one row
    size_t otherwise_bytes = 0;
  };
  const std::vector<Leaf>& leaves() const { return leaves_; }  // by column
  AvroWalk& walk() { return walk_; }
  AvroTaker& taker() { return taker_; }
  const AvroSchema& writer() const { return writer_; }

 private:
  explicit AvroDecoder(AvroSchema writer) : writer_(std::move(writer)), walk_(writer_), taker_(walk_) {}

  AvroSchema writer_;
  AvroWalk walk_;
  AvroTaker taker_;
  std::vector<Leaf> leaves_;
};

}  // namespace millrace
