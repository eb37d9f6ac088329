#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "data/batch.h"
#include "data/formats/csv.h"

namespace millrace {

// A record longer than this is cut off and goes to quarantine; so is the memory that one record can take.
inline constexpr size_t kRecordBytesMax = size_t{16} << 20;

// Cuts a stream of bytes into records, one thread at a time. A record that is known to be broken while it is cut (over
// the limit, the file cut off inside it) comes with its bytes, at most the limit of them, and is listed in
// origin.damaged; the records around it come as if it were not there. A stream that ends before its time ends with a
// damaged record, an empty one when it stopped between two.
class Framing {
 public:
  virtual ~Framing() = default;
  // The next records: fills bytes, damaged, header, and begin, end, line and offset of all of them, or leaves that to
  // split_lines(). False at the end of the stream; at least one record when true.
  virtual Result<bool> cut(Origin& origin) = 0;
};

// Finds the lines in what a line framing has cut, on any thread: it has left begin empty, and in line and offset the
// place of the first byte. Does nothing to what others have cut.
void split_lines(Origin& origin, size_t record_bytes_max);

// All that is left, in one origin; without records when there are none.
Result<std::shared_ptr<Origin>> cut_all(Framing& framing, size_t record_bytes_max);

struct FramingOptions {
  size_t piece_bytes = size_t{512} << 10;
  size_t record_bytes_max = kRecordBytesMax;
};

// One record a line, \n or \r\n; blank lines are none. A byte order mark at the beginning is skipped.
std::unique_ptr<Framing> line_framing(std::unique_ptr<ByteStream> stream, const FramingOptions& options);

// CSV records, which may hold newlines inside quotes; blank lines are none, unless there is just one column. A byte
// order mark is skipped. The header becomes origin.header of all that follows. Broken quoting costs only the line that
// the record begins on: the lines behind it are looked at afresh.
std::unique_ptr<Framing> csv_framing(std::unique_ptr<ByteStream> stream, const FramingOptions& options,
                                     const CsvDialect& dialect);

// JSON documents, one or several behind each other: each an array of records or a record, or with `records` an object
// in which that path leads to them. Reads any size of array in the memory of a piece and a record. What is wrong with
// one element stays in it as far as braces and line breaks can tell; what stands around the records is checked too, at
// the document's end, and is a broken record of its own when it is not JSON or leads to no records.
std::unique_ptr<Framing> document_framing(std::unique_ptr<ByteStream> stream, const FramingOptions& options,
                                          std::vector<std::string> records);

// A file of JSON lines or of documents, whichever its beginning looks like.
std::unique_ptr<Framing> json_framing(std::unique_ptr<ByteStream> stream, const FramingOptions& options);

}  // namespace millrace
