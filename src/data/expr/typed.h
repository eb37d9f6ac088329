#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/expr/expr.h"
#include "data/expr/function.h"

namespace millrace {

// A node of a compiled program. Equal parts are one node, so that they are computed once; children come before parents.
struct TypedNode {
  enum class Kind {
    kColumn,    // slot
    kConstant,  // constant
    kCall,      // kernel over args
    kAnd,       // lazy, left to right
    kOr,
    kCase,      // when, then, ..., else (always there)
    kCoalesce,  // the first that is not null
    kLambda,    // a function of each element: transform, filter, ...
  };
  enum class Lambda {
    kTransform,
    kFilter,
    kExists,
    kForall,
    kTransformValues,
    kTransformKeys,
    kMapFilter,
    kZipWith,
    kMapZipWith,
    kAggregate,  // args: the array and where it begins
    kSort,
  };

  Kind kind = Kind::kConstant;
  Type type;
  int slot = -1;
  Column constant;
  Kernel kernel;
  bool quiet = false;   // faults of the kernel give null (try_*)
  bool chance = false;  // not deterministic: uuid(), shuffle()
  std::vector<int> args;
  std::string subject;  // the text it came from, for faults
  std::string shown;    // how explain shows it
  // Lambdas: the body is a program over the slots in front, with the parameters in the last ones.
  Lambda lambda = Lambda::kTransform;
  std::shared_ptr<const Program> body;
  std::shared_ptr<const Program> finish;  // of an aggregate; may be absent
  int first_param_slot = 0;
  int params = 0;
};

struct Program::State {
  std::vector<TypedNode> nodes;
  std::vector<int> roots;
  std::vector<Field> fields;
};

// Evaluates a node over one row without columns, for folding; nullopt when it faults.
std::optional<Column> evaluate_constant(const std::vector<TypedNode>& nodes, int node);

}  // namespace millrace
