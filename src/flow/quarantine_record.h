#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/batch.h"
#include "flow/passage.h"
#include "flow/scope.h"

namespace millrace {

// What quarantine holds of a record: flow, run, source, line, offset, element (which of the rows that explode made of
// it; null: it was whole), step, faults (rule and reason of each), ingested_at, its key in the topic it came from,
// format (with the header of its CSV file) and its original bytes: `record` as text, or `record_base64` where they are
// not UTF-8. All that is needed to take it in again.
std::vector<VisibleColumn> quarantine_columns();

// One row per record with faults, in order, of the same origin.
Batch quarantine_batch(std::string_view flow, const std::vector<std::string>& step_names,
                       std::shared_ptr<const Origin> origin, const std::vector<RecordFault>& faults);

// So many records leave a flow's quarantine, and go another way in its books. What was quarantined before these books
// began counts as read by them.
void leave_quarantine(Ledger& ledger, uint64_t records);

}  // namespace millrace
