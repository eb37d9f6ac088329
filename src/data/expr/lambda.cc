// Checks functions that take a lambda: transform(items, x -> x + 1) and its like.
#include "data/expr/lambda.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "data/expr/cast.h"
#include "data/expr/checker.h"

namespace millrace {
namespace {

using Lambda = TypedNode::Lambda;

constexpr auto kFunctions = std::to_array<LambdaFunction>({
    {.name = "transform", .lambda = Lambda::kTransform, .params_max = 2},
    {.name = "filter", .lambda = Lambda::kFilter, .params_max = 2},
    {.name = "exists", .lambda = Lambda::kExists},
    {.name = "forall", .lambda = Lambda::kForall},
    {.name = "transform_values", .lambda = Lambda::kTransformValues, .of_map = true, .params_min = 2, .params_max = 2},
    {.name = "transform_keys", .lambda = Lambda::kTransformKeys, .of_map = true, .params_min = 2, .params_max = 2},
    {.name = "map_filter", .lambda = Lambda::kMapFilter, .of_map = true, .params_min = 2, .params_max = 2},
    {.name = "zip_with", .lambda = Lambda::kZipWith, .collections = 2, .params_min = 2, .params_max = 2},
    {.name = "map_zip_with",
     .lambda = Lambda::kMapZipWith,
     .of_map = true,
     .collections = 2,
     .params_min = 3,
     .params_max = 3},
    {.name = "aggregate", .lambda = Lambda::kAggregate, .params_min = 2, .params_max = 2},
    {.name = "reduce", .lambda = Lambda::kAggregate, .params_min = 2, .params_max = 2},
    {.name = "array_sort", .lambda = Lambda::kSort, .params_min = 2, .params_max = 2},
});

// Above every slot that a flow can have; lambdas inside lambdas go on from there.
constexpr int kFirstParamSlot = 4096;
constexpr int kParamsMax = 3;

// The parameters, then what is around the lambda.
class LambdaNames final : public NameResolver {
 public:
  LambdaNames(NameResolver& outer, const std::vector<std::string>& params, const std::vector<Type>& types,
              int first_slot)
      : outer_(outer), params_(params), types_(types), first_slot_(first_slot) {}
  std::optional<Found> resolve(const std::vector<std::string>& path) override {
    for (size_t i = 0; i < params_.size(); ++i) {
      if (params_[i] == path[0]) return Found{first_slot_ + static_cast<int>(i), types_[i], 1};
    }
    return outer_.resolve(path);
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> names = outer_.names();
    names.insert(names.end(), params_.begin(), params_.end());
    return names;
  }

 private:
  NameResolver& outer_;
  const std::vector<std::string>& params_;
  const std::vector<Type>& types_;
  int first_slot_;
};

// The same but for the names of fields.
bool same_shape(const Type& a, const Type& b) {
  if (a.kind() != b.kind() || !a.is_nested()) return a == b;
  if (a.is(TypeKind::kArray)) return same_shape(a.element(), b.element());
  if (a.is(TypeKind::kMap)) return same_shape(a.key(), b.key()) && same_shape(a.value(), b.value());
  return std::equal(a.fields().begin(), a.fields().end(), b.fields().begin(), b.fields().end(),
                    [](const Field& x, const Field& y) { return same_shape(x.type, y.type); });
}

std::vector<Type> parameters_of(const LambdaFunction& function, const std::vector<Type>& over) {
  switch (function.lambda) {
    case Lambda::kZipWith: return {over[0].element(), over[1].element()};
    case Lambda::kMapZipWith: return {over[0].key(), over[0].value(), over[1].value()};
    case Lambda::kSort: return {over[0].element(), over[0].element()};
    default:
      return function.of_map ? std::vector<Type>{over[0].key(), over[0].value()}
                             : std::vector<Type>{over[0].element(), TypeKind::kInt};
  }
}

Type result_type(Lambda lambda, const Type& over, const Type& body) {
  switch (lambda) {
    case Lambda::kExists:
    case Lambda::kForall: return TypeKind::kBool;
    case Lambda::kTransform:
    case Lambda::kZipWith: return Type::array(body);
    case Lambda::kTransformValues:
    case Lambda::kMapZipWith: return Type::map(over.key(), body);
    case Lambda::kTransformKeys: return Type::map(body, over.value());
    default: return over;
  }
}

// What the body must give; nullopt: anything.
std::optional<TypeKind> body_kind(Lambda lambda) {
  switch (lambda) {
    case Lambda::kFilter:
    case Lambda::kMapFilter:
    case Lambda::kExists:
    case Lambda::kForall: return TypeKind::kBool;
    case Lambda::kSort: return TypeKind::kInt;
    default: return std::nullopt;
  }
}

}  // namespace

const LambdaFunction* find_lambda_function(std::string_view name) {
  const auto found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                  [&](const LambdaFunction& function) { return function.name == name; });
  return found == kFunctions.end() ? nullptr : &*found;
}

// nullptr after an error. `wanted`: the type that the body must have but for the names of fields.
std::shared_ptr<const Program> Checker::lambda_body(const SyntaxNode& lambda, const std::vector<Type>& params,
                                                    size_t params_min, const Type* wanted, TypedNode& into) {
  const size_t given = lambda.parts.size();
  if (given < params_min || given > params.size()) {
    error(lambda, params_min == params.size()
                      ? fmt::format("this lambda takes {} parameter{}", params_min, params_min == 1 ? "" : "s")
                      : fmt::format("this lambda takes {} to {} parameters", params_min, params.size()));
    return nullptr;
  }
  into.first_param_slot = kFirstParamSlot + lambda_depth_ * kParamsMax;
  into.params = static_cast<int>(given);
  LambdaNames names(names_, lambda.parts, params, into.first_param_slot);
  auto state = std::make_unique<Program::State>();
  Checker inner(*state, names, errors_);
  inner.lambda_depth_ = lambda_depth_ + 1;
  int root = inner.check(*lambda.args[0]);
  if (root < 0) return nullptr;
  if (wanted != nullptr) {
    const Type body = inner.type_of(root);
    if (!same_shape(body, *wanted)) {
      error(lambda, fmt::format("the lambda gives {}, but it begins with {}", body.text(), wanted->text()),
            "cast what it begins with, or what the lambda gives");
      return nullptr;
    }
    root = inner.cast_to(root, *wanted, lambda);
    if (root < 0) return nullptr;
  }
  const TypedNode& top = state->nodes[static_cast<size_t>(root)];
  const std::string names_shown = fmt::format("{}", fmt::join(lambda.parts, ", "));
  into.shown += fmt::format(", {} -> {}", given == 1 ? names_shown : "(" + names_shown + ")", top.shown);
  state->fields.push_back({"", top.type});
  state->roots.push_back(root);
  return Program::from_state(std::move(state));
}

// The arrays or maps before the lambda, brought to what they need in common; empty after an error.
std::vector<int> Checker::check_collections(const SyntaxNode& node, const LambdaFunction& function) {
  const std::string_view what = function.of_map ? "a map" : "an array";
  std::vector<int> over;
  for (int i = 0; i < function.collections; ++i) {
    const SyntaxNode& arg = *node.args[static_cast<size_t>(i)];
    const int checked = check(arg);
    if (checked < 0) return {};
    if (!type_of(checked).is(function.of_map ? TypeKind::kMap : TypeKind::kArray)) {
      error(arg, fmt::format("{} takes {}, this is {}", node.function, what, type_of(checked).text()));
      return {};
    }
    over.push_back(checked);
  }
  if (function.lambda != Lambda::kMapZipWith) return over;
  const auto key = common_type(type_of(over[0]).key(), type_of(over[1]).key());
  if (!key) {
    error(node, fmt::format("keys of {} and {} have no common type", type_of(over[0]).text(), type_of(over[1]).text()));
    return {};
  }
  for (size_t i = 0; i < over.size(); ++i) {
    over[i] = cast_to(over[i], Type::map(*key, type_of(over[i]).value()), *node.args[i]);
    if (over[i] < 0) return {};
  }
  return over;
}

int Checker::check_lambda_call(const SyntaxNode& node) {
  const LambdaFunction* function = find_lambda_function(node.function);
  if (function == nullptr) return error(node, fmt::format("{} takes no lambda", node.function));
  if (function->lambda == Lambda::kAggregate) return check_aggregate(node, *function);
  const auto collections = static_cast<size_t>(function->collections);
  if (node.args.size() != collections + 1 || node.args[collections]->kind != SyntaxNode::Kind::kLambda) {
    return error(node,
                 fmt::format("{} takes {} and a lambda", node.function,
                             collections == 1 ? (function->of_map ? "a map" : "an array")
                                              : (function->of_map ? "two maps" : "two arrays")),
                 fmt::format("write {}", find_function(node.function)->signature));
  }
  const std::vector<int> over = check_collections(node, *function);
  if (over.empty()) return -1;
  TypedNode call{.kind = TypedNode::Kind::kLambda, .args = over, .lambda = function->lambda};
  std::vector<Type> types;
  std::vector<std::string> texts;
  for (const int one : over) {
    types.push_back(type_of(one));
    texts.push_back(shown(one));
  }
  std::vector<Type> params = parameters_of(*function, types);
  params.resize(static_cast<size_t>(function->params_max));
  call.body = lambda_body(*node.args[collections], params, static_cast<size_t>(function->params_min), nullptr, call);
  if (call.body == nullptr) return -1;
  const Type body = call.body->fields()[0].type;
  if (const auto kind = body_kind(function->lambda); kind && !body.is(*kind)) {
    return error(*node.args[collections], fmt::format("the lambda of {} gives {}, this gives {}", node.function,
                                                      *kind == TypeKind::kBool ? "a boolean" : "an int", body.text()));
  }
  call.type = result_type(function->lambda, types[0], body);
  call.subject = std::string(node.text());
  call.shown = fmt::format("{}({}{})", node.function, fmt::join(texts, ", "), call.shown);
  return add(std::move(call), fmt::format("lambda #{}", unique_++));
}

// aggregate(items, start, (sum, x) -> sum [, sum -> result])
int Checker::check_aggregate(const SyntaxNode& node, const LambdaFunction& function) {
  const auto is_lambda = [&](size_t i) { return node.args[i]->kind == SyntaxNode::Kind::kLambda; };
  const bool formed = (node.args.size() == 3 || node.args.size() == 4) && !is_lambda(0) && !is_lambda(1) &&
                      is_lambda(2) && is_lambda(node.args.size() - 1);
  if (!formed) {
    return error(node, fmt::format("{} takes an array, a value to begin with, and one or two lambdas", node.function),
                 fmt::format("write {}", find_function(node.function)->signature));
  }
  const std::vector<int> over = check_collections(node, function);
  const int start = check(*node.args[1]);
  if (over.empty() || start < 0) return -1;
  const Type sum = type_of(start);
  TypedNode call{.kind = TypedNode::Kind::kLambda, .args = {over[0], start}, .lambda = function.lambda};
  call.body = lambda_body(*node.args[2], {sum, type_of(over[0]).element()}, 2, &sum, call);
  if (call.body == nullptr) return -1;
  call.type = sum;
  if (node.args.size() == 4) {
    call.finish = lambda_body(*node.args[3], {sum}, 1, nullptr, call);
    if (call.finish == nullptr) return -1;
    call.type = call.finish->fields()[0].type;
  }
  call.subject = std::string(node.text());
  call.shown = fmt::format("{}({}, {}{})", node.function, shown(over[0]), shown(start), call.shown);
  return add(std::move(call), fmt::format("lambda #{}", unique_++));
}

}  // namespace millrace
