#include "flow/steps/evaluate.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

namespace millrace {

std::vector<Column> evaluate_step(const Program& program, std::string_view step, int index, Batch& batch,
                                  Passage& passage) {
  EvalContext context{.now_us = batch.origin == nullptr ? 0 : batch.origin->ingested_at_us};
  std::vector<uint32_t> places;
  if (batch.origin != nullptr && batch.origin->offset.size() == batch.origin->records() && batch.rows > 0) {
    // A record is known by its source and the byte it begins at, however the source was cut into batches.
    const std::vector<uint64_t>& offset = batch.origin->offset;
    for (size_t row = 0; row < batch.rows; ++row) {
      places.push_back(static_cast<uint32_t>(offset[batch.record_of(row)] - offset[0]));
    }
    context.seed = std::hash<std::string>{}(batch.origin->source);
    context.first_record = offset[0];
    context.record_of_row = places.data();
  }
  Evaluated evaluated = program.evaluate(batch, batch.alive_rows(), context);
  if (!evaluated.faults.empty()) {
    std::stable_sort(evaluated.faults.begin(), evaluated.faults.end(),
                     [](const ExprFault& a, const ExprFault& b) { return a.row < b.row; });
    std::vector<Fault> faults;
    for (ExprFault& fault : evaluated.faults) {
      faults.push_back({.row = fault.row,
                        .rule = fmt::format("{} {}", step, program.fields()[fault.expr].name),
                        .reason = fmt::format("{}: {}", fault.subject, fault.reason)});
    }
    passage.quarantine(batch, index, std::move(faults));
  }
  return std::move(evaluated.columns);
}

std::vector<bool> true_rows(const Column& condition, const Batch& batch) {
  std::vector<bool> rows(batch.rows, false);
  batch.alive_rows().for_each([&](size_t row) { rows[row] = !condition.is_null(row) && condition.bool_at(row); });
  return rows;
}

}  // namespace millrace
