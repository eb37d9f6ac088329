// Of flows: where they begin or go on, what they do, what they leave behind.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "connect/changes/comparison.h"
#include "connect/changes/step_states.h"
#include "connect/home/home_transaction.h"
#include "connect/home/run_history.h"
#include "flow/step.h"

namespace millrace {
namespace {

// Which lines of two lists are not in both, in an order that fits both: the longest common part stays.
std::vector<ChangeDetail> differences(const std::vector<std::string>& before, const std::vector<std::string>& now) {
  std::vector<std::vector<size_t>> common(before.size() + 1, std::vector<size_t>(now.size() + 1, 0));
  for (size_t i = before.size(); i-- > 0;) {
    for (size_t j = now.size(); j-- > 0;) {
      common[i][j] = before[i] == now[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::vector<ChangeDetail> out;
  for (size_t i = 0, j = 0; i < before.size() || j < now.size();) {
    if (i < before.size() && j < now.size() && before[i] == now[j]) {
      ++i, ++j;
    } else if (j == now.size() || (i < before.size() && common[i + 1][j] >= common[i][j + 1])) {
      out.push_back({'-', fmt::format("step {}", before[i++])});
    } else {
      out.push_back({'+', fmt::format("step {}", now[j++])});
    }
  }
  return out;
}

// What the steps of a flow keep from run to run.
std::vector<std::string> kept_by(const FlowPlan& flow) {
  std::vector<std::string> names;
  for (const auto& step : flow.steps) {
    const auto* ordered = dynamic_cast<const OrderedStep*>(step.get());
    if (ordered != nullptr && !ordered->state_name().empty()) names.push_back(ordered->state_name());
  }
  return names;
}

// Of what a flow has read of a topic, in all its partitions.
struct Reading {
  std::string place;  // "users[0] at 12, users[1] at 9"
  uint64_t unread = 0;
};

class FlowComparison {
 public:
  FlowComparison(const HomeComparison& comparison, const PipelinePlan& plan, const FlowPlan& flow)
      : comparison_(comparison), plan_(plan), flow_(flow), id_(plan.id_of(flow)) {}

  Result<Change> run() {
    const auto pipeline = comparison_.known.find(plan_.name);
    if (pipeline != comparison_.known.end()) {
      const auto found = pipeline->second.flows.find(flow_.id);
      if (found != pipeline->second.flows.end()) known_ = &found->second;
    }
    const auto bytes = comparison_.checkpoints.find(id_);
    if (bytes != comparison_.checkpoints.end()) {
      TRY(checkpoint, Checkpoint::from_bytes(bytes->second));
      checkpoint_ = std::move(checkpoint);
    }
    Change change{.kind = "flow", .name = id_};
    if (known_ == nullptr && !checkpoint_) {
      change.what = Change::What::kNew;
      tell('+', begins());
      rename_guess();
    } else {
      if (known_ != nullptr) said();
      position();
      TRY_STATUS(steps());
    }
    change.details = std::move(details_);
    return change;
  }

 private:
  void tell(char sign, std::string text, Consequence consequence = Consequence::kNone) {
    details_.push_back({sign, std::move(text), consequence});
  }

  std::string begins() const {
    if (flow_.keeper == Keeper::kSystem) {
      return fmt::format("reads {}, and goes on where the system that it commits in says", flow_.source->place());
    }
    if (flow_.keeper == Keeper::kItself) {
      return fmt::format("every run reads all of {}", flow_.source->place());
    }
    if (flow_.source->begins_at_end())
      return fmt::format("begins behind the newest record of {}", flow_.source->place());
    if (flow_.source->topics().empty()) return fmt::format("begins at the beginning of {}", flow_.source->place());
    uint64_t records = 0;
    for (const std::string& topic : flow_.source->topics()) {
      if (comparison_.home == nullptr) break;
      if (const auto there = comparison_.home->topics().describe(topic); there.ok()) records += records_in(*there);
    }
    return fmt::format("begins at the oldest record of {}: {} to read", flow_.source->place(),
                       counted(records, "record"));
  }

  // A flow of another name that did the same, and is in the file no more.
  void rename_guess() {
    const auto pipeline = comparison_.known.find(plan_.name);
    if (pipeline == comparison_.known.end()) return;
    for (const auto& [id, known] : pipeline->second.flows) {
      const bool there = std::any_of(plan_.flows.begin(), plan_.flows.end(),
                                     [&, &known_id = id](const FlowPlan& flow) { return flow.id == known_id; });
      if (there || known.shape.from != flow_.shape.from || known.shape.to != flow_.shape.to) continue;
      tell('+', fmt::format("flow {} has gone and did the same: if this is its new name, say `id: {}` and it goes on "
                            "where that one was",
                            id, id));
    }
  }

  // What the file says now, against what it said.
  void said() {
    const FlowShape& before = known_->shape;
    const FlowShape& now = flow_.shape;
    if (known_->name != flow_.name) {
      tell('~', fmt::format("name {}: goes on where it was", from_to(known_->name, flow_.name)));
    }
    if (before.from != now.from) tell('~', fmt::format("from {}", from_to(before.from, now.from)));
    for (ChangeDetail& step : differences(before.steps, now.steps)) details_.push_back(std::move(step));
    if (before.to != now.to) {
      tell('~', fmt::format("to {}: what it has read before is not read again for it",
                            from_to(fmt::format("{}", fmt::join(before.to, ", ")),
                                    fmt::format("{}", fmt::join(now.to, ", ")))));
    }
    for (const auto& [key, text] : now.settings) {
      const auto was = before.settings.find(key);
      if (was == before.settings.end()) {
        tell('+', fmt::format("{}: {}", key, text));
      } else if (was->second != text) {
        tell('~', fmt::format("{} {}", key, from_to(was->second, text)));
      }
    }
    for (const auto& [key, text] : before.settings) {
      if (!now.settings.contains(key)) tell('-', fmt::format("{}: {}", key, text));
    }
  }

  // Whether the flow goes on, and what of its source it would never read.
  void position() {
    if (flow_.keeper == Keeper::kSystem) return tell(' ', begins());
    if (!checkpoint_) {
      if (flow_.keeper != Keeper::kItself && known_ != nullptr && known_->shape.from != flow_.shape.from) {
        tell('~', begins());
      }
      return;
    }
    if (flow_.keeper == Keeper::kItself) {
      tell('~', fmt::format("writes files from now on, so {}; its position and books stay as they are", begins()));
      return;
    }
    const std::vector<std::string> topics = flow_.source->topics();
    std::map<std::string, Reading> read;
    for (const auto& [part, at] : checkpoint_->position) {
      if (const auto where = partition_of_part(part)) add(read[where->topic], *where, part, at.next);
    }
    for (const auto& [topic, reading] : read) {
      if (std::find(topics.begin(), topics.end(), topic) != topics.end()) {
        tell(' ', fmt::format("goes on in topic {}: {}, {} to read", topic, reading.place,
                              counted(reading.unread, "record")));
      } else if (reading.unread == 0) {
        tell('-', fmt::format("topic {} is not read any more; all of it has been", topic));
      } else {
        tell('-',
             fmt::format("topic {} is not read any more: {} would never be read", topic,
                         counted(reading.unread, "record")),
             Consequence::kLoss);
      }
    }
    for (const std::string& topic : topics) {
      if (!read.contains(topic) && !read.empty()) tell('+', begins_in(topic));
    }
    if (topics.empty() && known_ != nullptr && known_->shape.from != flow_.shape.from) {
      tell('~', flow_.source_kind == "file" ? "a file that it knows goes on behind what was read of it; another one is "
                                              "read from its beginning"
                                            : "its next run asks as the file says now");
    }
  }

  std::string begins_in(const std::string& topic) const {
    return fmt::format("begins at the {} of topic {}", flow_.source->begins_at_end() ? "end" : "oldest record", topic);
  }

  void add(Reading& reading, const TopicPartition& where, const std::string& part, uint64_t next) const {
    reading.place += fmt::format("{}{} at {}", reading.place.empty() ? "" : ", ", part, next);
    const auto bounds = comparison_.home->topics().bounds(where.topic, where.partition);
    if (!bounds.ok()) return;  // the topic has gone, with its records
    const int64_t from = std::max(static_cast<int64_t>(next), bounds->log_start);
    reading.unread += static_cast<uint64_t>(std::max<int64_t>(0, bounds->high_water_mark - from));
  }

  Status steps() {
    TRY(remembered, remembered_steps(comparison_.home->tables(), id_));
    const std::vector<std::string> kept = kept_by(flow_);
    for (const std::string& step : remembered) {
      if (std::find(kept.begin(), kept.end(), step) != kept.end()) continue;
      tell('-', fmt::format("what `{}` remembers is of no use any more: `millrace apply` forgets it", step));
    }
    for (const std::string& step : kept) {
      if (!checkpoint_ || std::find(remembered.begin(), remembered.end(), step) != remembered.end()) continue;
      tell('+', fmt::format("`{}` begins with no keys: what has come before is not known to it", step));
    }
    return {};
  }

  const HomeComparison& comparison_;
  const PipelinePlan& plan_;
  const FlowPlan& flow_;
  const std::string id_;
  const KnownPipeline::Flow* known_ = nullptr;
  std::optional<Checkpoint> checkpoint_;
  std::vector<ChangeDetail> details_;
};

// A flow that the file does not have any more.
Status add_gone(HomeComparison& comparison, const std::string& id) {
  Change change{.kind = "flow", .name = id, .what = Change::What::kGone};
  const auto bytes = comparison.checkpoints.find(id);
  if (bytes != comparison.checkpoints.end()) {
    TRY(checkpoint, Checkpoint::from_bytes(bytes->second));
    change.details.push_back({' ', fmt::format("its position and its books stay: {}", checkpoint.ledger.text())});
  }
  TRY(remembered, remembered_steps(comparison.home->tables(), id));
  for (const std::string& step : remembered) {
    change.details.push_back({' ', fmt::format("what `{}` remembers stays", step)});
  }
  TRY(scheduled, RunHistory::knows_flow(comparison.home->tables(), id));
  if (scheduled) change.details.push_back({' ', "its runs stay in the history"});
  if (change.details.empty()) return {};  // there is nothing of it
  add_change(comparison, std::move(change));
  return {};
}

}  // namespace

Status compare_flows(HomeComparison& comparison, const PipelinePlan& plan) {
  std::set<std::string> ids;
  for (const FlowPlan& flow : plan.flows) {
    TRY(change, FlowComparison(comparison, plan, flow).run());
    ids.insert(change.name);
    add_change(comparison, std::move(change));
  }
  std::set<std::string> gone;
  for (const auto& [id, flow] : comparison.known[plan.name].flows) gone.insert(plan.name + "." + id);
  for (const auto& [id, bytes] : comparison.checkpoints) {
    // Where one pipeline's name begins as another's does, their flows are told apart by what is known of both.
    const std::string prefix = plan.name + ".";
    if (id.starts_with(prefix) && id.find('.', prefix.size()) == std::string::npos) gone.insert(id);
  }
  for (const std::string& id : gone) {
    if (!ids.contains(id)) TRY_STATUS(add_gone(comparison, id));
  }
  return {};
}

}  // namespace millrace
