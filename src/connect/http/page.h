#pragma once

#include <memory>
#include <string>

#include "connect/file/file_format.h"
#include "connect/http/paging.h"
#include "data/batch.h"

namespace millrace {

// The records of one answer, all in one origin, so that they are committed together. A body in which there is no
// record that can be read is one broken record with all of its bytes (or as many as a record may have).
struct Page {
  std::shared_ptr<Origin> origin;  // begin, end, line and offset are those within the body
  PageFacts facts;
};
Result<Page> page_of(std::string_view body, const FileFormat& format, size_t record_bytes_max);

}  // namespace millrace
