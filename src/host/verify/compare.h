#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/verify/contents.h"

namespace millrace {

// Of two sides: [0] what is verified, [1] what it is verified against.
template <typename T>
using Both = std::array<T, 2>;

// A row that is not the same on both sides.
struct RowDifference {
  std::string key;  // "id=7, at=2026-01-02"
  // Columns whose values differ, and both of them; empty: the row is on one side alone.
  std::map<std::string, Both<std::string>> columns;
  int only = -1;  // the side that has it; -1: both
};

struct TableDifferences {
  Both<uint64_t> rows{};
  Both<uint64_t> only{};                // rows that the other side has not
  uint64_t different = 0;               // rows of both with other values
  std::vector<RowDifference> examples;  // the first few of each kind
  bool same() const { return only[0] + only[1] + different == 0; }
};

struct CompareOptions {
  std::set<std::string> except;  // columns that need not be the same
  size_t examples = 5;           // of each kind
};

// One table of both, in two passes over each at most; 32 bytes of memory a row.
Result<TableDifferences> compare_tables(const Both<const Contents*>& sides, const Both<std::string>& tables,
                                        const TableDeclaration& declared, const TableDeclaration& other,
                                        const CompareOptions& options);

struct QuarantineDifferences {
  Both<uint64_t> records{};
  Both<uint64_t> only{};  // records, with their faults, that the other side has not
  // The faults of such a record, and on which side.
  std::vector<std::pair<int, std::string>> examples;
  bool same() const { return only[0] + only[1] == 0; }
};

Result<QuarantineDifferences> compare_quarantines(const Both<const Contents*>& sides, const Both<const FlowPlan*>& flow,
                                                  const CompareOptions& options);

}  // namespace millrace
