#include "flow/passage.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace millrace {
namespace {

uint64_t remove_rows(Batch& batch, const std::vector<bool>& keep) {
  const size_t before = batch.alive_rows().count();
  batch.keep(keep);
  return before - batch.alive_rows().count();
}

}  // namespace

Ledger& Ledger::operator+=(const Ledger& other) {
  read += other.read;
  made += other.made;
  written += other.written;
  filtered += other.filtered;
  dropped += other.dropped;
  duplicate += other.duplicate;
  quarantined += other.quarantined;
  held += other.held;
  in_flight += other.in_flight;
  return *this;
}

std::span<const LedgerField> ledger_fields() {
  static constexpr LedgerField kFields[] = {{"read", &Ledger::read},
                                            {"made", &Ledger::made},
                                            {"written", &Ledger::written},
                                            {"filtered", &Ledger::filtered},
                                            {"dropped", &Ledger::dropped},
                                            {"duplicate", &Ledger::duplicate},
                                            {"quarantined", &Ledger::quarantined},
                                            {"held", &Ledger::held},
                                            {"in_flight", &Ledger::in_flight}};
  return kFields;
}

std::string Ledger::text() const {
  std::string out = fmt::format("read {}", read);
  if (made > 0) out += fmt::format(" + made {}", made);
  out += fmt::format(" = written {}", written);
  const auto add = [&](std::string_view name, uint64_t count) {
    if (count > 0) out += fmt::format(" + {} {}", name, count);
  };
  add("filtered", filtered);
  add("dropped", dropped);
  add("duplicate", duplicate);
  add("quarantined", quarantined);
  add("held", held);
  add("in flight", in_flight);
  return out;
}

void Passage::filter(Batch& batch, const std::vector<bool>& keep) { ledger.filtered += remove_rows(batch, keep); }
void Passage::drop(Batch& batch, const std::vector<bool>& keep) { ledger.dropped += remove_rows(batch, keep); }
void Passage::duplicate(Batch& batch, const std::vector<bool>& keep) { ledger.duplicate += remove_rows(batch, keep); }

void Passage::quarantine(Batch& batch, int step, std::vector<Fault> row_faults) {
  if (row_faults.empty()) return;
  std::vector<bool> keep(batch.rows, true);
  uint32_t element = 0;
  for (size_t i = 0; i < row_faults.size(); ++i) {
    Fault& fault = row_faults[i];
    const auto record = static_cast<uint32_t>(batch.record_of(fault.row));
    const bool same_row = i > 0 && row_faults[i - 1].row == fault.row;
    if (!same_row) {
      const bool same_record = fault.row > 0 && batch.record_of(fault.row - 1) == record;
      element = 0;
      for (size_t row = fault.row; same_record && row > 0 && batch.record_of(row - 1) == record; --row) ++element;
    }
    keep[fault.row] = false;
    faults.push_back({record, element, step, std::move(fault.rule), std::move(fault.reason)});
  }
  ledger.quarantined += remove_rows(batch, keep);
  std::stable_sort(faults.begin(), faults.end(), [](const RecordFault& a, const RecordFault& b) {
    return std::tie(a.record, a.element) < std::tie(b.record, b.element);
  });
}

void Passage::leave_wanted_elements(Batch& batch) {
  if (batch.origin->element.empty()) return;
  std::vector<bool> keep(batch.rows, true);
  std::vector<bool> found(batch.origin->records(), false);
  std::vector<uint64_t> unwanted(batch.origin->records(), 0);
  int32_t element = 0;
  for (size_t row = 0; row < batch.rows; ++row) {
    const size_t record = batch.record_of(row);
    element = row > 0 && batch.record_of(row - 1) == record ? element + 1 : 0;
    const int32_t wanted = batch.origin->element[record];
    keep[row] = wanted < 0 || wanted == element;
    if (keep[row]) found[record] = true;
  }
  batch.alive_rows().for_each([&](size_t row) { unwanted[batch.record_of(row)] += keep[row] ? 0 : 1; });
  remove_rows(batch, keep);
  for (size_t record = 0; record < unwanted.size(); ++record) {
    if (unwanted[record] == 0) continue;
    // A record that comes apart into fewer rows than before has lost the one that was wanted.
    if (!found[record]) ++ledger.filtered;
    ledger.made -= unwanted[record] - (found[record] ? 0 : 1);
  }
}

void Passage::stop(Error error) {
  if (!stopped) stopped = std::move(error);
}

}  // namespace millrace
