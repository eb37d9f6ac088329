#include "flow/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/assert.h"
#include "base/spelling.h"
#include "data/type.h"

namespace millrace {
namespace {

template <typename T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_map_kind(FieldKind kind) {
  switch (kind) {
    case FieldKind::kColumnTypes:
    case FieldKind::kColumnExpressions:
    case FieldKind::kRenames:
    case FieldKind::kColumnTexts:
    case FieldKind::kColumnLists:
    case FieldKind::kColumnRanges:
    case FieldKind::kMap: return true;
    default: return false;
  }
}

std::string_view shape_name(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull: return "nothing";
    case Node::Kind::kScalar: return "a text";
    case Node::Kind::kList: return "a list";
    case Node::Kind::kMap: return "a map";
  }
  return "";
}

std::string shown(const Node& node) { return node.secret ? "(secret)" : node.text; }

// Validates one field's value; all that is wrong goes to the diagnostics.
class FieldCheck {
 public:
  // `bare`: the value stands behind the component's name, and that of the field is not written.
  FieldCheck(const Component& component, const FieldDescription& field, bool bare, Diagnostics& diagnostics)
      : component_(component), field_(field), bare_(bare), diagnostics_(diagnostics) {}

  void run(const Node& node) const {
    switch (field_.kind) {
      case FieldKind::kColumns:
      case FieldKind::kTexts: return texts(node);
      case FieldKind::kColumnTypes:
      case FieldKind::kColumnExpressions:
      case FieldKind::kRenames:
      case FieldKind::kColumnTexts:
      case FieldKind::kColumnLists:
      case FieldKind::kColumnRanges: return map(node);
      case FieldKind::kColumnForms: return node.is_map() ? map(node) : texts(node);
      case FieldKind::kMap:
        if (field_.holds != nullptr) (void)Settings::read(*field_.holds, node, diagnostics_);
        return;
      default: break;
    }
    if (scalar(node, name())) value(node);
  }

 private:
  std::string name() const {
    return bare_ ? fmt::format("'{}'", component_.name) : fmt::format("'{}' of {}", field_.name, component_.name);
  }
  std::string example() const {
    if (field_.example.empty()) return "";
    return fmt::format("for example {}: {}", bare_ ? component_.name : field_.name, field_.example);
  }
  void error(const Node& node, std::string message, std::string hint) const {
    diagnostics_.error(node.place, std::move(message), std::move(hint));
  }

  bool scalar(const Node& node, const std::string& what) const {
    if (node.is_scalar()) {
      if (!node.text.empty() || field_.kind == FieldKind::kText || field_.kind == FieldKind::kTexts ||
          field_.kind == FieldKind::kColumnLists) {
        return true;
      }
      error(node, fmt::format("{} is empty", what), example());
    } else if (node.is_null() && !node.text.empty()) {
      error(node, fmt::format("{} is YAML's null here", what),
            fmt::format("quote it to mean the word: '{}'", node.text));
    } else if (node.is_null()) {
      error(node, fmt::format("{} has no value", what), example());
    } else if (node.is_map() && is_expression()) {
      error(node, fmt::format("{} takes one expression, and this is a map", what),
            "an expression that begins with { or has ': ' in it must be quoted, or stand below its key as a block: |");
    } else {
      error(node, fmt::format("{} takes one value, and this is {}", what, shape_name(node)), example());
    }
    return false;
  }

  bool is_expression() const {
    return field_.kind == FieldKind::kExpression || field_.kind == FieldKind::kSelectList ||
           field_.kind == FieldKind::kColumnExpressions;
  }

  void value(const Node& node) const {
    const std::string& text = node.text;
    switch (field_.kind) {
      case FieldKind::kInteger: {
        const auto parsed = parse_number<int64_t>(text);
        if (!parsed) return wrong(node, "a whole number");
        return bounded(node, *parsed, [](int64_t bound) { return fmt::format("{}", bound); });
      }
      case FieldKind::kNumber: {
        const auto parsed = parse_number<double>(text);
        if (!parsed || !std::isfinite(*parsed)) wrong(node, "a number");
        return;
      }
      case FieldKind::kBool:
        if (text != "true" && text != "false") wrong(node, "true or false");
        return;
      case FieldKind::kDuration: {
        const auto parsed = parse_duration_us(text);
        if (!parsed) return wrong(node, "a duration such as 500ms, 10s, 5m, 1h or 7d");
        return bounded(node, *parsed, [](int64_t bound) { return duration_text(bound); });
      }
      case FieldKind::kBytes: {
        const auto parsed = parse_byte_count(text);
        if (!parsed) return wrong(node, "a size such as 64KB, 16MB or 1GB");
        return bounded(node, *parsed, [](int64_t bound) { return byte_count_text(bound); });
      }
      case FieldKind::kLimit:
        if (!parse_limit(text)) wrong(node, "a limit such as 1%, 100 or 1% per 10m");
        return;
      case FieldKind::kChoice: return choice(node);
      case FieldKind::kText:
        if (text.empty()) error(node, fmt::format("{} is empty", name()), example());
        return;
      default: return;
    }
  }

  void wrong(const Node& node, std::string_view wanted) const {
    std::string hint = example();
    static constexpr std::array<std::string_view, 4> kYes = {"yes", "on", "True", "TRUE"};
    static constexpr std::array<std::string_view, 4> kNo = {"no", "off", "False", "FALSE"};
    if (field_.kind == FieldKind::kBool) {
      if (std::find(kYes.begin(), kYes.end(), node.text) != kYes.end()) hint = "write true";
      if (std::find(kNo.begin(), kNo.end(), node.text) != kNo.end()) hint = "write false";
    }
    error(node, fmt::format("{} is {}, not '{}'", name(), wanted, shown(node)), std::move(hint));
  }

  template <typename F>
  void bounded(const Node& node, int64_t value, F&& format) const {
    if (value < field_.min) error(node, fmt::format("{} is at least {}", name(), format(field_.min)), "");
    if (value > field_.max) error(node, fmt::format("{} is at most {}", name(), format(field_.max)), "");
  }

  void choice(const Node& node) const {
    if (std::find(field_.choices.begin(), field_.choices.end(), node.text) != field_.choices.end()) return;
    const std::vector<std::string_view> choices(field_.choices.begin(), field_.choices.end());
    const auto near = nearest_spelling(node.text, choices);
    error(node, fmt::format("{} cannot be '{}'", name(), shown(node)),
          near ? fmt::format("did you mean '{}'?", *near) : fmt::format("it is one of: {}", fmt::join(choices, ", ")));
  }

  void texts(const Node& node) const {
    if (!node.is_list()) {
      if (!scalar(node, name())) return;
      if (field_.kind == FieldKind::kColumns && node.text.find(',') != std::string::npos) {
        error(node, fmt::format("{} is one column, or a list of them", name()), fmt::format("write [{}]", node.text));
      }
      return;
    }
    if (node.items.empty()) error(node, fmt::format("{} is an empty list", name()), example());
    for (const Node& item : node.items) scalar(item, fmt::format("an item of {}", name()));
  }

  void map(const Node& node) const {
    if (!node.is_map()) {
      return error(node, fmt::format("{} is a map, and this is {}", name(), shape_name(node)), example());
    }
    if (node.entries.empty()) return error(node, fmt::format("{} is an empty map", name()), example());
    for (const auto& [key, entry] : node.entries) {
      const std::string what = fmt::format("'{}' in {}", key.text, name());
      if (field_.kind == FieldKind::kColumnLists) {
        list_entry(entry, what);
      } else if (scalar(entry, what)) {
        entry_value(entry, what);
      }
    }
  }

  void list_entry(const Node& entry, const std::string& what) const {
    if (!entry.is_list()) {
      return error(entry, fmt::format("{} is a list, and this is {}", what, shape_name(entry)),
                   entry.is_scalar() ? fmt::format("write [{}]", entry.text) : "");
    }
    if (entry.items.empty()) error(entry, fmt::format("{} is an empty list", what), "");
    for (const Node& item : entry.items) scalar(item, fmt::format("an item of {}", what));
  }

  void entry_value(const Node& entry, const std::string& what) const {
    if (field_.kind == FieldKind::kColumnTypes) {
      if (const auto type = parse_type(entry.text); !type.ok()) error(entry, type.error().message(), "");
    } else if (field_.kind == FieldKind::kColumnRanges && !parse_range(entry.text)) {
      error(entry, fmt::format("{} is a range, not '{}'", what, shown(entry)), "a range is written 3..10, 3.. or ..10");
    }
  }

  const Component& component_;
  const FieldDescription& field_;
  bool bare_;
  Diagnostics& diagnostics_;
};

const FieldDescription* find_field(const Component& component, std::string_view name) {
  for (const FieldDescription& field : component.fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

// Whether the value holds the fields by name, or is itself what the shorthand stands for.
bool holds_fields(const Component& component, const Node& node) {
  if (!node.is_map()) return false;
  if (component.shorthand.empty()) return true;
  const FieldDescription* shorthand = find_field(component, component.shorthand);
  MILLRACE_ASSERT(shorthand != nullptr, component.name);
  if (!is_map_kind(shorthand->kind)) {
    // A map by mistake where one expression was wanted is told better as that.
    const bool any = std::any_of(node.entries.begin(), node.entries.end(),
                                 [&](const auto& entry) { return find_field(component, entry.first.text) != nullptr; });
    return any || component.fields.size() > 1;
  }
  return component.fields.size() > 1 && std::all_of(node.entries.begin(), node.entries.end(), [&](const auto& entry) {
           return find_field(component, entry.first.text) != nullptr;
         });
}

void unknown_field(const Component& component, const Node& key, Diagnostics& diagnostics) {
  std::vector<std::string_view> names;
  for (const FieldDescription& field : component.fields) names.push_back(field.name);
  const auto near = nearest_spelling(key.text, names);
  diagnostics.error(key.place, fmt::format("{} has no setting '{}'", component.name, key.text),
                    near            ? fmt::format("did you mean '{}'?", *near)
                    : names.empty() ? "it has none at all"
                                    : fmt::format("it has: {}", fmt::join(names, ", ")));
}

Node default_node(const FieldDescription& field, Place place) {
  return {.kind = Node::Kind::kScalar, .place = place, .text = std::string(field.default_value), .quoted = true};
}

}  // namespace

std::optional<Settings> Settings::read(const Component& component, const Node& node, Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.errors();
  Settings settings;
  settings.component_ = &component;
  settings.place_ = node.place;
  const bool named = holds_fields(component, node);
  if (named) {
    for (const auto& [key, value] : node.entries) {
      if (const FieldDescription* field = find_field(component, key.text)) {
        settings.values_.emplace_back(field->name, value);
      } else {
        unknown_field(component, key, diagnostics);
      }
    }
  } else if (!component.shorthand.empty() && !node.is_null()) {
    settings.values_.emplace_back(find_field(component, component.shorthand)->name, node);
  } else if (!node.is_null() || !node.text.empty()) {
    diagnostics.error(node.place,
                      fmt::format("{} takes a map of settings, and this is {}", component.name, shape_name(node)),
                      component.example.empty() ? "" : fmt::format("for example {}", component.example));
    return std::nullopt;
  }
  for (const FieldDescription& field : component.fields) {
    const auto given = std::find_if(settings.values_.begin(), settings.values_.end(),
                                    [&](const auto& value) { return value.first == field.name; });
    if (given != settings.values_.end()) {
      FieldCheck(component, field, !named, diagnostics).run(given->second);
      if (field.secret && given->second.is_scalar() && !given->second.secret) {
        diagnostics.warning(given->second.place, fmt::format("'{}' stands in the file for all to read", field.name),
                            "write ${secret:env:NAME} or ${secret:file:/path}");
      }
    } else if (!field.default_value.empty()) {
      settings.values_.emplace_back(field.name, default_node(field, node.place));
    } else if (field.required) {
      diagnostics.error(
          node.place, fmt::format("{} needs '{}'", component.name, field.name),
          field.example.empty()
              ? ""
              : fmt::format("for example {}: {}",
                            field.name == component.shorthand && node.is_null() ? component.name : field.name,
                            field.example));
    }
  }
  if (diagnostics.errors() != errors_before) return std::nullopt;
  return settings;
}

bool Settings::has(std::string_view field) const {
  MILLRACE_ASSERT(find_field(*component_, field) != nullptr, field);
  return std::any_of(values_.begin(), values_.end(), [&](const auto& value) { return value.first == field; });
}

const Node& Settings::node(std::string_view field) const {
  const auto found =
      std::find_if(values_.begin(), values_.end(), [&](const auto& value) { return value.first == field; });
  MILLRACE_ASSERT(found != values_.end(), field);
  return found->second;
}

const std::string& Settings::text(std::string_view field) const { return node(field).text; }
int64_t Settings::integer(std::string_view field) const { return *parse_number<int64_t>(text(field)); }
double Settings::number(std::string_view field) const { return *parse_number<double>(text(field)); }
bool Settings::flag(std::string_view field) const { return text(field) == "true"; }
int64_t Settings::duration_us(std::string_view field) const { return *parse_duration_us(text(field)); }
int64_t Settings::bytes(std::string_view field) const { return *parse_byte_count(text(field)); }
Limit Settings::limit(std::string_view field) const { return *parse_limit(text(field)); }

Settings Settings::map(std::string_view field) const {
  const FieldDescription* described = find_field(*component_, field);
  MILLRACE_ASSERT(described != nullptr && described->holds != nullptr, field);
  Diagnostics told_before;
  auto settings = read(*described->holds, node(field), told_before);
  MILLRACE_ASSERT(settings.has_value(), field);
  return *std::move(settings);
}

RangeText Settings::range(const Node& value) const { return *parse_range(value.text); }

std::vector<std::string> Settings::texts(std::string_view field) const {
  const Node& value = node(field);
  if (!value.is_list()) return {value.text};
  std::vector<std::string> all;
  for (const Node& item : value.items) all.push_back(item.text);
  return all;
}

}  // namespace millrace
