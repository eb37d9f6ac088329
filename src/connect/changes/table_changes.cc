// Of tables: columns, keys, how long rows live.
#include <algorithm>

#include <fmt/format.h>

#include "connect/changes/comparison.h"
#include "flow/settings.h"

namespace millrace {
namespace {

std::string ttl_text(uint32_t ttl_s) {
  return ttl_s == 0 ? std::string("forever") : duration_text(int64_t{ttl_s} * 1'000'000);
}

std::string key_text(const TableDef& table) {
  std::string text;
  for (size_t i = 0; i < table.key_columns(); ++i) {
    const ColumnDef& column = table.columns[i];
    text += fmt::format("{}{}{}",
                        i == 0                         ? ""
                        : i == table.partition_columns ? "; "
                                                       : ", ",
                        column.name, column.descending ? " desc" : "");
  }
  return text;
}

class TableComparison {
 public:
  TableComparison(const TableDeclaration& declared, const TableDef& there) : declared_(declared), there_(there) {}

  std::vector<ChangeDetail> run() {
    const TableDef& now = *declared_.definition;
    for (size_t i = 0; i < now.columns.size(); ++i) column(now.columns[i]);
    if (key_text(now) != key_text(there_)) {
      tell('~',
           fmt::format("key {}: its key is another one in the data directory; write to a table of another name",
                       from_to(key_text(there_), key_text(now))),
           Consequence::kImpossible);
    }
    if (now.ttl_s != there_.ttl_s) {
      tell('~', fmt::format("ttl {}, of rows that are written from now on",
                            from_to(ttl_text(there_.ttl_s), ttl_text(now.ttl_s))));
    }
    return std::move(details_);
  }

  // Columns that the file does not have any more, by whatever name.
  std::vector<const ColumnDef*> gone() const {
    std::vector<const ColumnDef*> gone;
    for (const ColumnDef& column : there_.columns) {
      const bool renamed = std::any_of(declared_.renamed.begin(), declared_.renamed.end(),
                                       [&](const auto& pair) { return pair.second == column.name; });
      const bool taken = renamed && !is_there_already(column.name);
      if (declared_.definition->find(column.name) == nullptr && !taken && column.role == ColumnRole::kRegular) {
        gone.push_back(&column);
      }
    }
    return gone;
  }

 private:
  void tell(char sign, std::string text, Consequence consequence = Consequence::kNone) {
    details_.push_back({sign, std::move(text), consequence});
  }

  // Whether the column that was called so has its new name already.
  bool is_there_already(const std::string& before) const {
    return std::any_of(declared_.renamed.begin(), declared_.renamed.end(),
                       [&](const auto& pair) { return pair.second == before && there_.find(pair.first) != nullptr; });
  }

  const ColumnDef* before(const ColumnDef& now) const {
    if (const ColumnDef* same = there_.find(now.name)) return same;
    for (const auto& [name, was] : declared_.renamed) {
      if (name == now.name) return there_.find(was);
    }
    return nullptr;
  }

  void column(const ColumnDef& now) {
    const ColumnDef* const was = before(now);
    if (was == nullptr) {
      if (now.role == ColumnRole::kRegular) {
        tell('+', fmt::format("column {}: {}, null in the rows that are there", now.name, now.type.text()));
      }
      return;
    }
    if (was->name != now.name) tell('~', fmt::format("column {}: it is renamed", from_to(was->name, now.name)));
    if (!(was->type == now.type)) {
      tell('~',
           fmt::format("column {} is {} in the data directory, and {} in the file; add a column of another name",
                       now.name, was->type.text(), now.type.text()),
           Consequence::kImpossible);
    }
  }

  const TableDeclaration& declared_;
  const TableDef& there_;
  std::vector<ChangeDetail> details_;
};

// By another pipeline, or by a file at hand.
bool is_declared(const HomeComparison& comparison, const std::string& pipeline, const std::string& table) {
  if (std::any_of(comparison.known.begin(), comparison.known.end(),
                  [&](const auto& known) { return known.first != pipeline && known.second.tables.contains(table); })) {
    return true;
  }
  return std::any_of(comparison.plans.begin(), comparison.plans.end(), [&](const PipelinePlan* plan) {
    const auto& tables = plan->declarations.tables();
    return std::any_of(tables.begin(), tables.end(),
                       [&](const TableDeclaration& one) { return one.definition->full_name() == table; });
  });
}

}  // namespace

Status compare_tables(HomeComparison& comparison, const PipelinePlan& plan) {
  for (const TableDeclaration& declared : plan.declarations.tables()) {
    if (declared.system != nullptr) continue;
    const std::string name = declared.definition->full_name();
    Change change{.kind = "table", .name = name};
    const auto there = comparison.home == nullptr
                           ? Result<TableRef>(Error(ErrorCode::kNotFound, "no home"))
                           : comparison.home->tables().table(declared.spec.keyspace, declared.spec.name);
    if (!there.ok()) {
      change.what = Change::What::kNew;
      change.details.push_back({'+', fmt::format("{}, by {}", counted(declared.definition->columns.size(), "column"),
                                                 key_text(*declared.definition))});
      add_change(comparison, std::move(change));
      continue;
    }
    TableComparison compared(declared, **there);
    change.details = compared.run();
    add_change(comparison, std::move(change));
    for (const ColumnDef* column : compared.gone()) {
      add_change(comparison, {.kind = "column",
                              .name = fmt::format("{}.{}", name, column->name),
                              .what = Change::What::kGone,
                              .details = {{' ', "stays, with its values; no flow writes it any more"}}});
    }
  }
  for (const std::string& name : comparison.known[plan.name].tables) {
    const size_t dot = name.find('.');
    if (is_declared(comparison, plan.name, name)) continue;
    const auto there = comparison.home->tables().table(name.substr(0, dot), name.substr(dot + 1));
    if (!there.ok()) continue;
    TRY(stats, comparison.home->tables().stats(*there));
    add_change(comparison,
               {.kind = "table",
                .name = name,
                .what = Change::What::kGone,
                .details = {{' ', fmt::format("stays, with about {}", counted(stats.rows_estimate, "row"))}}});
  }
  return {};
}

}  // namespace millrace
