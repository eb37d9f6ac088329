#include "flow/spec/flow_plan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/files.h"
#include "flow/quarantine_record.h"
#include "flow/run_times.h"
#include "flow/spec/keys.h"
#include "flow/spec/timing.h"

namespace millrace {
namespace {

// `{ file: {...}, columns: {...} }`: the component, and its settings with those that stand beside it.
template <typename T>
struct Chosen {
  const T* component = nullptr;
  const Node* key = nullptr;
  Node settings;
};

class FlowPlanner {
 public:
  FlowPlanner(const Catalog& catalog, Declarations& declarations, Diagnostics& diagnostics)
      : catalog_(catalog), declarations_(declarations), diagnostics_(diagnostics) {}

  std::optional<FlowPlan> run(const Node& name, const Node& flow) {
    const size_t errors_before = diagnostics_.errors();
    plan_.name = name.text;
    plan_.place = name.place;
    plan_.id = name.text;
    plan_.shape = FlowShape::of(flow);
    std::vector<std::string_view> keys = {"from", "steps", "to", "quarantine", "raw", "id"};
    for (const std::string_view key : timing_keys()) keys.push_back(key);
    if (!check_keys(flow, fmt::format("flow '{}'", name.text), keys, diagnostics_)) return std::nullopt;
    if (const Node* id = flow.find("id")) {
      if (const std::string* text = text_of(*id, "'id'", diagnostics_)) plan_.id = *text;
    }
    plan_.timing = read_timing(flow, diagnostics_);
    source(name, flow.find("from"));
    scope_.emplace(plan_.slots, plan_.source == nullptr ? SourceSchema{} : plan_.source->schema());
    if (plan_.source == nullptr) scope_->lose_track();
    if (const Node* list = flow.find("steps")) steps(*list);
    if (!scope_->lost()) output(name);
    sinks(name, flow.find("to"));
    quarantine(flow);
    commit_with_quarantine();
    remember(name);
    reads();
    if (const Node* given = flow.find("raw"); given != nullptr && !given->is_null()) raw(*given);
    at_once(flow);
    if (const Node* from = flow.find("from")) only_copy(*from, flow.find("steps"));
    if (diagnostics_.errors() != errors_before) return std::nullopt;
    return std::move(plan_);
  }

 private:
  template <typename T>
  const T* component(std::span<const T> all, std::string_view name) const {
    const auto found = std::find_if(all.begin(), all.end(), [&](const T& one) { return one.about.name == name; });
    return found == all.end() ? nullptr : &*found;
  }

  template <typename T>
  static std::vector<std::string_view> names(std::span<const T> all) {
    std::vector<std::string_view> names;
    for (const T& one : all) names.push_back(one.about.name);
    return names;
  }

  // Keys beside the component's own are settings of it, except those in `apart`.
  template <typename T>
  std::optional<Chosen<T>> choose(const Node& node, std::string_view where, std::span<const T> all,
                                  const std::vector<std::string_view>& apart) {
    const std::string kind(component_kind_name(all[0].about.kind));
    if (node.is_scalar()) {
      diagnostics_.error(node.place, fmt::format("'{}' names a {} and its settings", where, kind),
                         fmt::format("for example {}: {{ {} }}", where, all[0].about.example));
      return std::nullopt;
    }
    if (!node.is_map() || node.entries.empty()) {
      diagnostics_.error(node.place, fmt::format("'{}' is a map with a {} in it", where, kind),
                         fmt::format("for example {}: {{ {} }}", where, all[0].about.example));
      return std::nullopt;
    }
    Chosen<T> chosen;
    for (const auto& [key, value] : node.entries) {
      const T* found = component(all, key.text);
      if (found != nullptr && chosen.component != nullptr) {
        diagnostics_.error(key.place, fmt::format("'{}' has a {} already: {}", where, kind, chosen.key->text),
                           "take one of them away");
        return std::nullopt;
      }
      if (found != nullptr) {
        chosen.component = found;
        chosen.key = &key;
        chosen.settings = value;
      }
    }
    if (chosen.component == nullptr) {
      unknown_connector(node, where, kind, names(all), apart);
      return std::nullopt;
    }
    for (const auto& [key, value] : node.entries) {
      if (&key == chosen.key || std::find(apart.begin(), apart.end(), key.text) != apart.end()) continue;
      add_sibling(chosen, key, value, where);
    }
    return chosen;
  }

  void unknown_connector(const Node& node, std::string_view where, const std::string& kind,
                         const std::vector<std::string_view>& known, const std::vector<std::string_view>& apart) {
    for (const auto& [key, value] : node.entries) {
      if (std::find(apart.begin(), apart.end(), key.text) != apart.end()) continue;
      diagnostics_.error(key.place, fmt::format("there is no {} '{}'", kind, key.text), hint_among(key.text, known));
      return;
    }
    diagnostics_.error(node.place, fmt::format("'{}' has no {}", where, kind),
                       fmt::format("there are: {}", fmt::join(known, ", ")));
  }

  template <typename T>
  void add_sibling(Chosen<T>& chosen, const Node& key, const Node& value, std::string_view where) {
    const Component& about = chosen.component->about;
    std::vector<std::string_view> fields;
    for (const FieldDescription& field : about.fields) fields.push_back(field.name);
    if (std::find(fields.begin(), fields.end(), key.text) == fields.end()) {
      diagnostics_.error(key.place, fmt::format("'{}' has no '{}'", where, key.text), hint_among(key.text, fields));
      return;
    }
    Node& settings = chosen.settings;
    if (!settings.is_map() && !about.shorthand.empty() && !settings.is_null()) {
      Node map{.kind = Node::Kind::kMap, .place = settings.place};
      map.entries.emplace_back(
          Node{.kind = Node::Kind::kScalar, .place = settings.place, .text = std::string(about.shorthand)},
          std::move(settings));
      settings = std::move(map);
    }
    if (settings.is_null()) settings.kind = Node::Kind::kMap;
    if (settings.find(key.text) != nullptr) {
      diagnostics_.error(key.place, fmt::format("'{}' is in {} already", key.text, about.name), "keep one of them");
      return;
    }
    settings.entries.emplace_back(key, value);
  }

  void source(const Node& name, const Node* from) {
    if (from == nullptr) {
      diagnostics_.error(name.place, fmt::format("flow '{}' has no 'from'", name.text),
                         fmt::format("for example from: {{ {} }}", catalog_.sources[0].about.example));
      return;
    }
    const auto chosen = choose(*from, "from", catalog_.sources, {});
    if (!chosen) return;
    const auto settings = Settings::read(chosen->component->about, chosen->settings, diagnostics_);
    if (!settings) return;
    check_run_times(chosen->component->about, chosen->settings);
    plan_.source_kind = chosen->component->about.name;
    plan_.source = chosen->component->make(*settings, declarations_, diagnostics_);
  }

  // What a component does not fill in for each run has the times of when the file was read: right for one run only.
  void check_run_times(const Component& about, const Node& settings) {
    if (!plan_.timing.scheduled()) return;
    const auto check = [&](std::string_view name, const Node& value) {
      const Node* found = find_run_time(value);
      if (found == nullptr) return;
      const auto field = std::find_if(about.fields.begin(), about.fields.end(),
                                      [&](const FieldDescription& one) { return one.name == name; });
      if (field != about.fields.end() && field->per_run) return;
      diagnostics_.error(
          found->place,
          fmt::format("'{}' of {} is read once, and the times of the run differ from run to run", name, about.name),
          "use _meta.ingested_at in expressions; ${run.start} and ${run.end} are for what a source asks for");
    };
    if (!settings.is_map()) return check(about.shorthand, settings);
    for (const auto& [key, value] : settings.entries) check(key.text, value);
  }

  void steps(const Node& list) {
    if (list.is_null()) return;
    if (!list.is_list()) {
      diagnostics_.error(list.place, "steps is a list", "write each step as `- name: ...` on a line of its own");
      return scope_->lose_track();
    }
    for (const Node& item : list.items) {
      const std::vector<std::string> before = scope_->names();
      const bool was_open = scope_->open();
      const size_t number = plan_.steps.size() + 1;
      if (step(item)) {
        note_gone(before, was_open, number);
      } else if (!shapes_nothing(item)) {
        scope_->lose_track();  // it would have decided which columns there are
      }
    }
  }

  static bool shapes_nothing(const Node& item) {
    if (!item.is_map() || item.entries.empty()) return false;
    const std::string& name = item.entries[0].first.text;
    return name == "where" || name == "expect" || name == "dedupe";
  }

  bool step(const Node& item) {
    const std::vector<std::string_view> known = names(catalog_.steps);
    if (item.is_scalar()) {
      const bool is_step = std::find(known.begin(), known.end(), item.text) != known.end();
      const std::string first = item.text.substr(0, item.text.find(' '));
      diagnostics_.error(item.place, fmt::format("'{}' is a word, and a step is a map", item.text),
                         is_step ? fmt::format("write `- {}: ...`", item.text)
                                 : fmt::format("write `- name: ...`; {}", hint_among(first, known)));
      return false;
    }
    if (!item.is_map() || item.entries.empty()) {
      diagnostics_.error(item.place, "a step is a map of its name to its settings", "for example - where: age >= 18");
      return false;
    }
    const auto& [key, value] = item.entries[0];
    if (item.entries.size() > 1) {
      diagnostics_.error(item.entries[1].first.place, "a step has one name, and this one has more",
                         "put a '- ' in front of each step, and the settings of a step deeper than its name");
      return false;
    }
    const StepComponent* found = component(catalog_.steps, key.text);
    if (found == nullptr) {
      diagnostics_.error(key.place, fmt::format("there is no step '{}'", key.text), hint_among(key.text, known));
      return false;
    }
    Node settings_node = value;
    if (settings_node.is_null() && settings_node.text.empty()) settings_node.place = key.place;
    const auto settings = Settings::read(found->about, settings_node, diagnostics_);
    if (!settings) return false;
    check_run_times(found->about, settings_node);
    const size_t errors_before = diagnostics_.errors();
    StepBinding binding{*scope_, diagnostics_, static_cast<int>(plan_.steps.size()), plan_.checks};
    std::unique_ptr<Step> made = found->make(*settings, binding);
    if (made == nullptr || diagnostics_.errors() != errors_before) return false;
    plan_.step_names.emplace_back(found->about.name);
    plan_.steps.push_back(std::move(made));
    plan_.behind.push_back({scope_->visible(), scope_->open(), scope_->hidden()});
    return true;
  }

  void note_gone(const std::vector<std::string>& before, bool was_open, size_t number) {
    const std::string& step_name = plan_.step_names.back();
    for (const std::string& name : before) {
      const std::vector<std::string> now = scope_->names();
      if (std::find(now.begin(), now.end(), name) != now.end()) continue;
      const std::string how = step_name == "drop" ? "dropped" : step_name == "rename" ? "renamed" : "left out";
      scope_->note_gone(name, fmt::format("it was {} in step {} ({})", how, number, step_name));
    }
    if (was_open && !scope_->open()) {
      for (const SourceColumn& column : plan_.slots.source_columns) {
        if (scope_->find(column.path[0]) != nullptr) continue;
        scope_->note_gone(column.path[0], fmt::format("it was left out in step {} ({})", number, step_name));
      }
    }
  }

  void output(const Node& name) {
    plan_.output = scope_->columns();
    if (scope_->open() && plan_.source->schema().declared.empty()) {
      diagnostics_.error(name.place, fmt::format("flow '{}' never says which columns its records have", name.text),
                         "add a `select` step, or declare `columns:` beside the source");
    } else if (plan_.output.empty()) {
      diagnostics_.error(name.place, fmt::format("no column of flow '{}' is left at its end", name.text),
                         "keep at least one");
    }
  }

  // What steps remember from run to run is in the store of tables, and so has to be what is committed with it.
  void remember(const Node& name) {
    std::vector<std::string> names;
    for (const auto& step : plan_.steps) {
      const auto* ordered = dynamic_cast<const OrderedStep*>(step.get());
      if (ordered == nullptr || ordered->state_name().empty()) continue;
      if (std::find(names.begin(), names.end(), ordered->state_name()) != names.end()) {
        diagnostics_.error(name.place, fmt::format("flow '{}' has two steps that {}", name.text, ordered->state_name()),
                           "keep one of them");
      }
      names.push_back(ordered->state_name());
    }
    if (names.empty()) return;
    if (plan_.keeper == Keeper::kSystem) {
      diagnostics_.error(
          name.place,
          fmt::format("flow '{}' commits in a system, where nothing is remembered for '{}'", name.text, names[0]),
          "leave it to a flow between topics or tables of the embedded home");
    }
    if (plan_.keeper == Keeper::kTopics) plan_.keeper = Keeper::kTables;
  }

  void sinks(const Node& name, const Node* to) {
    if (to == nullptr) {
      diagnostics_.error(name.place, fmt::format("flow '{}' has no 'to'", name.text),
                         fmt::format("for example to: {{ {} }}", catalog_.sinks[0].about.example));
      return;
    }
    if (!to->is_list()) return sink(*to);
    if (to->items.empty()) {
      diagnostics_.error(to->place, "'to' is an empty list",
                         fmt::format("for example to: {{ {} }}", catalog_.sinks[0].about.example));
    }
    for (const Node& item : to->items) sink(item);
  }

  // Who keeps two outputs of one flow; nullopt: nobody can. What is committed on the way cannot wait for what is
  // published at the end, and there is one commit: beside tables, topics get what is theirs once the tables are
  // durable.
  static std::optional<Keeper> together(Keeper one, Keeper other) {
    if (one == other || other == Keeper::kAlong)
      return one == Keeper::kItself && one != other ? std::nullopt : std::optional(one);
    if (one == Keeper::kAlong) return together(other, one);
    const auto in_home = [](Keeper keeper) { return keeper == Keeper::kTopics || keeper == Keeper::kTables; };
    return in_home(one) && in_home(other) ? std::optional(Keeper::kTables) : std::nullopt;
  }

  // The system that has a topic which the flow writes.
  std::shared_ptr<System> system_of(const SinkPlan& sink) const {
    const TopicDeclaration* topic = std::as_const(declarations_).find(sink.topic());
    return topic == nullptr ? nullptr : topic->system;
  }

  void keep(const SinkPlan& sink, Place place) {
    const bool first = plan_.sinks.empty();
    const auto keeper = first ? sink.keeper() : together(plan_.keeper, sink.keeper());
    const auto system = sink.keeper() == Keeper::kSystem ? system_of(sink) : nullptr;
    if (!keeper || (system != nullptr && plan_.system != nullptr && system != plan_.system)) {
      diagnostics_.error(
          place, fmt::format("a flow that writes {} cannot write {} too", plan_.sinks[0].plan->place(), sink.place()),
          "they are not kept in one place: write a topic here, and the other from it, in a flow of its own");
      return;
    }
    plan_.keeper = *keeper;
    if (system != nullptr) plan_.system = system;
  }

  // A flow whose rows go along with another's commit commits where its quarantine is: in a topic, or that has been
  // told.
  void commit_with_quarantine() {
    if (plan_.quarantine == nullptr || plan_.keeper != Keeper::kAlong) return;
    plan_.keeper = plan_.quarantine->keeper();
    plan_.system = plan_.keeper == Keeper::kSystem ? system_of(*plan_.quarantine) : nullptr;
  }

  // Of the topics that it reads, those that lie where it commits.
  void reads() {
    if (plan_.keeper != Keeper::kSystem || plan_.source == nullptr) return;
    for (const std::string& name : plan_.source->topics()) {
      const TopicDeclaration* topic = std::as_const(declarations_).find(name);
      if (topic != nullptr && topic->system == plan_.system) plan_.reads.push_back(name);
    }
  }

  void sink(const Node& node) {
    const auto chosen = choose(node, "to", catalog_.sinks, {"where"});
    if (!chosen) return;
    PlannedSink planned;
    if (const Node* where = node.find("where")) {
      planned.where = compile_condition(*where, *scope_, diagnostics_);
      planned.where_text = where->text;
    }
    planned.plan = make_sink(*chosen, plan_.output);
    if (planned.plan == nullptr) return;
    keep(*planned.plan, node.place);
    // Columns that only a `where` reads are read all the same; what is written stays.
    if (chosen->component->about.name == "file" && first_file_.empty()) first_file_ = planned.plan->place();
    plan_.sinks.push_back(std::move(planned));
  }

  std::unique_ptr<SinkPlan> make_sink(const Chosen<SinkComponent>& chosen, const std::vector<VisibleColumn>& columns) {
    const auto settings = Settings::read(chosen.component->about, chosen.settings, diagnostics_);
    check_run_times(chosen.component->about, chosen.settings);
    return settings ? chosen.component->make(*settings, columns, declarations_, diagnostics_) : nullptr;
  }

  void quarantine(const Node& flow) {
    const std::vector<VisibleColumn> columns = quarantine_columns();
    if (const Node* given = flow.find("quarantine")) {
      const auto chosen = choose(*given, "quarantine", catalog_.sinks, {});
      if (chosen) plan_.quarantine = make_sink(*chosen, columns);
      if (plan_.quarantine != nullptr && !plan_.sinks.empty()) keep(*plan_.quarantine, given->place);
      return;
    }
    const bool in_topic = plan_.keeper != Keeper::kItself;
    const SinkComponent* sink = component(catalog_.sinks, in_topic ? "topic" : "file");
    if (sink == nullptr) return;
    std::string place = in_topic ? declarations_.add_quarantine(plan_.id, system_to_commit_in()) : quarantine_file();
    Chosen<SinkComponent> chosen{.component = sink};
    chosen.settings = {.kind = Node::Kind::kMap, .place = flow.place};
    chosen.settings.entries.emplace_back(
        Node{.kind = Node::Kind::kScalar, .text = std::string(sink->about.shorthand)},
        Node{.kind = Node::Kind::kScalar, .place = flow.place, .text = std::move(place), .quoted = true});
    plan_.quarantine = make_sink(chosen, columns);
  }

  // nullopt: not decided by what the flow writes.
  std::optional<std::shared_ptr<System>> system_to_commit_in() const {
    if (plan_.keeper == Keeper::kAlong) return std::nullopt;
    return plan_.system;
  }

  // Payloads are committed with what was made of them, so something has to be committed on the way.
  void raw(const Node& given) {
    if (plan_.source == nullptr) return;
    if (plan_.source->payloads() == nullptr) {
      std::vector<std::string_view> with_payloads;
      for (const SourceComponent& source : catalog_.sources) {
        if (source.has_payloads) with_payloads.push_back(source.about.name);
      }
      diagnostics_.error(given.place, fmt::format("what a {} gives is no payloads to keep", plan_.source_kind),
                         fmt::format("`raw` is for what comes from outside: {}", fmt::join(with_payloads, ", ")));
      return;
    }
    auto topic = declarations_.add_raw(given, diagnostics_);
    if (topic && plan_.keeper == Keeper::kItself && !plan_.sinks.empty()) {
      diagnostics_.error(given.place, "payloads are committed with records, and what a flow into files writes is not",
                         "write a topic here, and the files from it in a flow of its own");
      return;
    }
    if (topic && plan_.keeper == Keeper::kSystem) {
      diagnostics_.error(given.place, "payloads are kept in the embedded home, and this flow commits in a system",
                         "take 'raw' away under this profile: flows: { NAME: { raw: } }");
      return;
    }
    plan_.raw = std::move(topic);
  }

  // Tables have no log of their own, and files are there at the end of a run: after a crash both are read again.
  void only_copy(const Node& from, const Node* steps) {
    if (plan_.source == nullptr || !plan_.source->is_only_copy() || plan_.keeper == Keeper::kTopics) return;
    const bool topics_only = std::all_of(plan_.sinks.begin(), plan_.sinks.end(), [](const PlannedSink& sink) {
      return sink.plan->keeper() == Keeper::kTopics;
    });
    if (topics_only && steps != nullptr) {
      const auto dedupe = std::find_if(steps->items.begin(), steps->items.end(),
                                       [](const Node& step) { return step.find("dedupe") != nullptr; });
      const Place place = dedupe == steps->items.end() ? steps->place : dedupe->entries[0].first.place;
      return diagnostics_.error(
          place, "what this source gives cannot be read again, so the flow that takes it in cannot remember keys",
          "write the topic with that `key`, and dedupe in the flow that reads it");
    }
    diagnostics_.error(from.place, "what this source gives cannot be read again, so a topic has to keep it",
                       "write a topic here, and read it in a flow of its own");
  }

  // What is committed on the way has one position, so that a run that was interrupted can go on.
  void at_once(const Node& flow) {
    if (plan_.timing.at_once == 1 || plan_.keeper == Keeper::kItself) return;
    diagnostics_.error(flow.find("at_once")->place, "runs side by side are for flows that write nothing but files",
                       "take 'at_once' away: what goes to topics and tables is committed at one position of the flow");
  }

  std::string quarantine_file() const {
    const std::string name = plan_.name + ".quarantine.jsonl";
    const bool in_folder = first_file_ != "-" && first_file_.find('/') != std::string::npos;
    return in_folder ? join_path(directory_of(first_file_), name) : name;
  }

  const Catalog& catalog_;
  Declarations& declarations_;
  Diagnostics& diagnostics_;
  FlowPlan plan_;
  std::optional<Scope> scope_;
  std::string first_file_;
};

}  // namespace

std::optional<FlowPlan> plan_flow(const Node& name, const Node& flow, const Catalog& catalog,
                                  Declarations& declarations, Diagnostics& diagnostics) {
  return FlowPlanner(catalog, declarations, diagnostics).run(name, flow);
}

}  // namespace millrace
