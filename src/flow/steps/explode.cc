#include <array>
#include <regex>

#include <fmt/format.h>

#include "data/builder.h"
#include "flow/steps/evaluate.h"
#include "flow/steps/list.h"

namespace millrace {
namespace {

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "text",
     .kind = FieldKind::kText,
     .summary = "An array (or map) and the names of what comes of it: `items AS item`, `items AS (position, item)`, "
                "`map AS (key, value)`, `map AS (position, key, value)`.",
     .example = "line_items AS (line, item)",
     .required = true},
    {.name = "keep_empty",
     .kind = FieldKind::kBool,
     .summary = "Whether a record whose array is empty or null goes on once, with nulls; otherwise it is filtered.",
     .default_value = "false",
     .example = "true"},
});

class ExplodeStep final : public Step {
 public:
  struct Outputs {
    int position = -1;  // slots
    int key = -1;
    int value = -1;
  };
  ExplodeStep(Program program, Outputs outputs, bool keep_empty, int index)
      : program_(std::move(program)), outputs_(outputs), keep_empty_(keep_empty), index_(index) {}

  void process(Batch& batch, Passage& passage) const override {
    const Column array = flatten(evaluate_step(program_, "explode", index_, batch, passage)[0]);
    std::vector<uint32_t> parents;
    std::vector<uint32_t> elements;
    FixedBuilder<int32_t> positions(TypeKind::kInt);
    std::vector<bool> keep(batch.rows, true);
    batch.alive_rows().for_each([&](size_t row) {
      const Column::Range range = array.is_null(row) ? Column::Range{0, 0} : array.range_at(row);
      keep[row] = keep_empty_ || range.end > range.begin;
      for (size_t at = range.begin; at < range.end; ++at) {
        parents.push_back(static_cast<uint32_t>(row));
        elements.push_back(static_cast<uint32_t>(at));
        positions.append(static_cast<int32_t>(at - range.begin));
      }
      if (keep_empty_ && range.end == range.begin) {
        parents.push_back(static_cast<uint32_t>(row));
        elements.push_back(kNullIndex);
        positions.append_null();
      }
    });
    passage.filter(batch, keep);
    passage.ledger.made += parents.size() - batch.alive_rows().count();
    multiply(batch, parents);
    const auto put = [&](int slot, Column column) {
      if (slot >= 0) batch.columns[static_cast<size_t>(slot)] = std::move(column);
    };
    put(outputs_.position, positions.finish());
    const bool map = array.type.is(TypeKind::kMap);
    if (map) put(outputs_.key, gather(array.children[0], elements));
    put(outputs_.value, gather(array.children[map ? 1 : 0], elements));
  }

  std::vector<std::string> explain() const override { return {program_.explain(0)}; }

 private:
  static void multiply(Batch& batch, const std::vector<uint32_t>& parents) {
    for (Column& column : batch.columns) {
      if (column.rows == batch.rows && (batch.rows > 0)) column = gather(column, parents);
    }
    std::vector<uint32_t> records;
    std::vector<uint32_t> entries;
    for (const uint32_t parent : parents) {
      records.push_back(static_cast<uint32_t>(batch.record_of(parent)));
      entries.push_back(static_cast<uint32_t>(batch.entry_of(parent)));
    }
    batch.origin_record = std::move(records);
    batch.entry_row = std::move(entries);
    batch.rows = parents.size();
    batch.all_alive = true;
    batch.alive.clear();
  }

  Program program_;
  Outputs outputs_;
  bool keep_empty_;
  int index_;
};

struct ExplodeText {
  Node expression;
  std::vector<std::string> names;
};

// "expr AS a" or "expr AS (a, b)"; the last AS counts.
std::optional<ExplodeText> read_text(const Node& text) {
  static const std::regex pattern(R"(^([\s\S]*\S)\s+[aA][sS]\s+(?:\(\s*(\w+(?:\s*,\s*\w+)*)\s*\)|(\w+))\s*$)");
  std::smatch match;
  if (!std::regex_match(text.text, match, pattern)) return std::nullopt;
  ExplodeText out{.expression = text, .names = {}};
  out.expression.text = match[1];
  const std::string names = match[2].matched ? match[2] : match[3];
  static const std::regex word(R"(\w+)");
  for (std::sregex_iterator at(names.begin(), names.end(), word), end; at != end; ++at) out.names.push_back(at->str());
  return out;
}

std::unique_ptr<Step> make_explode(const Settings& settings, StepBinding& binding) {
  const Node& node = settings.node("text");
  const auto text = read_text(node);
  if (!text) {
    binding.diagnostics.error(node.place, "explode names an array and what comes of it",
                              "write: line_items AS (line, item)");
    return nullptr;
  }
  auto program = compile_expression(text->expression, binding.scope, binding.diagnostics);
  if (!program) return nullptr;
  const Type type = program->fields()[0].type;
  const bool map = type.is(TypeKind::kMap);
  if (!map && !type.is(TypeKind::kArray)) {
    binding.diagnostics.error(
        node.place, fmt::format("only an array or a map can be exploded, this is {}", type.text()),
        type.is(TypeKind::kString) ? "say its type in the source's `columns`, or use from_json" : "");
    return nullptr;
  }
  const size_t least = map ? 2 : 1;
  if (text->names.size() < least || text->names.size() > least + 1) {
    const std::string& what = text->expression.text;
    if (map) {
      binding.diagnostics.error(node.place, "a map gives (key, value) or (position, key, value)",
                                fmt::format("write: {} AS (key, value)", what));
    } else {
      binding.diagnostics.error(node.place, "an array gives item or (position, item)",
                                fmt::format("write: {} AS item", what));
    }
    return nullptr;
  }
  ExplodeStep::Outputs outputs;
  size_t next = 0;
  Scope& scope = binding.scope;
  if (text->names.size() > least) outputs.position = scope.add_or_replace(text->names[next++], TypeKind::kInt);
  if (map) outputs.key = scope.add_or_replace(text->names[next++], type.key());
  outputs.value = scope.add_or_replace(text->names[next], map ? type.value() : type.element());
  return std::make_unique<ExplodeStep>(std::move(*program), outputs, settings.flag("keep_empty"), binding.index);
}

}  // namespace

const StepComponent kExplodeStep = {
    .about = {.kind = ComponentKind::kStep,
              .name = "explode",
              .summary = "Makes one record of each element of an array, or of each entry of a map.",
              .details =
                  "The other columns are repeated. Positions count from 0. Records made beyond the first are counted "
                  "as made in the ledger.",
              .shorthand = "text",
              .fields = kFields,
              .example = "explode: line_items AS (line, item)"},
    .make = make_explode};

}  // namespace millrace
