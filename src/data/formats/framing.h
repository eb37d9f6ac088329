#pragma once

#include <cstdint>
#include <memory>

#include "base/files.h"
#include "data/batch.h"

namespace millrace {

// A record longer than this is cut off and goes to quarantine; so is the memory that one record can take.
inline constexpr size_t kRecordBytesMax = size_t{16} << 20;

// Cuts a stream of bytes into records, in two parts: cut() reads whole records in order, one thread at a time, and does as
// little as it can; split() finds the single records in what was cut, on any thread.
class Framing {
 public:
  virtual ~Framing() = default;
  // Fills bytes, damaged, header and the place of the first record (line[0], offset[0], first_position is the caller's).
  // False at the end of the stream. At least one record when true.
  virtual Result<bool> cut(Origin& origin) = 0;
  // Fills begin, end, line and offset of all records.
  virtual void split(Origin& origin) const = 0;
};

struct FramingOptions {
  size_t piece_bytes = size_t{512} << 10;
  size_t record_bytes_max = kRecordBytesMax;
};

// One record a line, \n or \r\n; blank lines are none. A byte order mark at the beginning is skipped.
std::unique_ptr<Framing> line_framing(std::unique_ptr<ByteStream> stream, const FramingOptions& options);

}  // namespace millrace
