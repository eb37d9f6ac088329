#include "flow/run/books.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"

namespace millrace {
namespace {

constexpr size_t kFirstFaultsMax = 5;

}  // namespace

RunBooks::RunBooks(const FlowPlan& plan) : plan_(plan), thresholds_(plan.checks) {
  counts_.steps.resize(plan.steps.size());
  counts_.checks.resize(plan.checks.size());
  counts_.sink_rows.resize(plan.sinks.size());
  committed_ = counts_;
}

std::optional<Error> RunBooks::add(const Journey& journey) {
  const Passage& passage = journey.passage;
  MILLRACE_ASSERT(passage.ledger.balances(), "the books do not balance: " + passage.ledger.text());
  counts_.ledger += passage.ledger;
  for (size_t i = 0; i < counts_.steps.size(); ++i) {
    counts_.steps[i].in += passage.steps[i].in;
    counts_.steps[i].out += passage.steps[i].out;
  }
  for (size_t i = 0; i < counts_.checks.size(); ++i) {
    counts_.checks[i].checked += passage.checks[i].checked;
    counts_.checks[i].failed += passage.checks[i].failed;
  }
  for (const RecordFault& fault : passage.faults) {
    if (first_faults_.size() >= kFirstFaultsMax) break;
    first_faults_.push_back(fault);
    first_places_.push_back(fmt::format("{}:{}", journey.origin->source, journey.origin->line[fault.record]));
  }
  return thresholds_.add(passage.checks, journey.origin->ingested_at_us);
}

void RunBooks::add_unused(const Journey& journey) {
  counts_.ledger.read += journey.passage.ledger.read;
  counts_.ledger.in_flight += journey.passage.ledger.read;
}

void RunBooks::forget_uncommitted() {
  const uint64_t lost = counts_.ledger.read - committed_.ledger.read;
  counts_ = committed_;
  counts_.ledger.read += lost;
  counts_.ledger.in_flight += lost;
}

void RunBooks::forget_unpublished(bool clean) {
  Ledger& ledger = counts_.ledger;
  ledger.in_flight += std::exchange(ledger.quarantined, 0);
  if (!clean) return;
  ledger.in_flight += std::exchange(ledger.written, 0);
  std::fill(counts_.sink_rows.begin(), counts_.sink_rows.end(), 0);
}

void RunBooks::add_to(Checkpoint& checkpoint) const {
  checkpoint.ledger += counts_.ledger;
  for (size_t i = 0; i < plan_.checks.size(); ++i) {
    CheckCounts& counts = checkpoint.checks[plan_.checks[i].name];
    counts.checked += counts_.checks[i].checked;
    counts.failed += counts_.checks[i].failed;
  }
}

void RunBooks::report(FlowReport& report) const {
  MILLRACE_ASSERT(counts_.ledger.balances(), "the books do not balance: " + counts_.ledger.text());
  report.ledger = counts_.ledger;
  report.steps = counts_.steps;
  report.check_counts = counts_.checks;
  for (size_t i = 0; i < report.sinks.size(); ++i) report.sinks[i].written = counts_.sink_rows[i];
  report.first_faults = first_faults_;
  report.first_places = first_places_;
}

}  // namespace millrace
