#pragma once

// Calls one function on one row, for the tests of the families.

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "data/builder.h"
#include "data/expr/families.h"

namespace millrace::testing_functions {

inline Column text(std::string_view value) { return constant_string(value); }
inline Column integer(int32_t value) { return constant_fixed<int32_t>(TypeKind::kInt, value); }
inline Column bigint(int64_t value) { return constant_fixed<int64_t>(TypeKind::kBigint, value); }
inline Column binary(std::string_view value) {
  Column column = constant_string(value);
  column.type = TypeKind::kBinary;
  return column;
}
inline Column null_of(TypeKind kind) {
  Column column = null_column(kind, 1);
  column.constant = true;
  return column;
}

inline const Function* find_in(std::initializer_list<std::span<const Function>> families, std::string_view name) {
  for (const auto& family : families) {
    for (const Function& function : family) {
      if (function.name == name) return &function;
    }
  }
  return nullptr;
}

class Faults : public FaultSink {
 public:
  void fault(size_t, std::string_view message) override { messages.emplace_back(message); }
  std::vector<std::string> messages;
};

// The value as text, "fault: ..." or "error: ...". The arguments are constants for binding unless `rows` is set, where
// each becomes a column that is none. They must have the types that the function asks for.
inline std::string call(const Function* function, const std::vector<Column>& args, bool rows = false) {
  if (function == nullptr) return "no such function";
  std::vector<BindArg> bind_args;
  std::vector<Column> columns;
  for (const Column& arg : args) {
    bind_args.push_back({.type = arg.type, .constant = rows ? nullptr : &arg});
    columns.push_back(rows ? flatten(arg) : arg);
  }
  BindResult result = function->bind(bind_args);
  if (!result.ok()) return "error: " + result.error().message;
  EXPECT_EQ(result.binding().argument_types.size(), args.size());
  Faults faults;
  const EvalContext context;
  const Column out = result.binding().kernel(Call(columns, Rows::all(1), context, &faults));
  EXPECT_EQ(out.rows, 1U);
  EXPECT_EQ(out.type, result.binding().type);
  if (!faults.messages.empty()) return "fault: " + faults.messages[0];
  return format_value(out, 0);
}

}  // namespace millrace::testing_functions
