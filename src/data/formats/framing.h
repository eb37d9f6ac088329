#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "data/batch.h"

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

struct FramingOptions {
  size_t piece_bytes = size_t{512} << 10;
  size_t record_bytes_max = kRecordBytesMax;
};

// One record a line, \n or \r\n; blank lines are none. A byte order mark at the beginning is skipped.
std::unique_ptr<Framing> line_framing(std::unique_ptr<ByteStream> stream, const FramingOptions& options);

}  // namespace millrace
