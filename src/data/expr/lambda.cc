// Functions of each element: transform(items, x -> x + 1), filter, exists, forall, and their like for maps.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "data/builder.h"
#include "data/expr/checker.h"
#include "data/expr/typed.h"

namespace millrace {
namespace {

using Lambda = TypedNode::Lambda;

struct LambdaFunction {
  std::string_view name;
  Lambda lambda;
  bool of_map;
};
constexpr auto kFunctions = std::to_array<LambdaFunction>({{"transform", Lambda::kTransform, false},
                                                           {"filter", Lambda::kFilter, false},
                                                           {"exists", Lambda::kExists, false},
                                                           {"any_match", Lambda::kExists, false},
                                                           {"forall", Lambda::kForall, false},
                                                           {"all_match", Lambda::kForall, false},
                                                           {"transform_values", Lambda::kTransformValues, true},
                                                           {"transform_keys", Lambda::kTransformKeys, true},
                                                           {"map_filter", Lambda::kMapFilter, true}});

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

// Above every slot that a flow can have; lambdas inside lambdas go on from there.
constexpr int kFirstParamSlot = 4096;

}  // namespace

int Checker::lambda_body(const SyntaxNode& lambda, const std::vector<Type>& params, TypedNode& into) {
  if (lambda.parts.size() > params.size()) {
    return error(lambda, fmt::format("this lambda takes at most {} parameters", params.size()));
  }
  static constexpr int kParamsMax = 2;
  into.first_param_slot = kFirstParamSlot + lambda_depth_ * kParamsMax;
  into.params = static_cast<int>(lambda.parts.size());
  LambdaNames names(names_, lambda.parts, params, into.first_param_slot);
  auto state = std::make_unique<Program::State>();
  Checker inner(*state, names, errors_);
  inner.lambda_depth_ = lambda_depth_ + 1;
  const int root = inner.check(*lambda.args[0]);
  if (root < 0) return -1;
  into.shown = fmt::format("{} -> {}", fmt::join(lambda.parts, ", "), state->nodes[static_cast<size_t>(root)].shown);
  state->roots.push_back(root);
  state->fields.push_back({"", state->nodes[static_cast<size_t>(root)].type});
  into.body = Program::from_state(std::move(state));
  return root;
}

int Checker::check_lambda_call(const SyntaxNode& node) {
  const auto function = std::find_if(kFunctions.begin(), kFunctions.end(),
                                     [&](const LambdaFunction& one) { return one.name == node.function; });
  if (function == kFunctions.end()) return error(node, fmt::format("{} takes no lambda", node.function));
  if (node.args.size() != 2 || node.args[1]->kind != SyntaxNode::Kind::kLambda) {
    return error(node, fmt::format("{} takes {} and a lambda", node.function, function->of_map ? "a map" : "an array"),
                 fmt::format("write {}", function->of_map ? fmt::format("{}(m, (k, v) -> ...)", node.function)
                                                          : fmt::format("{}(items, x -> ...)", node.function)));
  }
  const int collection = check(*node.args[0]);
  if (collection < 0) return -1;
  const Type type = type_of(collection);
  if (!type.is(function->of_map ? TypeKind::kMap : TypeKind::kArray)) {
    return error(*node.args[0], fmt::format("{} takes {}, this is {}", node.function,
                                            function->of_map ? "a map" : "an array", type.text()));
  }
  TypedNode call{.kind = TypedNode::Kind::kLambda, .args = {collection}, .lambda = function->lambda};
  const std::vector<Type> params = function->of_map ? std::vector<Type>{type.key(), type.value()}
                                                    : std::vector<Type>{type.element(), TypeKind::kInt};
  if (lambda_body(*node.args[1], params, call) < 0) return -1;
  const Type body = call.body->fields()[0].type;
  const bool condition = function->lambda != Lambda::kTransform && function->lambda != Lambda::kTransformValues &&
                         function->lambda != Lambda::kTransformKeys;
  if (condition && !body.is(TypeKind::kBool)) {
    return error(*node.args[1],
                 fmt::format("the lambda of {} gives a boolean, this gives {}", node.function, body.text()));
  }
  switch (function->lambda) {
    case Lambda::kTransform: call.type = Type::array(body); break;
    case Lambda::kFilter:
    case Lambda::kMapFilter: call.type = type; break;
    case Lambda::kExists:
    case Lambda::kForall: call.type = TypeKind::kBool; break;
    case Lambda::kTransformValues: call.type = Type::map(type.key(), body); break;
    case Lambda::kTransformKeys: call.type = Type::map(body, type.value()); break;
  }
  call.subject = std::string(node.text());
  call.shown = fmt::format("{}({}, {})", node.function, shown(collection), call.shown);
  const std::string key = fmt::format("lambda #{}", unique_++);
  return add(std::move(call), key);
}

namespace {

// exists and forall, three-valued: null when no element decides and some are null.
Column quantify(const TypedNode& node, const Column& collection, const Rows& rows, const std::vector<uint32_t>& parents,
                const Column& body) {
  const bool decides = node.lambda == Lambda::kExists;
  std::vector<uint8_t> state(rows.total(), 0);  // 1: decided, 2: a null was there
  for (size_t i = 0; i < parents.size(); ++i) {
    if (body.is_null(i)) {
      state[parents[i]] |= 2;
    } else if (body.bool_at(i) == decides) {
      state[parents[i]] |= 1;
    }
  }
  BoolBuilder out(rows.total());
  for (size_t row = 0; row < rows.total(); ++row) {
    if (collection.is_null(row) || state[row] == 2) {
      out.append_null();
    } else {
      out.append((state[row] & 1) != 0 ? decides : !decides);
    }
  }
  return out.finish();
}

}  // namespace

Column collect_lambda(const TypedNode& node, const Column& collection, const Rows& rows,
                      const std::vector<uint32_t>& parents, const std::vector<uint32_t>& elements, const Column& body) {
  if (node.lambda == Lambda::kExists || node.lambda == Lambda::kForall) {
    return quantify(node, collection, rows, parents, body);
  }
  ColumnBuilder builder(node.type);
  size_t at = 0;
  for (size_t row = 0; row < rows.total(); ++row) {
    if (collection.is_null(row)) {
      builder.append_null();
      continue;
    }
    for (; at < parents.size() && parents[at] == row; ++at) {
      const bool kept = !body.is_null(at) && body.type.is(TypeKind::kBool) && body.bool_at(at);
      switch (node.lambda) {
        case Lambda::kTransform: builder.child(0).append_from(body, at); break;
        case Lambda::kFilter:
          if (kept) builder.child(0).append_from(collection.children[0], elements[at]);
          break;
        case Lambda::kMapFilter:
          if (!kept) break;
          builder.child(0).append_from(collection.children[0], elements[at]);
          builder.child(1).append_from(collection.children[1], elements[at]);
          break;
        case Lambda::kTransformValues:
          builder.child(0).append_from(collection.children[0], elements[at]);
          builder.child(1).append_from(body, at);
          break;
        default:
          builder.child(0).append_from(body, at);
          builder.child(1).append_from(collection.children[1], elements[at]);
      }
    }
    builder.end_nested();
  }
  return builder.finish();
}

}  // namespace millrace
