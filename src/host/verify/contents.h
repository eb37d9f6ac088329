#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "connect/home/home.h"
#include "flow/plan.h"

namespace millrace {

// A pipeline where a profile has it: what its flows have left there.
struct Contents {
  std::string name;  // "embedded", or the profile
  const PipelinePlan& plan;
  Home& home;
  const Clock& clock;
  FileSystem& files;
};

// A row as texts: of the key, and of all columns, in the order asked for.
struct RowTexts {
  std::vector<std::string> key;
  std::vector<std::string> values;
};
using TakeRow = std::function<Status(RowTexts row)>;

// The columns of a table's key, in its order.
std::vector<std::string> key_of(const TableSpec& table);

// Rows of a table ("keyspace.table"), wherever it is; one that the plan does not declare is looked for where that has
// `beside`, a declared one.
Status read_rows(const Contents& contents, const std::string& table, const TableDeclaration& beside,
                 const std::vector<std::string>& columns, const TakeRow& take);

// What quarantine holds of a flow. Not where: the same record is at another place elsewhere.
struct QuarantinedTexts {
  std::string bytes;
  std::string faults;  // rules and reasons
};
Status read_quarantine(const Contents& contents, const FlowPlan& flow,
                       const std::function<Status(QuarantinedTexts record)>& take);

}  // namespace millrace
