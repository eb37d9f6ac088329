#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/batch.h"
#include "data/expr/function.h"

namespace millrace {

// Something wrong in an expression's text, with its place, so that the pipeline file can underline it.
struct ExprError {
  size_t begin = 0;  // bytes within the text
  size_t end = 0;
  std::string message;
  std::string hint;  // may be empty
};

struct SyntaxNode;  // syntax.h

// A parsed text: one expression, or a select list. Immutable and shared.
struct ParsedExpr {
  std::shared_ptr<const SyntaxNode> root;
  std::string name;  // the alias; without one as Spark names it (the column's own name, or the text)
  size_t begin = 0, end = 0;
};

struct ParseOutcome {
  std::vector<ParsedExpr> exprs;
  std::vector<ExprError> errors;  // empty when all is well
  bool ok() const { return errors.empty(); }
};
ParseOutcome parse_expression(std::string_view text);   // one expression, no alias
ParseOutcome parse_select_list(std::string_view text);  // "a AS b, c, concat(d, e) AS f", `*` and `* EXCEPT (a, b)`

// What names in an expression can mean. An open source (undeclared JSON paths) answers for every path; a closed schema
// only for its columns.
class NameResolver {
 public:
  virtual ~NameResolver() = default;
  // The longest prefix of `path` that is a column: its index in the input batch, its type and how many parts it took.
  struct Found {
    int column = -1;
    Type type;
    size_t parts = 0;
  };
  virtual std::optional<Found> resolve(const std::vector<std::string>& path) = 0;
  virtual std::vector<std::string> names() const = 0;  // for hints, and for `*`
};
// Over a closed schema.
std::unique_ptr<NameResolver> schema_resolver(SchemaRef schema);

// One fault of evaluating an expression on a row.
struct ExprFault {
  uint32_t row;
  uint32_t expr;        // index of the expression in the program
  std::string subject;  // the text of the part that failed: "to_timestamp(dob.date)"
  std::string reason;   // "'yesterday' is not a timestamp"
};

struct Evaluated {
  std::vector<Column> columns;    // one per expression
  std::vector<ExprFault> faults;  // at most one per row and expression; rows with a fault hold null
};

// Expressions compiled together over one input schema: typed, constants folded, common parts computed once.
// Immutable after compile; evaluate() may be called from many threads at once.
class Program {
 public:
  struct Outcome;
  struct State;  // typed.h
  static Outcome compile(const std::vector<ParsedExpr>& exprs, NameResolver& names);

  static std::shared_ptr<const Program> from_state(std::unique_ptr<State> state);  // for the checker

  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  Evaluated evaluate(const Batch& batch, const Rows& rows, const EvalContext& context) const;

  const std::vector<Field>& fields() const;  // name and type of each expression
  std::vector<int> columns_used() const;     // of the input, ascending
  std::string explain(size_t index) const;   // the expression as it will be computed, after folding
  bool draws_chance() const;                 // uuid() and its like: rows differ by their place

 private:
  explicit Program(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct Program::Outcome {
  std::optional<Program> program;
  std::vector<ExprError> errors;  // all of them
  bool ok() const { return program.has_value(); }
};

}  // namespace millrace
