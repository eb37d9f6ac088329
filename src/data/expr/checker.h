#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/expr/expr.h"
#include "data/expr/lambda.h"
#include "data/expr/syntax.h"
#include "data/expr/typed.h"

namespace millrace {

// From syntax to typed nodes: finds names and functions, inserts casts, folds constants, shares equal parts. All errors
// of an expression are found, each once.
class Checker {
 public:
  Checker(Program::State& state, NameResolver& names, std::vector<ExprError>& errors)
      : state_(state), names_(names), errors_(errors) {}

  // The node, or -1 when there were errors.
  int check(const SyntaxNode& node);

 private:
  int check_name(const SyntaxNode& node);
  int check_call(const SyntaxNode& node);
  int check_logic(const SyntaxNode& node);
  int check_case(const SyntaxNode& node);
  int check_if(const SyntaxNode& node);
  int check_decode(const SyntaxNode& node);
  int check_coalesce(const SyntaxNode& node, const std::vector<int>& args);
  int check_cast(const SyntaxNode& node);
  int check_type_call(const SyntaxNode& node);
  int check_field(const SyntaxNode& node);
  int check_subscript(const SyntaxNode& node);
  int check_lambda_call(const SyntaxNode& node);
  int check_aggregate(const SyntaxNode& node, const LambdaFunction& function);
  std::vector<int> check_collections(const SyntaxNode& node, const LambdaFunction& function);
  std::shared_ptr<const Program> lambda_body(const SyntaxNode& lambda, const std::vector<Type>& params,
                                             size_t params_min, const Type* wanted, TypedNode& into);
  int bind(const Function& function, const std::vector<int>& args, const SyntaxNode& node, const std::string& shown);
  int field_of(int struct_node, const std::string& field, const SyntaxNode& node);
  bool unknown_function(const SyntaxNode& node);

  int add(TypedNode node, const std::string& key);
  int cast_to(int node, const Type& type, const SyntaxNode& at);  // the same node when it has the type
  int constant(Column value, const SyntaxNode& at);
  int fold(int node);
  int error(const SyntaxNode& at, std::string message, std::string hint = "");
  const Type& type_of(int node) const { return state_.nodes[static_cast<size_t>(node)].type; }
  std::string shown(int node) const { return state_.nodes[static_cast<size_t>(node)].shown; }

  Program::State& state_;
  NameResolver& names_;
  std::vector<ExprError>& errors_;
  std::map<std::string, int> known_;  // equal parts by key
  int lambda_depth_ = 0;
  int unique_ = 0;  // for keys of what is never equal: uuid()
};

}  // namespace millrace
