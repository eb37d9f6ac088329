#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace millrace {

enum class ComponentKind { kTopic, kTable, kTiming, kSource, kStep, kCheck, kSink, kSystem };
std::string_view component_kind_name(ComponentKind kind);  // "source", ...

// What a field holds. Decides how the file is validated, completed by an editor, and shown in the reference.
enum class FieldKind {
  kText,
  kInteger,
  kNumber,
  kBool,
  kDuration,    // 500ms, 10s, 5m, 1h, 7d
  kBytes,       // 64KB, 16MB, 1GB
  kLimit,       // "1%", "100", "1% per 10m"
  kChoice,      // one of `choices`
  kExpression,  // one Spark SQL expression
  kSelectList,  // "a AS b, c"
  kColumn,
  kColumns,            // one name or a list of names
  kTexts,              // one text or a list of texts
  kColumnTypes,        // { column: type }
  kColumnExpressions,  // { column: expression }
  kRenames,            // { old: new }
  kColumnTexts,        // { column: text }
  kColumnForms,        // { column: text }, or one name or a list of names without texts
  kColumnLists,        // { column: [value, ...] }
  kColumnRanges,       // { column: 3..10 }, either end may be missing
  kMap,                // what `holds` says, or the component reads it by itself
};

struct Component;

struct FieldDescription {
  std::string_view name;
  FieldKind kind = FieldKind::kText;
  std::string_view summary;        // one sentence: what it means
  std::string_view default_value;  // as it would be written in the file; empty: none
  std::string_view example;
  bool required = false;
  bool secret = false;
  std::span<const std::string_view> choices = {};
  int64_t min = INT64_MIN;  // for integers, durations (us) and bytes
  int64_t max = INT64_MAX;
  const Component* holds = nullptr;  // of kMap: what the map has; nullptr: the component reads it by itself
  bool per_run = false;              // ${run.start} and ${run.end} in it are those of each run
};

// A component describes itself once: validation, hints, `millrace help`, the reference, the JSON Schema and the
// conformance tests all read this.
struct Component {
  ComponentKind kind = ComponentKind::kStep;
  std::string_view name;     // the key in the file: "select", "file", "email"
  std::string_view summary;  // one sentence
  std::string_view details;  // a few more, may be empty
  // When the value in the file is not a map of the fields, it stands for this field: `where: "age > 18"`.
  std::string_view shorthand;
  std::span<const FieldDescription> fields;
  std::string_view example;  // YAML that passes `check` (inside a flow, as one step, check, from or to)
};

}  // namespace millrace
