#include "data/expr/checker.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/spelling.h"
#include "data/builder.h"
#include "data/expr/cast.h"
#include "data/expr/operators.h"

namespace millrace {
namespace {

constexpr auto kAggregates = std::to_array<std::string_view>({"sum",
                                                              "avg",
                                                              "mean",
                                                              "count",
                                                              "min",
                                                              "max",
                                                              "collect_list",
                                                              "collect_set",
                                                              "first",
                                                              "last",
                                                              "stddev",
                                                              "variance",
                                                              "approx_count_distinct",
                                                              "percentile",
                                                              "median",
                                                              "mode",
                                                              "corr",
                                                              "any_value",
                                                              "count_if",
                                                              "bool_and",
                                                              "bool_or"});
constexpr auto kWindows = std::to_array<std::string_view>(
    {"row_number", "rank", "dense_rank", "lag", "lead", "ntile", "cume_dist", "percent_rank", "nth_value"});

constexpr auto kTypeCalls = std::to_array<std::string_view>(
    {"boolean", "int", "bigint", "double", "decimal", "string", "binary", "date", "timestamp"});

// What a struct made of the argument would call it.
std::string_view name_of(const SyntaxNode& node) {
  if (!node.alias.empty()) return node.alias;
  const bool named = node.kind == SyntaxNode::Kind::kName || node.kind == SyntaxNode::Kind::kField;
  return named ? std::string_view(node.parts.back()) : std::string_view();
}

template <typename Words>
bool is_one_of(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string joined(const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, ".")); }

// A constant's bytes as a key: type and value.
std::string constant_key(const Column& column) {
  std::string value = column.is_null(0) ? "null" : "v" + format_value(column, 0);
  if (!column.is_null(0) && column.type.is(TypeKind::kDouble)) {
    const double number = column.at<double>(0);  // -0.0 is not 0.0
    value = fmt::format("v{:a}", number);
  }
  return fmt::format("const {} {}", column.type.text(), value);
}

std::string show_constant(const Column& column) {
  if (column.is_null(0)) return "NULL";
  const std::string text = format_value(column, 0);
  switch (column.type.kind()) {
    case TypeKind::kString: return fmt::format("'{}'", text);
    case TypeKind::kDate: return fmt::format("DATE '{}'", text);
    case TypeKind::kTimestamp: return fmt::format("TIMESTAMP '{}'", text);
    case TypeKind::kInterval: return fmt::format("INTERVAL '{}'", text);
    case TypeKind::kBinary: return fmt::format("X'{} bytes'", text.size());
    default: return text;
  }
}

}  // namespace

int Checker::error(const SyntaxNode& at, std::string message, std::string hint) {
  errors_.push_back({at.begin, at.end, std::move(message), std::move(hint)});
  return -1;
}

int Checker::add(TypedNode node, const std::string& key) {
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  const int index = static_cast<int>(state_.nodes.size());
  state_.nodes.push_back(std::move(node));
  known_.emplace(key, index);
  return index;
}

int Checker::constant(Column value, const SyntaxNode& at) {
  value = repeat(value, 1);
  TypedNode node{.kind = TypedNode::Kind::kConstant, .type = value.type, .subject = std::string(at.text())};
  node.shown = show_constant(value);
  const std::string key = constant_key(value);
  node.constant = std::move(value);
  return add(std::move(node), key);
}

// A call whose arguments are all constants becomes a constant; one that faults stays, since only a row can have a
// fault.
int Checker::fold(int index) {
  const TypedNode& node = state_.nodes[static_cast<size_t>(index)];
  for (const int arg : node.args) {
    if (state_.nodes[static_cast<size_t>(arg)].kind != TypedNode::Kind::kConstant) return index;
  }
  auto value = evaluate_constant(state_.nodes, index);
  if (!value) return index;
  TypedNode folded{.kind = TypedNode::Kind::kConstant, .type = node.type, .subject = node.subject};
  folded.shown = show_constant(*value);
  const std::string key = constant_key(*value);
  folded.constant = std::move(*value);
  return add(std::move(folded), key);
}

int Checker::cast_to(int index, const Type& type, const SyntaxNode& at) {
  if (index < 0 || type_of(index) == type) return index;
  const Type from = type_of(index);
  if (from.is(TypeKind::kNull)) return constant(null_column(type, 1), at);
  auto kernel = cast_kernel(from, type);
  if (!kernel) return error(at, fmt::format("{} cannot become {}", from.text(), type.text()));
  TypedNode node{.kind = TypedNode::Kind::kCall, .type = type, .kernel = std::move(*kernel), .args = {index}};
  node.subject = std::string(at.text());
  node.shown = fmt::format("CAST({} AS {})", shown(index), type.text());
  return fold(add(std::move(node), fmt::format("cast {} {}", index, type.text())));
}

int Checker::check(const SyntaxNode& node) {
  switch (node.kind) {
    case SyntaxNode::Kind::kLiteral: return constant(node.literal, node);
    case SyntaxNode::Kind::kName: return check_name(node);
    case SyntaxNode::Kind::kCall: return check_call(node);
    case SyntaxNode::Kind::kCast: return check_cast(node);
    case SyntaxNode::Kind::kCase: return check_case(node);
    case SyntaxNode::Kind::kField: return check_field(node);
    case SyntaxNode::Kind::kSubscript: return check_subscript(node);
    case SyntaxNode::Kind::kLambda:
      return error(node, "a lambda stands only as an argument of functions such as transform");
    case SyntaxNode::Kind::kStar: return error(node, "'*' stands only by itself in a select list");
  }
  MILLRACE_UNREACHABLE("syntax kind");
}

int Checker::check_name(const SyntaxNode& node) {
  const auto found = names_.resolve(node.parts);
  if (!found) {
    const std::string name = joined(node.parts);
    const auto near = nearest_spelling(name, names_.names());
    std::string hint = near ? fmt::format("did you mean '{}'?", *near) : "";
    if (!near) {
      const std::vector<std::string> names = names_.names();
      if (!names.empty() && names.size() <= 20) hint = fmt::format("the columns here are {}", fmt::join(names, ", "));
    }
    return error(node, fmt::format("there is no column '{}'", name), std::move(hint));
  }
  std::vector<std::string> used(node.parts.begin(), node.parts.begin() + static_cast<std::ptrdiff_t>(found->parts));
  TypedNode column{.kind = TypedNode::Kind::kColumn, .type = found->type, .slot = found->column};
  column.subject = joined(used);
  column.shown = column.subject;
  int index = add(std::move(column), fmt::format("column {}", found->column));
  for (size_t part = found->parts; part < node.parts.size() && index >= 0; ++part) {
    index = field_of(index, node.parts[part], node);
  }
  return index;
}

int Checker::field_of(int of, const std::string& field, const SyntaxNode& node) {
  const Type type = type_of(of);
  if (type.is(TypeKind::kMap) && type.key().is(TypeKind::kString)) {
    return bind(map_value_function(), {of, constant(constant_string(field), node)}, node,
                fmt::format("{}.{}", shown(of), field));
  }
  const bool array = type.is(TypeKind::kArray) && type.element().is(TypeKind::kStruct);
  if (!type.is(TypeKind::kStruct) && !array) {
    return error(node, fmt::format("'{}' is {}, it has no field '{}'", shown(of), type.text(), field));
  }
  const Type& structure = array ? type.element() : type;
  const Field* found = structure.find_field(field);
  if (found == nullptr) {
    std::vector<std::string> names;
    for (const Field& one : structure.fields()) names.push_back(one.name);
    const auto near = nearest_spelling(field, names);
    return error(
        node, fmt::format("'{}' has no field '{}'", shown(of), field),
        near ? fmt::format("did you mean '{}'?", *near) : fmt::format("its fields are {}", fmt::join(names, ", ")));
  }
  const auto at = static_cast<size_t>(found - structure.fields().data());
  TypedNode result{.kind = TypedNode::Kind::kCall,
                   .type = array ? Type::array(found->type) : found->type,
                   .kernel = array ? array_field_kernel(at) : field_kernel(at),
                   .args = {of}};
  result.subject = std::string(node.text());
  result.shown = fmt::format("{}.{}", shown(of), field);
  return fold(add(std::move(result), fmt::format("field {} {}", of, at)));
}

int Checker::check_field(const SyntaxNode& node) {
  const int of = check(*node.args[0]);
  return of < 0 ? -1 : field_of(of, node.parts[0], node);
}

int Checker::check_subscript(const SyntaxNode& node) {
  const int of = check(*node.args[0]);
  const int at = check(*node.args[1]);
  if (of < 0 || at < 0) return -1;
  const Type& type = type_of(of);
  if (!type.is(TypeKind::kArray) && !type.is(TypeKind::kMap)) {
    return error(node, fmt::format("only arrays and maps have elements, '{}' is {}", shown(of), type.text()),
                 type.is(TypeKind::kString) ? "of a string, use substring" : "");
  }
  return bind(type.is(TypeKind::kArray) ? array_element_function() : map_value_function(), {of, at}, node,
              fmt::format("{}[{}]", shown(of), shown(at)));
}

int Checker::check_cast(const SyntaxNode& node) {
  const int value = check(*node.args[0]);
  if (value < 0) return -1;
  const Type from = type_of(value);
  if (from == node.type) return value;
  if (from.is(TypeKind::kNull)) return constant(null_column(node.type, 1), node);
  auto kernel = cast_kernel(from, node.type);
  if (!kernel) {
    return error(node, fmt::format("{} cannot be cast to {}", from.text(), node.type.text()));
  }
  TypedNode cast{.kind = TypedNode::Kind::kCall,
                 .type = node.type,
                 .kernel = std::move(*kernel),
                 .quiet = node.try_form,
                 .args = {value}};
  cast.subject = std::string(node.text());
  cast.shown = fmt::format("{}({} AS {})", node.try_form ? "TRY_CAST" : "CAST", shown(value), node.type.text());
  const std::string key = fmt::format("{} {} {}", node.try_form ? "try_cast" : "cast", value, node.type.text());
  const int folded = fold(add(std::move(cast), key));
  if (node.is_literal && state_.nodes[static_cast<size_t>(folded)].kind != TypedNode::Kind::kConstant) {
    return error(node, fmt::format("this is not a {}", node.type.text()),
                 node.type.is(TypeKind::kDate) ? "write DATE '2026-01-31'" : "write TIMESTAMP '2026-01-31 12:00:00'");
  }
  return folded;
}

int Checker::check_logic(const SyntaxNode& node) {
  std::vector<int> args;
  for (const SyntaxRef& arg : node.args) {
    int value = check(*arg);
    if (value >= 0 && type_of(value).is(TypeKind::kNull)) value = cast_to(value, TypeKind::kBool, *arg);
    if (value >= 0 && type_of(value).is(TypeKind::kString)) value = cast_to(value, TypeKind::kBool, *arg);
    if (value >= 0 && !type_of(value).is(TypeKind::kBool)) {
      value = error(
          *arg,
          fmt::format("{} joins conditions, this is {}", node.function == "and" ? "AND" : "OR", type_of(value).text()),
          "compare it with something");
    }
    args.push_back(value);
  }
  if (std::find(args.begin(), args.end(), -1) != args.end()) return -1;
  const bool is_and = node.function == "and";
  TypedNode logic{.kind = is_and ? TypedNode::Kind::kAnd : TypedNode::Kind::kOr, .type = TypeKind::kBool, .args = args};
  logic.subject = std::string(node.text());
  std::vector<std::string> texts;
  for (const int arg : args) texts.push_back(shown(arg));
  logic.shown = fmt::format("({})", fmt::join(texts, is_and ? " AND " : " OR "));
  return fold(add(std::move(logic), fmt::format("{} {}", node.function, fmt::join(args, " "))));
}

int Checker::check_case(const SyntaxNode& node) {
  std::vector<int> args;
  std::vector<size_t> values;
  bool well = true;
  Type type;
  const size_t branches = node.args.size() - (node.has_else ? 1 : 0);
  for (size_t i = 0; i < node.args.size(); ++i) {
    int value = check(*node.args[i]);
    if (i < branches && i % 2 == 0) {
      // As in Spark: if takes a bare NULL, CASE does not.
      if (value >= 0 && node.function == "if" && type_of(value).is(TypeKind::kNull)) {
        value = cast_to(value, TypeKind::kBool, *node.args[i]);
      }
      if (value >= 0 && !type_of(value).is(TypeKind::kBool)) {
        value = error(*node.args[i], fmt::format("a condition is a boolean, this is {}", type_of(value).text()));
      }
    } else if (value >= 0) {
      const auto both = common_type(type, type_of(value));
      if (both) {
        type = *both;
      } else {
        value =
            error(*node.args[i], fmt::format("one branch gives {}, this one {}", type.text(), type_of(value).text()),
                  "cast one of them");
      }
      values.push_back(i);
    }
    well = well && value >= 0;
    args.push_back(value);
  }
  if (!well) return -1;
  for (const size_t i : values) args[i] = cast_to(args[i], type, *node.args[i]);
  if (!node.has_else) args.push_back(constant(null_column(type, 1), node));
  if (std::find(args.begin(), args.end(), -1) != args.end()) return -1;
  TypedNode choice{.kind = TypedNode::Kind::kCase, .type = type, .args = args};
  choice.subject = std::string(node.text());
  choice.shown = "CASE";
  for (size_t i = 0; i + 1 < args.size(); i += 2)
    choice.shown += fmt::format(" WHEN {} THEN {}", shown(args[i]), shown(args[i + 1]));
  choice.shown += fmt::format(" ELSE {} END", shown(args.back()));
  return fold(add(std::move(choice), fmt::format("case {} {}", fmt::join(args, " "), type.text())));
}

// if(c, a, b) is CASE WHEN c THEN a ELSE b END.
int Checker::check_if(const SyntaxNode& node) {
  SyntaxNode choice = node;
  choice.kind = SyntaxNode::Kind::kCase;
  choice.has_else = true;
  return check_case(choice);
}

// decode(v, a, x, b, y, z) is CASE WHEN v <=> a THEN x WHEN v <=> b THEN y ELSE z END.
int Checker::check_decode(const SyntaxNode& node) {
  SyntaxNode choice = node;
  choice.kind = SyntaxNode::Kind::kCase;
  choice.has_else = true;
  choice.args.clear();
  for (size_t i = 1; i + 1 < node.args.size(); i += 2) {
    auto same = std::make_shared<SyntaxNode>(*node.args[i]);
    same->kind = SyntaxNode::Kind::kCall;
    same->function = "<=>";
    same->args = {node.args[0], node.args[i]};
    choice.args.push_back(std::move(same));
    choice.args.push_back(node.args[i + 1]);
  }
  // Without a default Spark ends with a null that is a text, which the results are brought together with.
  auto none = std::make_shared<SyntaxNode>(node);
  none->kind = SyntaxNode::Kind::kLiteral;
  none->literal = null_column(TypeKind::kString, 1);
  choice.args.push_back(node.args.size() % 2 == 0 ? node.args.back() : none);
  return check_case(choice);
}

int Checker::check_coalesce(const SyntaxNode& node, const std::vector<int>& args) {
  Type type;
  for (size_t i = 0; i < args.size(); ++i) {
    const auto both = common_type(type, type_of(args[i]));
    if (!both) {
      return error(*node.args[i], fmt::format("{} and {} have no common type", type.text(), type_of(args[i]).text()),
                   "cast one of them");
    }
    type = *both;
  }
  std::vector<int> cast;
  for (size_t i = 0; i < args.size(); ++i) cast.push_back(cast_to(args[i], type, *node.args[i]));
  if (std::find(cast.begin(), cast.end(), -1) != cast.end()) return -1;
  TypedNode first{.kind = TypedNode::Kind::kCoalesce, .type = type, .args = cast};
  first.subject = std::string(node.text());
  std::vector<std::string> texts;
  for (const int arg : cast) texts.push_back(shown(arg));
  first.shown = fmt::format("coalesce({})", fmt::join(texts, ", "));
  return fold(add(std::move(first), fmt::format("coalesce {}", fmt::join(cast, " "))));
}

// int('1') is CAST('1' AS int).
int Checker::check_type_call(const SyntaxNode& node) {
  SyntaxNode cast = node;
  cast.kind = SyntaxNode::Kind::kCast;
  cast.type = parse_type(node.function).value();
  return check_cast(cast);
}

bool Checker::unknown_function(const SyntaxNode& node) {
  const std::string& name = node.function;
  if (is_one_of(kAggregates, name)) {
    error(node, fmt::format("{} is an aggregate; an expression sees one record at a time", name));
    return true;
  }
  if (is_one_of(kWindows, name)) {
    error(node, fmt::format("{} is a window function; an expression sees one record at a time", name));
    return true;
  }
  std::vector<std::string_view> names = {"if", "coalesce", "nvl", "ifnull", "nvl2", "nullif"};
  for (const Function* function : all_functions()) names.push_back(function->name);
  const auto near = nearest_spelling(name, names);
  error(node, fmt::format("there is no function '{}'", name),
        near ? fmt::format("did you mean '{}'?", *near) : "`millrace help functions` lists them");
  return true;
}

int Checker::check_call(const SyntaxNode& node) {
  if (node.function == "and" || node.function == "or") return check_logic(node);
  if (node.function == "if") {
    if (node.args.size() != 3) return error(node, "if takes a condition and two values: if(condition, then, else)");
    return check_if(node);
  }
  if (node.function == "decode" && node.args.size() > 2) return check_decode(node);
  if (std::any_of(node.args.begin(), node.args.end(),
                  [](const SyntaxRef& arg) { return arg->kind == SyntaxNode::Kind::kLambda; })) {
    return check_lambda_call(node);
  }
  std::vector<int> args;
  for (const SyntaxRef& arg : node.args) args.push_back(check(*arg));
  const bool well = std::find(args.begin(), args.end(), -1) == args.end();
  if (node.function == "coalesce" || node.function == "nvl" || node.function == "ifnull") {
    if (args.empty() || (node.function != "coalesce" && args.size() != 2)) {
      return error(
          node, fmt::format("{} takes {} values", node.function, node.function == "coalesce" ? "one or more" : "two"));
    }
    return well ? check_coalesce(node, args) : -1;
  }
  if (args.size() == 1 && is_one_of(kTypeCalls, node.function)) return check_type_call(node);
  const Function* function = find_operator(node.function);
  const bool is_operator = function != nullptr;
  if (function == nullptr) function = find_function(node.function);
  if (function == nullptr) {
    unknown_function(node);
    return -1;
  }
  const int count = static_cast<int>(args.size());
  if (count < function->args_min || (function->args_max >= 0 && count > function->args_max)) {
    return error(node, fmt::format("{} is given {} argument{}", function->name, count, count == 1 ? "" : "s"),
                 fmt::format("write {}", function->signature));
  }
  if (!well) return -1;
  std::vector<std::string> texts;
  for (const int arg : args) texts.push_back(shown(arg));
  std::string text = fmt::format("{}({})", node.function, fmt::join(texts, ", "));
  if (is_operator && args.size() == 2) text = fmt::format("({} {} {})", texts[0], node.function, texts[1]);
  return bind(*function, args, node, text);
}

int Checker::bind(const Function& function, const std::vector<int>& args, const SyntaxNode& node,
                  const std::string& text) {
  std::vector<BindArg> known;
  for (size_t i = 0; i < args.size(); ++i) {
    const TypedNode& value = state_.nodes[static_cast<size_t>(args[i])];
    known.push_back({value.type, value.kind == TypedNode::Kind::kConstant ? &value.constant : nullptr,
                     i < node.args.size() ? name_of(*node.args[i]) : std::string_view()});
  }
  BindResult bound = function.bind(known);
  if (!bound.ok()) {
    const BindError& why = bound.error();
    const bool of_argument = why.argument >= 0 && static_cast<size_t>(why.argument) < node.args.size();
    return error(of_argument ? *node.args[static_cast<size_t>(why.argument)] : node, why.message, why.hint);
  }
  Binding& binding = bound.binding();
  std::vector<int> cast;
  for (size_t i = 0; i < args.size(); ++i) {
    const SyntaxNode& at = i < node.args.size() ? *node.args[i] : node;
    cast.push_back(i < binding.argument_types.size() ? cast_to(args[i], binding.argument_types[i], at) : args[i]);
  }
  if (std::find(cast.begin(), cast.end(), -1) != cast.end()) return -1;
  TypedNode call{.kind = TypedNode::Kind::kCall,
                 .type = binding.type,
                 .kernel = std::move(binding.kernel),
                 .quiet = function.try_form,
                 .chance = !function.deterministic,
                 .args = cast};
  call.subject = std::string(node.text());
  call.shown = text;
  std::string key = fmt::format("call {} {} {}", function.name, binding.type.text(), fmt::join(cast, " "));
  if (!function.deterministic) key += fmt::format(" #{}", unique_++);
  const int index = add(std::move(call), key);
  return function.deterministic && !function.reads_context ? fold(index) : index;
}

}  // namespace millrace
