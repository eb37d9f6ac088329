#include <array>
#include <cstring>
#include <string>
#include <unordered_map>

#include <fmt/format.h>

#include "data/expr/function.h"
#include "data/expr/syntax.h"
#include "flow/steps/evaluate.h"
#include "flow/steps/list.h"

namespace millrace {
namespace {

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "by",
     .kind = FieldKind::kColumns,
     .summary = "The column, or columns, that are the key.",
     .example = "id",
     .required = true},
    {.name = "within",
     .kind = FieldKind::kDuration,
     .summary = "How long a key is remembered, in the time of the records (`time`); without it, for the whole run.",
     .example = "1d"},
    {.name = "time",
     .kind = FieldKind::kColumn,
     .summary = "The timestamp column that `within` is measured in; without it, when the record came in.",
     .example = "registered_date"},
});

// Keys that have come through, and when. Written down as bytes, so that no two different keys are ever taken for the
// same.
class SeenKeys final : public StepMemory {
 public:
  std::unordered_map<std::string, int64_t> last_us;
};

class DedupeStep final : public OrderedStep {
 public:
  DedupeStep(std::vector<int> slots, std::string names, std::optional<int64_t> within_us, int time_slot)
      : slots_(std::move(slots)), names_(std::move(names)), within_us_(within_us), time_slot_(time_slot) {}

  std::unique_ptr<StepMemory> start() const override { return std::make_unique<SeenKeys>(); }
  bool runs_rest() const override { return true; }

  // The first record of a key goes on; only if it comes through everything behind this step has it claimed the key, and
  // the next ones of the batch are duplicates. If not, the next one is the first.
  void process_in_turn(Batch& batch, Passage& passage, StepMemory& memory, const RestOfFlow& rest) const override {
    auto& seen = static_cast<SeenKeys&>(memory).last_us;
    std::vector<std::string> keys(batch.rows);
    std::vector<uint32_t> waiting;
    batch.alive_rows().for_each([&](size_t row) {
      keys[row] = key_of(batch, row);
      waiting.push_back(static_cast<uint32_t>(row));
    });
    std::vector<bool> duplicates(batch.rows, false);
    while (!waiting.empty()) {
      std::vector<uint32_t> going;
      std::vector<uint32_t> next;
      std::unordered_map<std::string_view, int64_t> in_this_round;
      for (const uint32_t row : waiting) {
        const auto known = seen.find(keys[row]);
        if (known != seen.end() && remembered(known->second, time_of(batch, row))) {
          duplicates[row] = true;
        } else if (in_this_round.try_emplace(keys[row], 0).second) {
          going.push_back(row);
        } else {
          next.push_back(row);
        }
      }
      if (!going.empty()) {
        Batch part = batch;
        part.all_alive = going.size() == part.rows;
        part.alive = going;
        part.entry_row.clear();
        const std::vector<bool> through = rest(std::move(part));
        for (const uint32_t row : going) {
          if (through[row]) claim(seen, keys[row], time_of(batch, row));
        }
      }
      waiting = std::move(next);
    }
    std::vector<bool> keep(batch.rows, true);
    for (size_t row = 0; row < batch.rows; ++row) keep[row] = !duplicates[row];
    passage.duplicate(batch, keep);
    batch.all_alive = batch.rows == 0;  // the rest has had them
    batch.alive.clear();
  }

  std::vector<std::string> explain() const override { return {"by " + names_}; }

 private:
  std::string key_of(const Batch& batch, size_t row) const {
    std::string key;
    for (const int slot : slots_) {
      const Column& column = batch.columns[static_cast<size_t>(slot)];
      const std::string value = column.is_null(row) ? std::string() : format_value(column, row);
      const auto length = static_cast<uint32_t>(column.is_null(row) ? UINT32_MAX : value.size());
      key.append(reinterpret_cast<const char*>(&length), sizeof length);
      key += value;
    }
    return key;
  }

  int64_t time_of(const Batch& batch, size_t row) const {
    if (time_slot_ < 0) return batch.origin->ingested_at_us;
    const Column& column = batch.columns[static_cast<size_t>(time_slot_)];
    return column.is_null(row) ? batch.origin->ingested_at_us : column.at<int64_t>(row);
  }

  bool remembered(int64_t then_us, int64_t now_us) const { return !within_us_ || now_us - then_us < *within_us_; }

  static void claim(std::unordered_map<std::string, int64_t>& seen, const std::string& key, int64_t now_us) {
    seen.insert_or_assign(key, now_us);
  }

  std::vector<int> slots_;
  std::string names_;
  std::optional<int64_t> within_us_;
  int time_slot_;
};

std::unique_ptr<Step> make_dedupe(const Settings& settings, StepBinding& binding) {
  const size_t errors_before = binding.diagnostics.errors();
  const auto slot_of = [&](const Node& name) {
    if (const VisibleColumn* column = binding.scope.find(name.text)) return column->slot;
    const auto program = compile_expression(name, binding.scope, binding.diagnostics);
    if (!program) return -1;
    const ParseOutcome parsed = parse_expression(name.text);
    const SyntaxNode& root = *parsed.exprs[0].root;
    const auto found =
        root.kind == SyntaxNode::Kind::kName ? binding.scope.resolve(root.parts) : std::optional<NameResolver::Found>();
    if (found && found->parts == root.parts.size()) return found->column;
    binding.diagnostics.error(name.place, "dedupe takes the names of columns", "compute it in a `with` in front");
    return -1;
  };
  std::vector<int> slots;
  const Node& by = settings.node("by");
  if (by.is_list()) {
    for (const Node& name : by.items) slots.push_back(slot_of(name));
  } else {
    slots.push_back(slot_of(by));
  }
  int time_slot = -1;
  if (settings.has("time")) {
    time_slot = slot_of(settings.node("time"));
    if (time_slot >= 0 &&
        !binding.scope.slots().schema.fields[static_cast<size_t>(time_slot)].type.is(TypeKind::kTimestamp)) {
      binding.diagnostics.error(settings.node("time").place, "`time` names a timestamp column",
                                "make one in a `with` in front, for example seen: to_timestamp(seen)");
    }
  }
  if (binding.diagnostics.errors() != errors_before) return nullptr;
  std::optional<int64_t> within;
  if (settings.has("within")) within = settings.duration_us("within");
  return std::make_unique<DedupeStep>(std::move(slots), fmt::format("{}", fmt::join(settings.texts("by"), ", ")),
                                      within, time_slot);
}

}  // namespace

const StepComponent kDedupeStep = {
    .about = {.kind = ComponentKind::kStep,
              .name = "dedupe",
              .summary = "Lets the first record of a key go on and counts the others as duplicates.",
              .details =
                  "Only a record that passes everything behind the step claims its key: a broken first copy does not "
                  "cost the good second one. The order is the order of the source.",
              .shorthand = "by",
              .fields = kFields,
              .example = "dedupe: { by: id, within: 1d }"},
    .make = make_dedupe};

}  // namespace millrace
