// Rows per second of one expression over batches of 4096 rows.
#include <benchmark/benchmark.h>

#include "base/assert.h"
#include "data/builder.h"
#include "data/expr/expr.h"

namespace millrace {
namespace {

constexpr size_t kRows = 4096;

Batch sample() {
  FixedBuilder<int32_t> i(TypeKind::kInt, kRows);
  FixedBuilder<int64_t> l(TypeKind::kBigint, kRows);
  FixedBuilder<double> d(TypeKind::kDouble, kRows);
  StringBuilder s(TypeKind::kString, kRows);
  for (size_t row = 0; row < kRows; ++row) {
    i.append(static_cast<int32_t>(row % 1000));
    row % 10 == 0 ? l.append_null() : l.append(static_cast<int64_t>(row) * 7919);
    d.append(static_cast<double>(row) / 3);
    s.append(row % 2 == 0 ? "female" : "male");
  }
  Batch batch;
  batch.schema = std::make_shared<const Schema>(
      Schema{{{"i", TypeKind::kInt}, {"l", TypeKind::kBigint}, {"d", TypeKind::kDouble}, {"s", TypeKind::kString}}});
  batch.columns = {i.finish(), l.finish(), d.finish(), s.finish()};
  batch.rows = kRows;
  return batch;
}

void evaluate(benchmark::State& state, const char* text) {
  const Batch batch = sample();
  const auto names = schema_resolver(batch.schema);
  const ParseOutcome parsed = parse_expression(text);
  MILLRACE_ASSERT(parsed.ok(), text);
  const Program::Outcome compiled = Program::compile(parsed.exprs, *names);
  MILLRACE_ASSERT(compiled.ok(), text);
  for (auto _ : state) benchmark::DoNotOptimize(compiled.program->evaluate(batch, Rows::all(kRows), {}));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRows));
}

BENCHMARK_CAPTURE(evaluate, column, "s");
BENCHMARK_CAPTURE(evaluate, int_add, "i + 1");
BENCHMARK_CAPTURE(evaluate, bigint_multiply_nulls, "l * 3");
BENCHMARK_CAPTURE(evaluate, double_arithmetic, "d * 1.8D + 32D");
BENCHMARK_CAPTURE(evaluate, int_compare, "i > 500");
BENCHMARK_CAPTURE(evaluate, string_equal, "s = 'male'");
BENCHMARK_CAPTURE(evaluate, between_and, "i BETWEEN 10 AND 500 AND s = 'male'");
BENCHMARK_CAPTURE(evaluate, in_strings, "s IN ('male', 'female')");
BENCHMARK_CAPTURE(evaluate, case_when, "CASE WHEN i < 500 THEN i ELSE -i END");
BENCHMARK_CAPTURE(evaluate, coalesce, "coalesce(l, 0L)");

}  // namespace
}  // namespace millrace
