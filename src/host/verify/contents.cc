#include "host/verify/contents.h"

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/assert.h"
#include "connect/home/topic.h"
#include "flow/query/select.h"
#include "flow/scope.h"
#include "flow/settings.h"
#include "flow/system.h"

namespace millrace {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;

std::string quoted(std::string_view name) { return fmt::format("\"{}\"", name); }

std::vector<std::string> quoted(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  all.reserve(names.size());
  for (const std::string& name : names) all.push_back(quoted(name));
  return all;
}

std::string text_at(const Column& column, size_t row) {
  return column.is_null(row) ? "null" : format_value(column, row);
}

std::vector<std::string> texts_at(const Batch& batch, size_t begin, size_t end, size_t row) {
  std::vector<std::string> texts;
  for (size_t i = begin; i < end; ++i) texts.push_back(text_at(batch.columns[i], row));
  return texts;
}

// The topic as a flow would read it, from its beginning to its end as of now, wherever it is.
Result<std::unique_ptr<SourcePlan>> topic_as_source(const Contents& contents, const std::string& topic) {
  Declarations declarations = contents.plan.declarations;
  Diagnostics diagnostics;
  const Node name{.kind = Node::Kind::kScalar, .text = topic, .quoted = true};
  const auto settings = Settings::read(kTopicSource.about, name, diagnostics);
  MILLRACE_ASSERT(settings.has_value(), topic);
  auto plan = kTopicSource.make(*settings, declarations, diagnostics);
  if (plan != nullptr) return plan;
  return Error(ErrorCode::kInvalidSpec, diagnostics.all().at(0).message);
}

}  // namespace

std::vector<std::string> key_of(const TableSpec& table) {
  std::vector<std::string> key = table.partition_key;
  for (const ClusteringSpec& column : table.clustering_key) key.push_back(column.name);
  return key;
}

Status read_rows(const Contents& contents, const std::string& table, const TableDeclaration& beside,
                 const std::vector<std::string>& columns, const TakeRow& take) {
  const std::vector<std::string> key = key_of(beside.spec);
  std::vector<std::string> wanted = key;
  wanted.insert(wanted.end(), columns.begin(), columns.end());
  const size_t dot = table.find('.');
  MILLRACE_ASSERT(dot != std::string::npos, "a table has its keyspace in its name");
  const std::string statement = fmt::format("SELECT {} FROM {}.{}", fmt::join(quoted(wanted), ", "),
                                            quoted(table.substr(0, dot)), quoted(table.substr(dot + 1)));
  const auto take_batch = [&](const Batch& batch) -> Status {
    for (size_t row = 0; row < batch.rows; ++row) {
      TRY_STATUS(take({.key = texts_at(batch, 0, key.size(), row),
                       .values = texts_at(batch, key.size(), batch.columns.size(), row)}));
    }
    return {};
  };
  if (beside.system != nullptr) return beside.system->tables()->select(statement, take_batch);
  return run_select(contents.home.tables(), statement, take_batch);
}

Status read_quarantine(const Contents& contents, const FlowPlan& flow,
                       const std::function<Status(QuarantinedTexts record)>& take) {
  TRY(plan, topic_as_source(contents, flow.quarantine->topic()));
  Slots slots;
  Scope scope(slots, plan->schema());
  const auto slot_of = [&](std::string_view name) { return static_cast<size_t>(scope.find(name)->slot); };
  const size_t of_flow = slot_of("flow");
  const size_t faults = slot_of("faults");
  const size_t text = slot_of("record");
  const size_t base64 = slot_of("record_base64");
  const RunContext run{.flow = flow.name,
                       .run_id = "verify",
                       .clock = &contents.clock,
                       .files = &contents.files,
                       .piece_bytes = kPieceBytes,
                       .topics = &contents.home.topics(),
                       .schemas = &contents.home.schemas()};
  TRY(source, plan->open(slots, run));
  while (true) {
    TRY(piece, source->next());
    if (!piece) return {};
    Passage passage(0, 0);
    const Batch batch = source->decode(std::move(*piece), passage);
    if (!passage.faults.empty()) {
      return Error(ErrorCode::kCorruption, fmt::format("{} has a record that is none of a quarantine: {}",
                                                       plan->place(), passage.faults[0].reason));
    }
    for (size_t row = 0; row < batch.rows; ++row) {
      if (text_at(batch.columns[of_flow], row) != flow.id) continue;
      const size_t bytes = batch.columns[text].is_null(row) ? base64 : text;
      TRY_STATUS(take({.bytes = text_at(batch.columns[bytes], row), .faults = text_at(batch.columns[faults], row)}));
    }
  }
}

}  // namespace millrace
