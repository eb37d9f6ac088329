// Rows per second of ready checks over batches of 4096 rows that pass.
#include <fmt/format.h>

#include <benchmark/benchmark.h>

#include "base/assert.h"
#include "data/builder.h"
#include "flow/checks/list.h"
#include "flow/spec/yaml.h"

namespace millrace {
namespace {

constexpr size_t kRows = 4096;

std::vector<std::unique_ptr<Check>> make(const CheckComponent& component, const Type& type, std::string_view yaml) {
  Slots slots;
  Diagnostics diagnostics;
  Scope scope(slots, {.declared = {{{"c"}, type}}, .open = false});
  const auto node = read_yaml(yaml, diagnostics);
  auto settings = Settings::read(component.about, *node, diagnostics);
  MILLRACE_ASSERT(settings.has_value(), std::string(yaml));
  return component.make(*settings, scope, diagnostics);
}

Batch batch_of(Column column) {
  Batch batch;
  batch.rows = column.rows;
  batch.columns.push_back(std::move(column));
  return batch;
}

template <typename F>
Column texts(F&& text_of) {
  StringBuilder builder;
  for (size_t row = 0; row < kRows; ++row) builder.append(text_of(row));
  return builder.finish();
}

void run_check(benchmark::State& state, const CheckComponent& component, const char* yaml, Column column) {
  const auto checks = make(component, column.type, yaml);
  const Batch batch = batch_of(std::move(column));
  for (auto _ : state) {
    std::vector<Fault> faults;
    checks[0]->run(batch, Rows::all(kRows), faults);
    MILLRACE_ASSERT(faults.empty(), "a row does not pass");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRows));
}

void range_of_ints(benchmark::State& state) {
  FixedBuilder<int32_t> builder(TypeKind::kInt, kRows);
  for (size_t row = 0; row < kRows; ++row) builder.append(static_cast<int32_t>(row % 100));
  run_check(state, kRangeCheck, "{ c: 0..120 }", builder.finish());
}
void type_int(benchmark::State& state) {
  run_check(state, kTypeCheck, "{ c: int }", texts([](size_t row) { return fmt::format("{}", row); }));
}
void date_of_a_form(benchmark::State& state) {
  run_check(state, kDateCheck, "{ c: yyyy-MM-dd }",
            texts([](size_t row) { return format_date(static_cast<int32_t>(row)); }));
}
void timestamp_of_a_form(benchmark::State& state) {
  run_check(state, kTimestampCheck, "{ c: 'yyyy-MM-dd HH:mm:ss' }",
            texts([](size_t row) { return format_timestamp(static_cast<int64_t>(row) * 1'003'000'000); }));
}
void timestamp_of_any_form(benchmark::State& state) {
  run_check(state, kTimestampCheck, "[c]",
            texts([](size_t row) { return format_timestamp(static_cast<int64_t>(row) * 1'003'000'000); }));
}

// A million different values a pass, into a set that begins empty.
void unique_texts(benchmark::State& state) {
  constexpr size_t kBatches = 256;
  const auto checks = make(kUniqueCheck, TypeKind::kString, "c");
  std::vector<Batch> batches;
  for (size_t at = 0; at < kBatches; ++at) {
    batches.push_back(batch_of(texts([&](size_t row) {
      const uint64_t value = (at * kRows + row) * 0x9e3779b97f4a7c15ULL;
      return fmt::format("{:016x}-{:019}", value, value);
    })));
  }
  const std::vector<bool> good(kRows, true);
  for (auto _ : state) {
    const auto memory = checks[0]->ordered()->start();
    std::vector<Fault> faults;
    for (const Batch& batch : batches) {
      checks[0]->ordered()->run_in_turn(batch, Rows::all(kRows), good, *memory, faults);
    }
    MILLRACE_ASSERT(faults.empty(), "a value that is not unique");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRows * kBatches));
}

BENCHMARK(range_of_ints);
BENCHMARK(type_int);
BENCHMARK(date_of_a_form);
BENCHMARK(timestamp_of_a_form);
BENCHMARK(timestamp_of_any_form);
BENCHMARK(unique_texts)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace millrace
