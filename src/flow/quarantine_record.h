#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/batch.h"
#include "flow/passage.h"
#include "flow/scope.h"

namespace millrace {

// What quarantine holds of a record: flow, run, source, line, offset, element, step, faults (rule and reason of each),
// ingested_at, format and its original bytes: `record` as text, or `record_base64` where they are not UTF-8.
std::vector<VisibleColumn> quarantine_columns();

// One row per record with faults, in order, of the same origin.
Batch quarantine_batch(std::string_view flow, const std::vector<std::string>& step_names,
                       std::shared_ptr<const Origin> origin, const std::vector<RecordFault>& faults);

}  // namespace millrace
