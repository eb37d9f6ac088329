#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "flow/catalog.h"
#include "flow/checks/rule_check.h"
#include "flow/spec/keys.h"
#include "flow/steps/list.h"

namespace millrace {
namespace {

enum class Severity { kWarn, kDrop, kQuarantine, kStop };

constexpr std::array<std::string_view, 4> kSeverities = {"warn", "drop", "quarantine", "stop"};

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "checks",
     .kind = FieldKind::kMap,
     .summary = "One check, or a list of them: `check: columns`, or `rule: expression` with a `name`; each may have "
                "`else` (warn, drop, quarantine or stop) and `at_most`.",
     .example = "[ { required: [id] }, { email: [email], else: warn } ]",
     .required = true},
});

struct Expected {
  std::unique_ptr<Check> check;
  std::string name;
  Severity severity = Severity::kQuarantine;
  size_t index = 0;  // in Passage::checks
};

// What the checks say of one batch, gathered before any row leaves: every check sees the same rows.
class Verdict {
 public:
  explicit Verdict(size_t rows) : good_(rows, true) {}

  void add(const Expected& expected, std::vector<Fault>& faults) {
    for (Fault& fault : faults) {
      if (expected.severity == Severity::kWarn) continue;
      good_[fault.row] = false;
      fault.rule = expected.name;
      if (expected.severity == Severity::kDrop) {
        if (keep_.empty()) keep_.assign(good_.size(), true);
        keep_[fault.row] = false;
      } else if (expected.severity == Severity::kStop) {
        if (!stop_ || fault.row < stop_->row) stop_ = fault;
      } else {
        quarantined_.push_back(std::move(fault));
      }
    }
  }

  void apply(Batch& batch, Passage& passage, int step) {
    if (stop_) {
      const Origin& origin = *batch.origin;
      const size_t record = batch.record_of(stop_->row);
      const std::string place = record < origin.line.size() ? fmt::format(":{}", origin.line[record]) : "";
      passage.stop(Error(ErrorCode::kFailed, fmt::format("check '{}' stops the run: {}{}: {}", stop_->rule,
                                                         origin.source, place, stop_->reason)));
    }
    std::stable_sort(quarantined_.begin(), quarantined_.end(),
                     [](const Fault& a, const Fault& b) { return a.row < b.row; });
    passage.quarantine(batch, step, std::move(quarantined_));
    if (!keep_.empty()) passage.drop(batch, keep_);
  }

  const std::vector<bool>& good() const { return good_; }

 private:
  std::vector<bool> good_;
  std::vector<bool> keep_;  // empty: nothing is dropped
  std::vector<Fault> quarantined_;
  std::optional<Fault> stop_;
};

std::vector<std::string> explain_all(const std::vector<Expected>& all) {
  std::vector<std::string> lines;
  for (const Expected& one : all) {
    const std::string text = one.check->explain();
    lines.push_back(fmt::format("{}{}, else {}", text.starts_with(one.name) ? "" : one.name + ": ", text,
                                kSeverities[static_cast<size_t>(one.severity)]));
  }
  return lines;
}

void count(const Expected& expected, size_t checked, const std::vector<Fault>& faults, Passage& passage) {
  passage.checks[expected.index].checked += checked;
  passage.checks[expected.index].failed += faults.size();
}

void run_unordered(const std::vector<Expected>& all, const Batch& batch, Passage& passage, Verdict& verdict) {
  const Rows rows = batch.alive_rows();
  std::vector<Fault> faults;
  for (const Expected& one : all) {
    if (one.check->ordered() != nullptr) continue;
    faults.clear();
    one.check->run(batch, rows, faults);
    count(one, rows.count(), faults, passage);
    verdict.add(one, faults);
  }
}

class ExpectStep final : public Step {
 public:
  ExpectStep(std::vector<Expected> all, int index) : all_(std::move(all)), index_(index) {}
  void process(Batch& batch, Passage& passage) const override {
    Verdict verdict(batch.rows);
    run_unordered(all_, batch, passage, verdict);
    verdict.apply(batch, passage, index_);
  }
  std::vector<std::string> explain() const override { return explain_all(all_); }

 private:
  std::vector<Expected> all_;
  int index_;
};

// With a check among them that remembers records.
class OrderedExpectStep final : public OrderedStep {
 public:
  OrderedExpectStep(std::vector<Expected> all, int index) : all_(std::move(all)), index_(index) {}

  Result<std::unique_ptr<StepMemory>> start(StepState*) const override {
    auto memory = std::make_unique<Memory>();
    for (const Expected& one : all_) {
      memory->of_check.push_back(one.check->ordered() != nullptr ? one.check->ordered()->start() : nullptr);
    }
    return std::unique_ptr<StepMemory>(std::move(memory));
  }

  void process_in_turn(Batch& batch, Passage& passage, StepMemory& memory, const RestOfFlow&) const override {
    Verdict verdict(batch.rows);
    run_unordered(all_, batch, passage, verdict);
    const Rows rows = batch.alive_rows();
    std::vector<Fault> faults;
    for (size_t i = 0; i < all_.size(); ++i) {
      const OrderedCheck* ordered = all_[i].check->ordered();
      if (ordered == nullptr) continue;
      faults.clear();
      ordered->run_in_turn(batch, rows, verdict.good(), *static_cast<Memory&>(memory).of_check[i], faults);
      count(all_[i], rows.count(), faults, passage);
      verdict.add(all_[i], faults);
    }
    verdict.apply(batch, passage, index_);
  }
  bool runs_rest() const override { return false; }
  std::vector<std::string> explain() const override { return explain_all(all_); }

 private:
  struct Memory final : StepMemory {
    std::vector<std::unique_ptr<StepMemory>> of_check;
  };
  std::vector<Expected> all_;
  int index_;
};

class ExpectMaker {
 public:
  explicit ExpectMaker(StepBinding& binding) : binding_(binding), diagnostics_(binding.diagnostics) {
    for (const CheckComponent& check : all_checks()) names_.push_back(check.about.name);
    names_.push_back("rule");
  }

  void item(const Node& node) {
    if (!node.is_map()) {
      diagnostics_.error(node.place, "a check is a map of its name to its columns",
                         fmt::format("write `- {}: [column]`", node.is_scalar() ? node.text : "required"));
      return;
    }
    const Node* key = nullptr;
    const Node* value = nullptr;
    for (const auto& [name, setting] : node.entries) {
      if (name.text == "name" || name.text == "else" || name.text == "at_most") continue;
      if (std::find(names_.begin(), names_.end(), name.text) == names_.end()) {
        diagnostics_.error(name.place, fmt::format("there is no check '{}'", name.text), hint_among(name.text, names_));
        return;
      }
      if (key != nullptr) {
        diagnostics_.error(name.place, fmt::format("this check is a {} already", key->text),
                           "put a '- ' in front of each check");
        return;
      }
      key = &name;
      value = &setting;
    }
    if (key == nullptr) {
      diagnostics_.error(node.place, "here is no check", hint_among("", names_));
      return;
    }
    make(node, *key, *value);
  }

  std::vector<Expected> take() { return std::move(all_); }

 private:
  void make(const Node& node, const Node& key, const Node& value) {
    const Node* name_node = node.find("name");
    std::string name;
    if (name_node != nullptr) {
      if (const std::string* text = text_of(*name_node, "'name'", diagnostics_)) name = *text;
    }
    CheckInfo info{.name = name, .severity = "quarantine", .at_most = std::nullopt, .step = binding_.index};
    const Severity severity = severity_of(node.find("else"), info);
    limit_of(node.find("at_most"), info);
    if (key.text == "rule") {
      if (name_node == nullptr) {
        diagnostics_.error(key.place, "a rule needs a name", "the name is counted by: { name: adult, rule: \"...\" }");
      }
      if (!value.is_scalar()) {
        diagnostics_.error(value.place, "a rule is one expression", "quote it, or write it as a block: rule: |");
        return;
      }
      auto rule = make_rule(value, name, binding_.scope, diagnostics_);
      if (rule != nullptr) add(std::move(rule), name, severity, info);
      return;
    }
    const auto checks = all_checks();
    const auto found = std::find_if(checks.begin(), checks.end(),
                                    [&](const CheckComponent& one) { return one.about.name == key.text; });
    Node settings_node = value;
    if (settings_node.is_null()) settings_node.place = key.place;
    const auto settings = Settings::read(found->about, settings_node, diagnostics_);
    if (!settings) return;
    auto made = found->make(*settings, binding_.scope, diagnostics_);
    const bool several = made.size() > 1;
    for (auto& check : made) {
      const std::string own = check->name();
      const std::string column = own.substr(own.find(' ') + 1);
      add(std::move(check), name.empty() ? own : several ? fmt::format("{} {}", name, column) : name, severity, info);
    }
  }

  Severity severity_of(const Node* node, CheckInfo& info) {
    if (node == nullptr) return Severity::kQuarantine;
    const auto found = std::find(kSeverities.begin(), kSeverities.end(), node->text);
    if (found == kSeverities.end()) {
      diagnostics_.error(node->place, fmt::format("'else' cannot be '{}'", node->text),
                         hint_among(node->text, {kSeverities.begin(), kSeverities.end()}));
      return Severity::kQuarantine;
    }
    info.severity = *found;
    return static_cast<Severity>(found - kSeverities.begin());
  }

  void limit_of(const Node* node, CheckInfo& info) {
    if (node == nullptr) return;
    info.at_most = parse_limit(node->text);
    if (!info.at_most) {
      diagnostics_.error(node->place, fmt::format("'at_most' is a limit, not '{}'", node->text),
                         "for example 1%, 100 or 1% per 10m");
    }
  }

  void add(std::unique_ptr<Check> check, std::string name, Severity severity, CheckInfo info) {
    info.name = name;
    all_.push_back({std::move(check), std::move(name), severity, binding_.checks.size()});
    binding_.checks.push_back(std::move(info));
  }

  StepBinding& binding_;
  Diagnostics& diagnostics_;
  std::vector<std::string_view> names_;
  std::vector<Expected> all_;
};

std::unique_ptr<Step> make_expect(const Settings& settings, StepBinding& binding) {
  const size_t errors_before = binding.diagnostics.errors();
  const Node& checks = settings.node("checks");
  ExpectMaker maker(binding);
  if (checks.is_list() && checks.items.empty()) {
    binding.diagnostics.error(checks.place, "'expect' has no checks", "for example expect: [ { required: [id] } ]");
  }
  if (checks.is_list()) {
    for (const Node& item : checks.items) maker.item(item);
  } else {
    maker.item(checks);
  }
  if (binding.diagnostics.errors() != errors_before) return nullptr;
  std::vector<Expected> all = maker.take();
  const bool ordered =
      std::any_of(all.begin(), all.end(), [](const Expected& one) { return one.check->ordered() != nullptr; });
  if (ordered) return std::make_unique<OrderedExpectStep>(std::move(all), binding.index);
  return std::make_unique<ExpectStep>(std::move(all), binding.index);
}

}  // namespace

const StepComponent kExpectStep = {
    .about = {.kind = ComponentKind::kStep,
              .name = "expect",
              .summary = "Checks records: what does not pass is counted, and by `else` dropped, quarantined, or stops "
                         "the run.",
              .details = "All checks see all records; a record that fails several is quarantined once, with all of "
                         "them. `at_most` fails the run when more do not pass.",
              .shorthand = "checks",
              .fields = kFields,
              .example = "expect:\n  - required: [id]\n  - { name: adult, rule: \"age >= 18\", else: warn }"},
    .make = make_expect};

}  // namespace millrace
