// Bytes per second of reading JSON records: the same shape each time, and a shape that none before had.
#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include "base/assert.h"
#include "data/formats/feed.h"
#include "data/formats/json_walk.h"
#include "data/matchers.h"

namespace millrace {
namespace {

// Members that nobody wants stand between those that somebody does.
std::string record(size_t members, std::string_view value) {
  std::string text = R"({"name":{"first":"Ada","last":"Lovelace"})";
  for (size_t i = 0; i < members; ++i) text += fmt::format(R"(,"member_{}":{})", i, value);
  return text + R"(,"login":{"uuid":"123e4567-e89b-12d3-a456-426614174000","age":36}})";
}

void walk(benchmark::State& state, const std::vector<std::string>& records) {
  JsonWalker walker({{"name", "first"}, {"login", "uuid"}, {"login", "age"}});
  size_t bytes = 0;
  size_t next = 0;
  for (auto _ : state) {
    const std::string& text = records[next++ % records.size()];
    MILLRACE_ASSERT(walker.walk(text) == nullptr, "a record that is well");
    benchmark::DoNotOptimize(walker.values().data());
    bytes += text.size();
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}

void known_shape(benchmark::State& state) { walk(state, {record(40, R"("text")")}); }
void known_shape_with_escapes(benchmark::State& state) { walk(state, {record(40, R"("te\"xt")")}); }

// Each has a key that no other has, so that it is walked.
void other_shapes(benchmark::State& state) {
  std::vector<std::string> records;
  for (size_t i = 0; i < 1000; ++i) {
    std::string text = record(40, R"("text")");
    text.insert(1, fmt::format(R"("only_here_{}":0,)", i));
    records.push_back(std::move(text));
  }
  walk(state, records);
}

void newlines(benchmark::State& state) {
  std::string text;
  while (text.size() < size_t{512} << 10) text += record(40, "null") + '\n';
  for (auto _ : state) benchmark::DoNotOptimize(count_newlines(text.data(), text.data() + text.size()));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

void uuid(benchmark::State& state) {
  const std::string text = "123e4567-e89b-12d3-a456-426614174000";
  for (auto _ : state) {
    std::string_view seen = text;
    benchmark::DoNotOptimize(seen);
    benchmark::DoNotOptimize(is_uuid(seen));
  }
}

BENCHMARK(known_shape);
BENCHMARK(known_shape_with_escapes);
BENCHMARK(other_shapes);
BENCHMARK(newlines);
BENCHMARK(uuid);

}  // namespace
}  // namespace millrace
