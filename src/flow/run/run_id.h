#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace millrace {

// "20261121T074703Z-1f3a": sorts by time, differs between runs of one second.
std::string new_run_id(const Clock& clock);

// Whether a text has that form, or that of a scheduled run: "users.ingest@2026-11-21T10:05:00Z". What else ends a
// file's name is not of a run.
bool is_run_id(std::string_view text);

}  // namespace millrace
