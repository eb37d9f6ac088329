#include "data/formats/json_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/base64.h"
#include "data/formats/json_text.h"

namespace millrace {
namespace {

using Kind = JsonValue::Kind;

// Values are gathered as text first, then cast to their type as a whole column: one way to read a number, however it
// comes.
Type text_type(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kArray: return Type::array(text_type(type.element()));
    case TypeKind::kMap: return Type::map(TypeKind::kString, text_type(type.value()));
    case TypeKind::kStruct: {
      std::vector<Field> fields;
      for (const Field& field : type.fields()) fields.push_back({field.name, text_type(field.type)});
      return Type::structure(std::move(fields));
    }
    case TypeKind::kBinary: return TypeKind::kBinary;
    default: return TypeKind::kString;
  }
}

bool fits(const Type& type, Kind kind) {
  switch (type.kind()) {
    case TypeKind::kString: return true;
    case TypeKind::kBool: return kind == Kind::kTrue || kind == Kind::kFalse;
    case TypeKind::kInt:
    case TypeKind::kBigint:
    case TypeKind::kDouble:
    case TypeKind::kDecimal: return kind == Kind::kNumber;
    case TypeKind::kArray: return kind == Kind::kArray;
    case TypeKind::kMap:
    case TypeKind::kStruct: return kind == Kind::kObject;
    default: return kind == Kind::kString;
  }
}

std::string dotted(const std::vector<std::string>& path) { return fmt::format("{}", fmt::join(path, ".")); }

std::vector<std::vector<std::string>> paths_of(const std::vector<ReadColumn>& columns) {
  std::vector<std::vector<std::string>> paths;
  for (const ReadColumn& column : columns) paths.push_back(column.path);
  return paths;
}

}  // namespace

struct JsonReader::Leaf {
  const Type* type;
  const std::string* name;
  StringBuilder text;                    // every type but the nested ones and binary
  std::optional<ColumnBuilder> builder;  // those
  bool any;                              // takes values of every kind

  Leaf(const Type& of, const std::string& called, size_t rows, size_t bytes)
      : type(&of), name(&called), text(TypeKind::kString, rows, bytes), any(of.is(TypeKind::kString)) {
    if (of.is_nested() || of.is(TypeKind::kBinary)) builder.emplace(text_type(of));
  }
  void append_null() {
    if (builder) {
      builder->append_null();
    } else {
      text.append_null();
    }
  }
};

JsonReader::JsonReader(std::vector<ReadColumn> columns) : columns_(std::move(columns)), walker_(paths_of(columns_)) {
  for (const ReadColumn& column : columns_) names_.push_back(dotted(column.path));
}

void JsonReader::misfit(Leaf& leaf, size_t row, const JsonValue& value, const Type& type, std::string_view record) {
  faults_.push_back(
      {.row = static_cast<uint32_t>(row),
       .rule = "read",
       .reason = fmt::format("{}: {} does not fit type {}", *leaf.name,
                             shown_text(record.substr(value.begin - (value.kind == Kind::kString ? 1 : 0),
                                                      value.end - value.begin + (value.kind == Kind::kString ? 2 : 0))),
                             type.text())});
}

void JsonReader::append_leaf(Leaf& leaf, const JsonValue& value, std::string_view record, size_t row) {
  if (value.kind == Kind::kMissing || value.kind == Kind::kNull) return leaf.append_null();
  if (!leaf.any && !fits(*leaf.type, value.kind)) {
    misfit(leaf, row, value, *leaf.type, record);
    return leaf.append_null();
  }
  if (leaf.builder) return append_nested(*leaf.builder, *leaf.type, value, record, leaf, row);
  const std::string_view text = value.text(record);
  if (!value.escaped) return leaf.text.append_padded(text);
  leaf.text.commit(unescape_json(text, leaf.text.room(text.size())));
  leaf.text.end_row();
}

void JsonReader::append_nested(ColumnBuilder& builder, const Type& type, const JsonValue& value,
                               std::string_view record, Leaf& leaf, size_t row) {
  if (value.kind == Kind::kMissing || value.kind == Kind::kNull) return builder.append_null();
  if (!fits(type, value.kind)) {
    misfit(leaf, row, value, type, record);
    return builder.append_null();
  }
  if (type.is(TypeKind::kArray)) {
    walker_.for_each_member(value, [&](std::string_view, const JsonValue& element) {
      append_nested(builder.child(0), type.element(), element, record, leaf, row);
    });
    return builder.end_nested();
  }
  if (type.is(TypeKind::kMap)) {
    walker_.for_each_member(value, [&](std::string_view key, const JsonValue& member) {
      builder.child(0).append_string(key);
      append_nested(builder.child(1), type.value(), member, record, leaf, row);
    });
    return builder.end_nested();
  }
  if (type.is(TypeKind::kStruct)) {
    std::vector<JsonValue> members(type.fields().size());
    walker_.for_each_member(value, [&](std::string_view key, const JsonValue& member) {
      for (size_t i = 0; i < members.size(); ++i) {
        if (type.fields()[i].name == key) members[i] = member;
      }
    });
    for (size_t i = 0; i < members.size(); ++i) {
      append_nested(builder.child(i), type.fields()[i].type, members[i], record, leaf, row);
    }
    return builder.end_nested();
  }
  const std::string_view text = value.text(record);
  scratch_.assign(text);
  if (value.escaped) scratch_.resize(unescape_json(text, scratch_.data()));
  if (type.is(TypeKind::kBinary)) {
    const auto bytes = decode_base64(scratch_);
    if (!bytes) {
      misfit(leaf, row, value, type, record);
      return builder.append_null();
    }
    return builder.append_string(*bytes);
  }
  builder.append_string(scratch_);
}

ReadOutcome JsonReader::read(const Origin& origin) {
  const size_t rows = origin.records();
  faults_.clear();
  std::vector<Leaf> leaves;
  leaves.reserve(columns_.size());
  const size_t bytes_expected = origin.bytes.size() / 32;
  for (size_t i = 0; i < columns_.size(); ++i) leaves.emplace_back(columns_[i].type, names_[i], rows, bytes_expected);

  for (size_t row = 0; row < rows; ++row) {
    const std::string_view record = origin.record_bytes(row);
    const char* problem = walker_.walk(record);
    if (problem != nullptr || !walker_.misfit().empty()) [[unlikely]] {
      faults_.push_back({.row = static_cast<uint32_t>(row),
                         .rule = "read",
                         .reason = problem == nullptr ? fmt::format("{} is not an object", walker_.misfit())
                                   : walker_.error_at() == 0
                                       ? fmt::format("not JSON: {}", problem)
                                       : fmt::format("not JSON: {} at byte {}", problem, walker_.error_at() + 1)});
      for (Leaf& leaf : leaves) leaf.append_null();
      continue;
    }
    const auto values = walker_.values();
    for (size_t i = 0; i < leaves.size(); ++i) append_leaf(leaves[i], values[i], record, row);
  }

  ReadOutcome outcome;
  for (size_t i = 0; i < leaves.size(); ++i) {
    Column column = leaves[i].builder ? leaves[i].builder->finish() : leaves[i].text.finish();
    column = read_as(std::move(column), columns_[i].type, names_[i], origin.ingested_at_us, faults_);
    outcome.columns.push_back(std::move(column));
  }
  std::stable_sort(faults_.begin(), faults_.end(), [](const Fault& a, const Fault& b) { return a.row < b.row; });
  outcome.faults = std::exchange(faults_, {});
  return outcome;
}

}  // namespace millrace
