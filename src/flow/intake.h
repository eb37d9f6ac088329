#pragma once

#include <memory>
#include <vector>

#include "data/formats/record_reader.h"
#include "flow/passage.h"
#include "flow/scope.h"

namespace millrace {

// What the flow wants of its source, as readers take it.
std::vector<ReadColumn> columns_to_read(const Slots& slots);

// The end of every Source::decode(): a batch out of what a reader has read of an origin, its columns in their slots,
// `_meta` filled, all records counted, and those with faults (the framing's before the reader's) in quarantine.
Batch take_in(std::shared_ptr<const Origin> origin, ReadOutcome read, const Slots& slots, Passage& passage);

}  // namespace millrace
