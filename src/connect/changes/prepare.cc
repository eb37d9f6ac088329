#include "connect/changes/prepare.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/spelling.h"
#include "connect/changes/known_pipeline.h"
#include "connect/changes/removal.h"
#include "connect/changes/step_states.h"
#include "flow/step.h"

namespace millrace {
namespace {

Status prepare(TopicStore& topics, const TopicDeclaration& topic) {
  const auto there = topics.describe(topic.name);
  if (!there.ok()) return topics.create_topic(topic.name, topic.config);
  return there->config == topic.config ? Status() : topics.change_topic(topic.name, topic.config);
}

Status alter(TableStore& tables, const TableSpec& table, const TableChange& change) {
  const auto altered = tables.alter_table(table.keyspace, table.name, change);
  return altered.ok() ? Status() : altered.error();
}

Status create(TableStore& tables, const TableSpec& table) {
  const auto keyspaces = tables.keyspaces();
  if (std::find(keyspaces.begin(), keyspaces.end(), table.keyspace) == keyspaces.end()) {
    TRY_STATUS(tables.create_keyspace(table.keyspace));
  }
  const auto created = tables.create_table(table);
  return created.ok() ? Status() : created.error();
}

// A table that is there may get new columns, and columns new names. What is wrong beyond that has been refused.
Status prepare(TableStore& tables, const TableDeclaration& table) {
  const auto there = tables.table(table.spec.keyspace, table.spec.name);
  if (!there.ok()) return create(tables, table.spec);
  for (const auto& [now, before] : table.renamed) {
    if ((*there)->find(now) != nullptr || (*there)->find(before) == nullptr) continue;
    TRY_STATUS(alter(tables, table.spec, RenameColumn{before, now}));
  }
  TRY(known, tables.table(table.spec.keyspace, table.spec.name));
  for (const ColumnDef& column : table.definition->columns) {
    if (known->find(column.name) == nullptr) {
      TRY_STATUS(alter(tables, table.spec, AddColumn{column.name, column.type}));
    }
  }
  return known->ttl_s == table.spec.ttl_s ? Status() : alter(tables, table.spec, ChangeTtl{table.spec.ttl_s});
}

Status prepare(Home& home, const PipelinePlan& plan) {
  for (const TopicDeclaration& topic : plan.declarations.topics()) {
    if (topic.system != nullptr) continue;
    if (auto status = prepare(home.topics(), topic); !status.ok()) {
      return status.error().with_context(fmt::format("topic {}", topic.name));
    }
  }
  for (const TableDeclaration& table : plan.declarations.tables()) {
    if (table.system != nullptr) continue;
    if (auto status = prepare(home.tables(), table); !status.ok()) {
      return status.error().with_context(fmt::format("table {}", table.name));
    }
  }
  return {};
}

// What is known of a pipeline when this plan has been started: what has gone from it, and is there, stays known.
KnownPipeline now_known(const PipelinePlan& plan, KnownPipeline known, const std::vector<Change>& changes) {
  KnownPipeline now;
  for (const FlowPlan& flow : plan.flows) now.flows[flow.id] = {.name = flow.name, .shape = flow.shape};
  for (const TopicDeclaration& topic : plan.declarations.topics()) {
    if (topic.file.empty() && topic.system == nullptr) now.topics.insert(topic.name);
  }
  for (const TableDeclaration& table : plan.declarations.tables()) {
    if (table.file.empty() && table.system == nullptr) now.tables.insert(table.definition->full_name());
  }
  for (const Change& change : changes) {
    if (change.what != Change::What::kGone) continue;
    const std::string id = change.name.substr(std::min(change.name.size(), plan.name.size() + 1));
    if (change.kind == "flow" && known.flows.contains(id)) now.flows.insert(known.flows.extract(id));
    if (change.kind == "topic" && known.topics.contains(change.name)) now.topics.insert(change.name);
    if (change.kind == "table" && known.tables.contains(change.name)) now.tables.insert(change.name);
  }
  return now;
}

// In one commit, and only when something is other than it was.
Status remember(Home& home, std::span<const PipelinePlan* const> plans, const std::vector<Change>& changes) {
  Commit commit;
  bool any = false;
  TRY(known, known_pipelines(home));
  const auto note = [&](const std::string& key, const std::string& text) {
    if (home.topics().note(key) == text) return;
    commit.note(key, text);
    any = true;
  };
  for (const PipelinePlan* plan : plans) {
    note(known_pipeline_key(plan->name), now_known(*plan, known[plan->name], changes).to_text());
    for (const TopicDeclaration& topic : plan->declarations.topics()) {
      if (topic.system != nullptr) continue;
      TRY(before, known_topic(home, topic.name));
      KnownTopic now{.value = topic.value, .columns = topic.columns};
      if (!now.columns && before) now.columns = before->columns;
      now.key = topic.key.value_or(before ? before->key : "");
      note(known_topic_key(topic.name), now.to_text());
    }
  }
  if (!any) return {};
  if (auto receipt = home.topics().submit(commit); !receipt.ok()) return receipt.error();
  return home.topics().sync();
}

// What stands in the way, a line each; empty: nothing.
std::string refused(const std::vector<Change>& changes, const Agreed& agreed) {
  std::string lines;
  for (const Change& change : changes) {
    const bool loss_is_fine = agreed.all_losses || agreed.losses.contains(change.id());
    for (const ChangeDetail& detail : change.details) {
      const bool loss = detail.consequence == Consequence::kLoss && !loss_is_fine;
      if (!loss && detail.consequence != Consequence::kImpossible) continue;
      lines += fmt::format("\n  {} {}: {}", change.kind, change.name, detail.text);
    }
  }
  return lines;
}

// What would make the rest go.
std::string way_out(std::span<const PipelinePlan* const> plans, const std::vector<Change>& changes) {
  std::vector<std::string> files;
  for (const PipelinePlan* plan : plans) files.push_back(plan->file);
  std::string allow;
  for (const Change& change : changes) {
    if (change.has(Consequence::kLoss)) allow += fmt::format(" --allow {}", change.id());
  }
  const std::string plan = fmt::format("\n`millrace plan {}` shows all of it", fmt::join(files, " "));
  if (allow.empty()) return plan;
  return fmt::format("{}; `millrace apply {}{}` does what loses something", plan, fmt::join(files, " "), allow);
}

Status check_agreed(const std::vector<Change>& changes, const Agreed& agreed) {
  std::vector<std::string> losses;
  std::vector<std::string> gone;
  for (const Change& change : changes) {
    if (change.has(Consequence::kLoss)) losses.push_back(change.id());
    if (change.what == Change::What::kGone) gone.push_back(change.id());
  }
  const auto check = [](const std::set<std::string>& said, const std::vector<std::string>& known,
                        std::string_view what) -> Status {
    for (const std::string& id : said) {
      if (std::find(known.begin(), known.end(), id) != known.end()) continue;
      const auto near = nearest_spelling(id, known);
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("the plan has no '{}' that {}{}", id, what,
                               near            ? fmt::format("; did you mean {}?", *near)
                               : known.empty() ? "; there is nothing of that kind"
                                               : fmt::format("; there are: {}", fmt::join(known, ", "))));
    }
    return {};
  };
  TRY_STATUS(check(agreed.losses, losses, "loses something"));
  return check(agreed.removals, gone, "has gone");
}

// What steps remember that the flow does not have any more.
Status forget_steps(Home& home, const PipelinePlan& plan) {
  for (const FlowPlan& flow : plan.flows) {
    TRY(steps, remembered_steps(home.tables(), plan.id_of(flow)));
    for (const std::string& step : steps) {
      const bool kept = std::any_of(flow.steps.begin(), flow.steps.end(), [&](const auto& one) {
        const auto* ordered = dynamic_cast<const OrderedStep*>(one.get());
        return ordered != nullptr && ordered->state_name() == step;
      });
      if (!kept) TRY_STATUS(forget_step(home.tables(), plan.id_of(flow), step));
    }
  }
  return {};
}

}  // namespace

Status prepare_home(Home& home, std::span<const PipelinePlan* const> plans, const Clock& clock) {
  TRY(changes, changes_of(&home, plans, clock));
  if (const std::string why = refused(changes, {}); !why.empty()) {
    return Error(ErrorCode::kInvalidSpec, fmt::format("the data directory {} is not as the file has it:{}{}",
                                                      home.directory(), why, way_out(plans, changes)));
  }
  for (const PipelinePlan* plan : plans) TRY_STATUS(prepare(home, *plan));
  return remember(home, plans, changes);
}

Status apply_changes(Home& home, std::span<const PipelinePlan* const> plans, const std::vector<Change>& changes,
                     const Agreed& agreed) {
  TRY_STATUS(check_agreed(changes, agreed));
  if (const std::string why = refused(changes, agreed); !why.empty()) {
    return Error(ErrorCode::kInvalidSpec, fmt::format("nothing has been done, since this would lose something or "
                                                      "cannot be done:{}",
                                                      why));
  }
  for (const PipelinePlan* plan : plans) TRY_STATUS(prepare(home, *plan));
  for (const PipelinePlan* plan : plans) TRY_STATUS(forget_steps(home, *plan));
  for (const Change& change : changes) {
    if (agreed.removals.contains(change.id())) TRY_STATUS(remove_gone(home, change));
  }
  std::vector<Change> left = changes;
  std::erase_if(left, [&](const Change& change) { return agreed.removals.contains(change.id()); });
  return remember(home, plans, left);
}

}  // namespace millrace
