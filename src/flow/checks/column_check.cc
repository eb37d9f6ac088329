#include "flow/checks/column_check.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "base/spelling.h"
#include "data/utf8.h"

namespace millrace {
namespace {

constexpr size_t kShownCharsMax = 60;

}  // namespace

void OrderedCheck::run(const Batch&, const Rows&, std::vector<Fault>&) const {
  MILLRACE_UNREACHABLE("an ordered check outside of its turn");
}

std::optional<VisibleColumn> checked_column(const Node& name, Scope& scope, Diagnostics& diagnostics) {
  std::vector<std::string> path(1);
  for (const char c : name.text) {
    if (c == '.') {
      path.emplace_back();
    } else {
      path.back() += c;
    }
  }
  if (const VisibleColumn* whole = scope.find(name.text)) return *whole;
  const auto found = scope.resolve(path);
  if (found && found->parts == path.size()) return VisibleColumn{name.text, found->type, found->column};
  if (found) {
    diagnostics.error(name.place, fmt::format("'{}' is a part of a column, and a check wants a whole one", name.text),
                      "give it a name of its own with `select` or `with` before, or write a rule");
    return std::nullopt;
  }
  const auto near = nearest_spelling(name.text, scope.names());
  const std::string* gone = scope.why_gone(path[0]);
  diagnostics.error(name.place, fmt::format("there is no column '{}' here", name.text),
                    gone != nullptr ? *gone
                    : near          ? fmt::format("did you mean '{}'?", *near)
                                    : fmt::format("there are: {}", fmt::join(scope.names(), ", ")));
  return std::nullopt;
}

std::optional<VisibleColumn> checked_text_column(std::string_view check, const Node& name, Scope& scope,
                                                 Diagnostics& diagnostics) {
  auto column = checked_column(name, scope, diagnostics);
  if (!column || column->type.is(TypeKind::kString)) return column;
  diagnostics.error(name.place, fmt::format("'{}' is {}, and {} looks at texts", name.text, column->type.text(), check),
                    "check the text before it is converted, or write a rule");
  return std::nullopt;
}

std::vector<const Node*> column_names(const Settings& settings) {
  const Node& node = settings.node("columns");
  if (!node.is_list()) return {&node};
  std::vector<const Node*> names;
  for (const Node& item : node.items) names.push_back(&item);
  return names;
}

std::string shown_value(std::string_view text) {
  if (count_chars(text) <= kShownCharsMax) return fmt::format("'{}'", text);
  return fmt::format("'{}...'", text.substr(0, byte_of_char(text, kShownCharsMax)));
}

std::string shown_value(const Column& column, size_t row) {
  const std::string text = format_value(column, row);
  return column.type.is(TypeKind::kString) ? shown_value(text) : text;
}

}  // namespace millrace
