#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/column.h"
#include "data/rows.h"

namespace millrace {

// What an expression may know of the world besides its columns; fixed for the whole batch, so that a replay computes
// the same.
struct EvalContext {
  int64_t now_us = 0;  // current_timestamp(): when the records came in, not when they are computed
  // What uuid() is made from: the seed of the source and the run, and which record of the source each row is. Row i is
  // record first_record + (record_of_row == nullptr ? i : record_of_row[i]).
  uint64_t seed = 0;
  uint64_t first_record = 0;
  const uint32_t* record_of_row = nullptr;
  // Tells the rows of one record apart; without it they are counted from the first.
  const uint64_t* sibling_of_row = nullptr;
};

// Collects what went wrong, row by row. The evaluator owns it; kernels reach it through Call::fault.
class FaultSink {
 public:
  virtual ~FaultSink() = default;
  virtual void fault(size_t row, std::string_view message) = 0;
};

// One call of a kernel over the rows of a batch.
class Call {
 public:
  // `site` tells the calls of one program apart, for functions that must differ from call to call.
  Call(std::span<const Column> args, Rows rows, const EvalContext& context, FaultSink* faults, uint32_t site = 0)
      : args_(args), rows_(rows), context_(context), faults_(faults), site_(site) {}

  const Column& arg(size_t index) const { return args_[index]; }
  std::span<const Column> args() const { return args_; }
  // The result must have rows().total() rows; only those in rows() are looked at, the others may hold anything.
  const Rows& rows() const { return rows_; }
  const EvalContext& context() const { return context_; }
  FaultSink* faults() const { return faults_; }  // to hand on to a kernel that this one calls; may be nullptr
  uint32_t site() const { return site_; }

  // Spark would raise on this row. The kernel gives null there and goes on with the next. Under try_* nothing is
  // recorded. The message says what and why, with the value: "'abc' is not an int".
  void fault(size_t row, std::string_view message) const {
    if (faults_ != nullptr) faults_->fault(row, message);
  }

 private:
  std::span<const Column> args_;
  Rows rows_;
  const EvalContext& context_;
  FaultSink* faults_;
  uint32_t site_;
};

// Computes a whole column. Called from many threads at once: whatever it captured is constant.
using Kernel = std::function<Column(const Call&)>;

// What is known of an argument when the expression is compiled.
struct BindArg {
  Type type;
  const Column* constant = nullptr;  // one row (may be null), when the argument folds to a constant
  std::string_view name = {};  // of the column or field, when the argument is one: struct(a, b) names its fields so
};

// A function made ready for arguments of certain types.
struct Binding {
  Type type;                         // of the result
  std::vector<Type> argument_types;  // the evaluator casts the arguments to these first; one per argument given
  Kernel kernel;
};

// Why a call does not fit, and which argument is to blame (-1: the call as a whole).
struct BindError {
  int argument = -1;
  std::string message;
  std::string hint;  // what to write instead; may be empty
};

class BindResult {
 public:
  BindResult(Binding binding) : binding_(std::move(binding)) {}  // NOLINT: implicit on purpose
  BindResult(BindError error) : error_(std::move(error)) {}      // NOLINT: implicit on purpose
  bool ok() const { return binding_.has_value(); }
  Binding& binding() { return *binding_; }
  const BindError& error() const { return error_; }

 private:
  std::optional<Binding> binding_;
  BindError error_;
};

// A function describes itself once: the checker, `millrace help`, the reference and the parity suite read this.
struct Function {
  std::string_view name;       // lower case
  std::string_view group;      // string, regex, math, date, conditional, cast, collection, json, hash, mask, other
  std::string_view signature;  // "substring(text, from [, length])"
  std::string_view summary;    // one sentence
  std::string_view example;    // "substring('Spark SQL', 5, 1) -> k"; checked by a test
  int args_min = 0;
  int args_max = 0;  // -1: any number
  // May look at types and constants, never at rows. The number of arguments is right when it is called.
  BindResult (*bind)(std::span<const BindArg> args) = nullptr;
  // True: a fault of the function itself gives null instead (the try_* functions).
  bool try_form = false;
  // False for uuid(), rand(): not folded, not shared.
  bool deterministic = true;
  // True for current_timestamp() and its like: the same for a whole batch, but not known before; not folded.
  bool reads_context = false;
};

// Each family of functions is one list; the registry names the lists (registry.cc).
const Function* find_function(std::string_view name);
std::span<const Function* const> all_functions();

}  // namespace millrace
