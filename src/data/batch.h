#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/column.h"
#include "data/rows.h"

namespace millrace {

struct Schema {
  std::vector<Field> fields;
  // Columns by name, case ignored as Spark does; -1 when there is none.
  int find(std::string_view name) const;
  bool operator==(const Schema&) const = default;
};
using SchemaRef = std::shared_ptr<const Schema>;

// Where the records of a batch came from, and their untouched bytes. Immutable once read; shared by all batches made
// from it.
struct Origin {
  std::string source;                // the file's path, "stdin", a topic's name
  std::string format;                // "json" or "csv": how the bytes are to be read again
  Buffer bytes;                      // what was read, record after record
  std::vector<uint32_t> begin, end;  // per record: its bytes within `bytes`
  std::vector<uint64_t> line;        // per record: the line it begins on, from 1; of a topic its offset
  std::vector<uint64_t> offset;      // per record: the byte it begins at in the (uncompressed) source; its offset
  int64_t ingested_at_us = 0;
  // When the first record was written, for tables: the later of two rows of one key wins. Stamps of one part of a
  // source only ever grow, and are the same on a replay.
  int64_t stamp_us = 0;
  // How often such records had been read before: what comes of them now wins over what came of them then.
  int64_t rereading = 0;
  std::string run_id;
  std::shared_ptr<const std::vector<std::string>> header;  // CSV: the names of the columns of this source
  // Of a topic only.
  std::string topic;
  int32_t partition = -1;
  uint64_t first_offset = 0;       // where it was read from; no record stands before it
  std::vector<int32_t> key_bytes;  // per record: of the key, which lies behind the record's bytes; -1: no key
  std::vector<int64_t> timestamp_us;
  // Per record, where not empty: only this one of the rows that explode makes of it is wanted; -1: all.
  std::vector<int32_t> element;
  // Records that are known to be broken before anybody looks inside: cut off by a limit, by the end of a truncated
  // file.
  struct Damage {
    uint32_t record;
    std::string reason;
  };
  std::vector<Damage> damaged;  // ascending by record

  size_t records() const { return begin.size(); }
  int64_t stamp_of(size_t record) const {
    return stamp_us + static_cast<int64_t>(topic.empty() ? record : offset[record] - first_offset);
  }
  std::string_view record_bytes(size_t record) const {
    return {bytes.as<char>() + begin[record], end[record] - begin[record]};
  }
};

// A fault found by a component: the record cannot go on.
struct Fault {
  uint32_t row = 0;
  std::string rule;    // "json", "select address", "expect email": what was broken, stable, counted by
  std::string reason;  // a sentence with the value that broke it
};

// Records travelling together, in columns. A value owned by one worker at a time.
struct Batch {
  SchemaRef schema;
  std::vector<Column> columns;  // as schema->fields; each with `rows` rows
  size_t rows = 0;
  std::shared_ptr<const Origin> origin;
  std::vector<uint32_t> origin_record;  // per row: which record of the origin; empty means row i is record i
  // Per row: which row it was where the batch entered the innermost step that runs the rest of the flow by itself;
  // empty means row i is row i. What makes or reorders rows gathers it as it gathers the columns.
  std::vector<uint32_t> entry_row;
  // Rows that still travel, ascending; the others have been filtered, dropped or marked with a fault.
  bool all_alive = true;
  std::vector<uint32_t> alive;

  Rows alive_rows() const { return all_alive ? Rows::all(rows) : Rows::some(rows, alive); }
  size_t entry_of(size_t row) const { return entry_row.empty() ? row : entry_row[row]; }
  size_t record_of(size_t row) const { return origin_record.empty() ? row : origin_record[row]; }
  // Keeps only the rows whose bit is set in `keep` among those alive.
  void keep(const std::vector<bool>& keep);
};

}  // namespace millrace
