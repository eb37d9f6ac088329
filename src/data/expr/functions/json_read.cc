#include "data/expr/functions/json_read.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "data/expr/decimal.h"
#include "data/expr/parse.h"
#include "data/expr/time/calendar.h"

namespace millrace {
namespace {

using Kind = JsonNode::Kind;

bool is_number(const JsonNode& node) { return node.kind == Kind::kInteger || node.kind == Kind::kFloat; }
bool is_text(const JsonNode& node) { return node.kind == Kind::kString; }

bool is_corrupt_record(const Field& field) { return field.name == kCorruptRecord && field.type.is(TypeKind::kString); }

bool is_blank(std::string_view text) { return text.find_first_not_of(" \n\r\t") == std::string_view::npos; }

}  // namespace

std::optional<std::string> JsonValueReader::refusal(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kArray: return refusal(type.element());
    case TypeKind::kMap:
      if (!type.key().is(TypeKind::kString))
        return fmt::format("the keys of a map in JSON are texts, not {}", type.key().text());
      return refusal(type.value());
    case TypeKind::kStruct:
      for (const Field& field : type.fields()) {
        if (auto why = refusal(field.type)) return why;
      }
      return std::nullopt;
    case TypeKind::kBinary: return "binary is not possible here; read it as string, and use unbase64";
    case TypeKind::kInterval:
    case TypeKind::kNull: return fmt::format("{} is not possible here", type.text());
    default: return std::nullopt;
  }
}

std::optional<double> JsonValueReader::number(const JsonNode& node) const {
  if (is_number(node)) return parse_double(node.text);
  if (!is_text(node)) return std::nullopt;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const std::string_view word : {"INF", "+INF", "Infinity", "+Infinity"}) {
    if (node.text == word) return kInfinity;
  }
  if (node.text == "-INF" || node.text == "-Infinity") return -kInfinity;
  if (node.text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

std::optional<Int128> JsonValueReader::decimal(const JsonNode& node, const Type& type) const {
  if (!is_number(node) && (!is_text(node) || node.text.empty())) return std::nullopt;
  const ParsedDecimal parsed = parse_decimal(node.text, type.precision(), type.scale());
  return parsed.outcome == ParsedDecimal::Outcome::kOk ? std::optional(parsed.value) : std::nullopt;
}

std::optional<int32_t> JsonValueReader::date(const JsonNode& node) {
  if (!is_text(node) || node.text.empty()) return std::nullopt;
  if (options_.date_pattern == nullptr) return parse_date_days(node.text);
  const auto us = options_.date_pattern->parse(node.text, zones_);
  return us ? std::optional(static_cast<int32_t>(floor_div(*us, kUsPerDay))) : std::nullopt;
}

// A whole number is seconds since 1970.
std::optional<int64_t> JsonValueReader::timestamp(const JsonNode& node) {
  if (node.kind == Kind::kInteger) {
    const auto seconds = parse_bigint(node.text);
    int64_t us = 0;
    if (!seconds || __builtin_mul_overflow(*seconds, kUsPerSecond, &us)) return std::nullopt;
    return us;
  }
  if (!is_text(node) || node.text.empty()) return std::nullopt;
  return options_.timestamp_pattern == nullptr ? parse_timestamp_us(node.text, now_us_)
                                               : options_.timestamp_pattern->parse(node.text, zones_);
}

bool JsonValueReader::fits_leaf(const JsonNode& node, const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBool: return node.kind == Kind::kTrue || node.kind == Kind::kFalse;
    case TypeKind::kInt: return node.kind == Kind::kInteger && parse_int(node.text);
    case TypeKind::kBigint: return node.kind == Kind::kInteger && parse_bigint(node.text);
    case TypeKind::kDouble: return number(node).has_value();
    case TypeKind::kDecimal: return decimal(node, type).has_value();
    case TypeKind::kDate: return date(node).has_value();
    case TypeKind::kTimestamp: return timestamp(node).has_value();
    default: return true;  // anything has a text
  }
}

JsonValueReader::Fit JsonValueReader::fit_struct(uint32_t index, const Type& type) {
  const JsonNode& node = tree_.at(index);
  Fit all = Fit::kGood;
  for (uint32_t at = index + 1; at < node.next; at = tree_.at(at + 1).next) {
    for (const Field& field : type.fields()) {
      if (field.name == tree_.at(at).text && fit(at + 1, field.type) != Fit::kGood) all = Fit::kPartly;
    }
  }
  return all;
}

JsonValueReader::Fit JsonValueReader::fit(uint32_t index, const Type& type) {
  const JsonNode& node = tree_.at(index);
  if (node.kind == Kind::kNull) return Fit::kGood;
  if (!type.is_nested()) return fits_leaf(node, type) ? Fit::kGood : Fit::kBad;
  const bool array = type.is(TypeKind::kArray);
  if (node.kind != (array ? Kind::kArray : Kind::kObject)) return Fit::kBad;
  if (type.is(TypeKind::kStruct)) return fit_struct(index, type);
  Fit all = Fit::kGood;
  for (uint32_t at = index + 1; at < node.next;) {
    if (!array) ++at;  // its key
    const Fit one = fit(at, array ? type.element() : type.value());
    if (one == Fit::kBad) return Fit::kBad;
    if (one == Fit::kPartly) all = Fit::kPartly;
    at = tree_.at(at).next;
  }
  return all;
}

void JsonValueReader::append_leaf(const JsonNode& node, uint32_t index, const Type& type, ColumnBuilder& out) {
  switch (type.kind()) {
    case TypeKind::kBool: return out.append_bool(node.kind == Kind::kTrue);
    case TypeKind::kInt: return out.append_int(parse_int(node.text).value());
    case TypeKind::kBigint: return out.append_bigint(parse_bigint(node.text).value());
    case TypeKind::kDouble: return out.append_double(number(node).value());
    case TypeKind::kDecimal: return out.append_decimal(decimal(node, type).value());
    case TypeKind::kDate: return out.append_int(date(node).value());
    case TypeKind::kTimestamp: return out.append_bigint(timestamp(node).value());
    default: break;
  }
  if (is_text(node)) return out.append_string(node.text);
  text_.clear();
  write_json(tree_, index, text_);
  out.append_string(text_);
}

// The last entry of a key counts, at the place of the first.
void JsonValueReader::append_map(uint32_t index, const Type& type, ColumnBuilder& out) {
  const JsonNode& node = tree_.at(index);
  std::vector<std::pair<std::string_view, uint32_t>> entries;
  for (uint32_t at = index + 1; at < node.next; at = tree_.at(at + 1).next) {
    const std::string_view key = tree_.at(at).text;
    const auto same =
        std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == key; });
    if (same == entries.end()) {
      entries.emplace_back(key, at + 1);
    } else {
      same->second = at + 1;
    }
  }
  for (const auto& [key, value] : entries) {
    out.child(0).append_string(key);
    append(value, type.value(), out.child(1));
  }
  out.end_nested();
}

// Of several values of a field the last that fits counts. `corrupt` is what the field of that name gets; nullopt: a
// struct inside has none.
void JsonValueReader::append_struct(uint32_t index, const Type& type, std::optional<std::string_view> corrupt,
                                    ColumnBuilder& out) {
  const JsonNode& node = tree_.at(index);
  for (size_t i = 0; i < type.fields().size(); ++i) {
    const Field& field = type.fields()[i];
    ColumnBuilder& child = out.child(i);
    if (corrupt && is_corrupt_record(field)) {
      corrupt->empty() ? child.append_null() : child.append_string(*corrupt);
      continue;
    }
    std::optional<uint32_t> found;
    for (uint32_t at = index + 1; at < node.next; at = tree_.at(at + 1).next) {
      if (tree_.at(at).text == field.name && fit(at + 1, field.type) != Fit::kBad) found = at + 1;
    }
    found ? append(*found, field.type, child) : child.append_null();
  }
  out.end_nested();
}

// The value must not be bad.
void JsonValueReader::append(uint32_t index, const Type& type, ColumnBuilder& out) {
  const JsonNode& node = tree_.at(index);
  if (node.kind == Kind::kNull) return out.append_null();
  switch (type.kind()) {
    case TypeKind::kStruct: return append_struct(index, type, std::nullopt, out);
    case TypeKind::kMap: return append_map(index, type, out);
    case TypeKind::kArray:
      for (uint32_t at = index + 1; at < node.next; at = tree_.at(at).next) append(at, type.element(), out.child(0));
      return out.end_nested();
    default: return append_leaf(node, index, type, out);
  }
}

bool JsonValueReader::read(std::string_view text, const Type& type, ColumnBuilder& out) {
  if (is_blank(text)) {
    out.append_null();
    return true;
  }
  const bool parsed = tree_.parse(text, {.control_characters = false, .not_a_number = true});
  const bool none = !parsed || tree_.at(0).kind == Kind::kNull;
  if (type.is(TypeKind::kStruct)) {
    const Fit whole = none ? Fit::kBad : fit(0, type);
    if (whole == Fit::kBad) {
      for (size_t i = 0; i < type.fields().size(); ++i) {
        is_corrupt_record(type.fields()[i]) ? out.child(i).append_string(text) : out.child(i).append_null();
      }
      out.end_nested();
    } else {
      append_struct(0, type, whole == Fit::kGood ? std::string_view("") : text, out);
    }
    return whole == Fit::kGood;
  }
  // An object where an array of structs is wanted is an array of one.
  if (!none && type.is(TypeKind::kArray) && type.element().is(TypeKind::kStruct) && tree_.at(0).kind == Kind::kObject) {
    const Fit one = fit(0, type.element());
    append(0, type.element(), out.child(0));
    out.end_nested();
    return one == Fit::kGood;
  }
  const Fit whole = none ? Fit::kBad : fit(0, type);
  whole == Fit::kBad ? out.append_null() : append(0, type, out);
  return whole == Fit::kGood;
}

}  // namespace millrace
