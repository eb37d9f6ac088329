#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/siphash.h"
#include "data/expr/function.h"
#include "data/expr/syntax.h"
#include "flow/checks/value_set.h"
#include "flow/steps/claims.h"
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
     .summary = "How long a key is remembered, in the time of the records (`time`); without it, for good (of a flow "
                "into files: for the whole run).",
     .example = "1d"},
    {.name = "time",
     .kind = FieldKind::kColumn,
     .summary = "The timestamp column that `within` is measured in; without it, when the record came in.",
     .example = "registered_date"},
});

// The records of one batch as the claims know them. Duplicates are decided upon record by record, but rows that go on
// together do so as one part of the batch.
struct Comers {
  std::vector<Claims::Record> records;  // by row
  std::vector<uint32_t> waiting;        // rows
};

class DedupeStep final : public OrderedStep {
 public:
  struct Options {
    std::vector<int> slots;
    std::string names;
    std::optional<int64_t> within_us;
    int time_slot = -1;
  };
  explicit DedupeStep(Options options) : options_(std::move(options)) {}

  Result<std::unique_ptr<StepMemory>> start(StepState* state) const override {
    TRY(claims, Claims::load(state, options_.within_us));
    return std::unique_ptr<StepMemory>(std::move(claims));
  }
  std::string state_name() const override { return "dedupe by " + options_.names; }
  bool runs_rest() const override { return true; }

  // The first record of a key goes on; only if it comes through everything behind this step has it claimed the key, and
  // the next ones of the batch are duplicates. If not, the next one is the first.
  void process_in_turn(Batch& batch, Passage& passage, StepMemory& memory, const RestOfFlow& rest) const override {
    auto& claims = static_cast<Claims&>(memory);
    StateChanges& changes = passage.state[state_name()];
    Comers comers = comers_of(batch, claims);
    std::vector<bool> keep(batch.rows, true);
    Status status;
    while (!comers.waiting.empty() && status.ok()) {
      std::vector<uint32_t> going;
      std::vector<bool> own(batch.rows, false);
      status = choose(comers, claims, going, own, keep);
      if (!status.ok() || going.empty()) break;
      Batch part = batch;
      part.all_alive = going.size() == part.rows;
      part.alive = going;
      part.entry_row.clear();
      const std::vector<bool> through = rest(std::move(part));
      for (const uint32_t row : going) {
        if (through[row] && !own[row] && status.ok()) status = claims.claim(comers.records[row], changes);
      }
    }
    if (!status.ok()) passage.stop(status.error());
    if (!comers.records.empty()) {
      claims.advance(comers.records.back().part, comers.records.back().watermark_us, changes);
    }
    // What a failure has left here has not been read.
    for (const uint32_t row : comers.waiting) keep[row] = false;
    passage.duplicate(batch, keep);
    batch.all_alive = batch.rows == 0;  // the rest has had them
    batch.alive.clear();
  }

  std::vector<std::string> explain() const override { return {"by " + options_.names}; }

 private:
  // Of those that wait: who is a duplicate, who goes on now, and (left waiting) who comes behind one that goes.
  static Status choose(Comers& comers, const Claims& claims, std::vector<uint32_t>& going, std::vector<bool>& own,
                       std::vector<bool>& keep) {
    std::vector<uint32_t> next;
    ValueSet in_this_round(comers.waiting.size() + 1);
    for (const uint32_t row : comers.waiting) {
      const Claims::Record& record = comers.records[row];
      if (in_this_round.contains(record.key)) {
        next.push_back(row);
        continue;
      }
      TRY(holder, claims.holder(record));
      if (holder == Claims::Holder::kOther) {
        keep[row] = false;
        continue;
      }
      own[row] = holder == Claims::Holder::kItself;
      in_this_round.insert(record.key);
      going.push_back(row);
    }
    comers.waiting = std::move(next);
    return {};
  }

  Comers comers_of(const Batch& batch, const Claims& claims) const {
    Comers comers;
    comers.records.resize(batch.rows);
    if (batch.rows == 0) return comers;
    const Origin& origin = *batch.origin;
    const uint64_t source = siphash_128(origin.source, {}).low;
    int64_t watermark_us = claims.watermark_us(origin.partition);
    uint32_t element = 0;
    for (size_t row = 0; row < batch.rows; ++row) {
      const size_t record = batch.record_of(row);
      element = row > 0 && batch.record_of(row - 1) == record ? element + 1 : 0;
      Claims::Record& one = comers.records[row];
      const int64_t came_us = origin.stamp_of(record);
      one.part = origin.partition;
      one.time_us = time_of(batch, row, came_us);
      // A time that is yet to come must not make everything forgotten.
      watermark_us = std::max(watermark_us, std::min(one.time_us, came_us));
      one.watermark_us = watermark_us;
      one.place = place_of(source, origin.offset[record], element);
    }
    batch.alive_rows().for_each([&](size_t row) {
      comers.records[row].key = key_of(batch, row);
      comers.waiting.push_back(static_cast<uint32_t>(row));
    });
    return comers;
  }

  static uint64_t place_of(uint64_t source, uint64_t offset, uint32_t element) {
    uint64_t mixed = source;
    for (const uint64_t part : {offset, uint64_t{element}}) {
      mixed = (mixed ^ part) * 0xff51afd7ed558ccdULL;
      mixed ^= mixed >> 32;
      mixed *= 0xc4ceb9fe1a85ec53ULL;
      mixed ^= mixed >> 29;
    }
    return mixed;
  }

  // One text or whole number as it is; else all values behind one another, each with its length, none for a null. No
  // text begins as these do.
  ValueKey key_of(const Batch& batch, size_t row) const {
    const Column& first = batch.columns[static_cast<size_t>(options_.slots[0])];
    if (options_.slots.size() == 1 && !first.is_null(row)) {
      if (first.type.is(TypeKind::kString)) return ValueKey::of(first.string_at(row));
      if (first.type.is(TypeKind::kBigint)) return ValueKey::of(first.at<int64_t>(row));
      if (first.type.is(TypeKind::kInt)) return ValueKey::of(int64_t{first.at<int32_t>(row)});
    }
    std::string key = "\xff";
    for (const int slot : options_.slots) {
      const Column& column = batch.columns[static_cast<size_t>(slot)];
      const std::string value = column.is_null(row) ? std::string() : format_value(column, row);
      const auto length = static_cast<uint32_t>(column.is_null(row) ? UINT32_MAX : value.size());
      key.append(reinterpret_cast<const char*>(&length), sizeof length);
      key += value;
    }
    return ValueKey::of(key);
  }

  int64_t time_of(const Batch& batch, size_t row, int64_t came_us) const {
    if (options_.time_slot < 0) return came_us;
    const Column& column = batch.columns[static_cast<size_t>(options_.time_slot)];
    return column.is_null(row) ? came_us : column.at<int64_t>(row);
  }

  const Options options_;
};

// Records of one key that are in different partitions do not meet.
void warn_of_partitions(const Node& by, const std::vector<int>& slots, StepBinding& binding) {
  const std::optional<std::string>& spread_by = binding.scope.source().spread_by;
  if (!spread_by) return;
  for (const SourceColumn& column : binding.scope.slots().source_columns) {
    const bool is_key = column.path.size() == 1 && column.path[0] == *spread_by;
    if (is_key && std::find(slots.begin(), slots.end(), column.slot) != slots.end()) return;
  }
  const std::string how = spread_by->empty() ? "without a key" : fmt::format("by '{}'", *spread_by);
  binding.diagnostics.warning(
      by.place,
      fmt::format("the records are spread over partitions {}: duplicates in different ones are not found", how),
      "write the topic with one of these columns as its `key`, or with one partition");
}

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
  warn_of_partitions(by, slots, binding);
  std::optional<int64_t> within;
  if (settings.has("within")) within = settings.duration_us("within");
  return std::make_unique<DedupeStep>(
      DedupeStep::Options{.slots = std::move(slots),
                          .names = fmt::format("{}", fmt::join(settings.texts("by"), ", ")),
                          .within_us = within,
                          .time_slot = time_slot});
}

}  // namespace

const StepComponent kDedupeStep = {
    .about =
        {.kind = ComponentKind::kStep,
         .name = "dedupe",
         .summary = "Lets the first record of a key go on and counts the others as duplicates.",
         .details =
             "Only a record that passes everything behind the step claims its key: a broken first copy does not "
             "cost the good second one. The order is the order of the source. A flow into topics or tables remembers "
             "from run to run, up to 50 million keys, and commits that with its output; a record that is read "
             "again (after a kill, a reset, out of quarantine) is no duplicate of itself. Two records of a key are "
             "duplicates when their times are less than `within` apart, whichever is the later; a key is "
             "forgotten when the records of its partition have got `within` beyond it. A topic that is read has "
             "to be partitioned by the key: records in different partitions are not compared.",
         .shorthand = "by",
         .fields = kFields,
         .example = "dedupe: { by: id, within: 1d }"},
    .make = make_dedupe};

}  // namespace millrace
