#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/batch.h"
#include "data/formats/csv.h"
#include "data/formats/record_reader.h"
#include "wire/http/exchange.h"

namespace millrace {

struct DeliveryLimits {
  size_t inflated_bytes_max = 0;  // of a body that was compressed
  size_t piece_bytes = 0;         // of an origin; 0: one has all records
};

// What was sent, cut into records; or the answer (400, 413, 415) that says why it cannot be.
struct CutBody {
  std::vector<std::shared_ptr<Origin>> origins;  // bytes, format, header and places of the records
  std::optional<HttpAnswer> refusal;
  std::string why;  // of the refusal
};

// By its Content-Type: JSON (a record, an array of records, or lines), JSON lines, CSV with a header, which must have
// `columns`. By its Content-Encoding: gzip, or none.
CutBody cut_body(const IncomingRequest& request, const DeliveryLimits& limits, const std::vector<ReadColumn>& columns);

}  // namespace millrace
