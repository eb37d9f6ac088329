#include "data/expr/functions/json_schema.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "data/expr/decimal.h"
#include "data/expr/parse.h"

namespace millrace {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Where the first comma outside of <>, () and quotes is; the end without one.
size_t column_end(std::string_view text) {
  int depth = 0;
  char quote = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '`' || c == '\'' || c == '"') {
      quote = c;
    } else if (c == '<' || c == '(') {
      ++depth;
    } else if (c == '>' || c == ')') {
      --depth;
    } else if (c == ',' && depth == 0) {
      return at;
    }
  }
  return text.size();
}

// Whether the words end the text, in any case; takes them off.
bool take_end(std::string_view& text, std::string_view words) {
  if (text.size() <= words.size()) return false;
  const std::string_view end = text.substr(text.size() - words.size());
  const bool same = std::equal(end.begin(), end.end(), words.begin(), [](char a, char b) { return upper(a) == b; });
  if (!same || !is_space(text[text.size() - words.size() - 1])) return false;
  text = trimmed(text.substr(0, text.size() - words.size()));
  return true;
}

// "name type [NOT NULL] [COMMENT '...']"; nullopt when it does not begin with a name.
std::optional<std::pair<std::string, std::string_view>> split_column(std::string_view text) {
  text = trimmed(text);
  size_t end = 0;
  std::string name;
  if (!text.empty() && text.front() == '`') {
    end = text.find('`', 1);
    if (end == std::string_view::npos) return std::nullopt;
    name = text.substr(1, end - 1);
    ++end;
  } else {
    while (end < text.size() && is_word(text[end])) ++end;
    name = text.substr(0, end);
  }
  if (name.empty() || end >= text.size() || !is_space(text[end])) return std::nullopt;
  std::string_view type = trimmed(text.substr(end));
  if (!type.empty() && (type.back() == '\'' || type.back() == '"')) {
    const size_t open = type.rfind(type.back(), type.size() - 2);
    std::string_view before = open == std::string_view::npos ? type : trimmed(type.substr(0, open));
    if (take_end(before, "COMMENT")) type = before;
  }
  take_end(type, "NOT NULL");
  return std::pair(std::move(name), type);
}

using Kind = JsonNode::Kind;

Type merged(const Type& a, const Type& b);

Type merged_structs(const Type& a, const Type& b) {
  std::vector<Field> fields(a.fields().begin(), a.fields().end());
  for (const Field& field : b.fields()) {
    const auto same = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == field.name; });
    if (same == fields.end()) {
      fields.push_back(field);
    } else {
      same->type = merged(same->type, field.type);
    }
  }
  std::stable_sort(fields.begin(), fields.end(), [](const Field& x, const Field& y) { return x.name < y.name; });
  return Type::structure(std::move(fields));
}

Type merged(const Type& a, const Type& b) {
  if (a == b || b.is(TypeKind::kNull)) return a;
  if (a.is(TypeKind::kNull)) return b;
  if (a.is_number() && b.is_number()) {
    if (a.is(TypeKind::kDouble) || b.is(TypeKind::kDouble)) return TypeKind::kDouble;
    return a.is(TypeKind::kDecimal) && (!b.is(TypeKind::kDecimal) || a.precision() >= b.precision()) ? a : b;
  }
  if (a.is(TypeKind::kStruct) && b.is(TypeKind::kStruct)) return merged_structs(a, b);
  if (a.is(TypeKind::kArray) && b.is(TypeKind::kArray)) return Type::array(merged(a.element(), b.element()));
  return TypeKind::kString;
}

Type integer_type(std::string_view digits) {
  if (parse_bigint(digits)) return TypeKind::kBigint;
  const int count = static_cast<int>(digits.size()) - (digits.front() == '-' ? 1 : 0);
  return count <= kDecimalPrecisionMax ? Type::decimal(count, 0) : Type(TypeKind::kDouble);
}

// With null for what is not known, and structs without fields.
Type raw_type(const JsonTree& tree, uint32_t index) {
  const JsonNode& node = tree.at(index);
  switch (node.kind) {
    case Kind::kNull: return TypeKind::kNull;
    case Kind::kTrue:
    case Kind::kFalse: return TypeKind::kBool;
    case Kind::kInteger: return integer_type(node.text);
    case Kind::kFloat: return TypeKind::kDouble;
    case Kind::kString: return TypeKind::kString;
    case Kind::kArray: {
      Type element;
      for (uint32_t at = index + 1; at < node.next; at = tree.at(at).next)
        element = merged(element, raw_type(tree, at));
      return Type::array(element);
    }
    case Kind::kObject: break;
  }
  std::vector<Field> fields;
  for (uint32_t at = index + 1; at < node.next; at = tree.at(at + 1).next) {
    fields.push_back({std::string(tree.at(at).text), raw_type(tree, at + 1)});
  }
  std::stable_sort(fields.begin(), fields.end(), [](const Field& x, const Field& y) { return x.name < y.name; });
  return Type::structure(std::move(fields));
}

// Null becomes string, and structs without fields go; nullopt: nothing is left.
std::optional<Type> canonical(const Type& type) {
  if (type.is(TypeKind::kNull)) return Type(TypeKind::kString);
  if (type.is(TypeKind::kArray)) {
    const auto element = canonical(type.element());
    return element ? std::optional(Type::array(*element)) : std::nullopt;
  }
  if (!type.is(TypeKind::kStruct)) return type;
  std::vector<Field> fields;
  for (const Field& field : type.fields()) {
    if (field.name.empty()) continue;
    if (auto kept = canonical(field.type)) fields.push_back({field.name, std::move(*kept)});
  }
  if (fields.empty()) return std::nullopt;
  return Type::structure(std::move(fields));
}

bool needs_quotes(std::string_view name) {
  return name.empty() || (name.front() >= '0' && name.front() <= '9') ||
         !std::all_of(name.begin(), name.end(), is_word);
}

}  // namespace

Result<Type> parse_json_schema(std::string_view text) {
  text = trimmed(text);
  std::vector<Field> fields;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t end = column_end(rest);
    const auto column = split_column(rest.substr(0, end));
    if (!column) break;
    auto type = parse_type(column->second);
    if (!type.ok()) return type.error().with_context(fmt::format("the column {}", column->first));
    const bool twice =
        std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return field.name == column->first; });
    if (twice) return Error(ErrorCode::kInvalidArgument, fmt::format("the column {} is there twice", column->first));
    fields.push_back({column->first, *std::move(type)});
    if (end == rest.size()) return Type::structure(std::move(fields));
    rest.remove_prefix(end + 1);
  }
  return parse_type(text);
}

Type infer_json_type(const JsonTree& tree, uint32_t index) {
  const Type raw = raw_type(tree, index);
  if (raw.is(TypeKind::kArray) && raw.element().is(TypeKind::kStruct)) {
    return Type::array(canonical(raw.element()).value_or(Type::structure({})));
  }
  return canonical(raw).value_or(raw.is(TypeKind::kStruct) ? Type::structure({}) : Type(TypeKind::kString));
}

std::string schema_text(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kArray: return fmt::format("ARRAY<{}>", schema_text(type.element()));
    case TypeKind::kStruct: {
      std::string out;
      for (const Field& field : type.fields()) {
        const std::string_view quote = needs_quotes(field.name) ? "`" : "";
        out += fmt::format("{}{}{}{}: {}", out.empty() ? "" : ", ", quote, field.name, quote, schema_text(field.type));
      }
      return fmt::format("STRUCT<{}>", out);
    }
    default: {
      std::string text = type.text();
      std::transform(text.begin(), text.end(), text.begin(), upper);
      return text;
    }
  }
}

}  // namespace millrace
