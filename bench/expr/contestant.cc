// millrace in `./x bench expr`: bench_expr RECORDS ROWS_FILE writes its rows to the file as JSON lines for the others,
// prints the types of their columns, then answers requests on the standard input, a line each, with a line of JSON:
//   sample ROWS<tab>EXPRESSION    the values of the first rows
//   time SECONDS<tab>EXPRESSION   the fastest pass over all rows of those that fit in the time: {"seconds", "cpu_s",
//   "peak_mb"}
// A compiled expression is evaluated batch by batch on one thread, and each result dropped.

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "data/expr/expr.h"
#include "data/formats/json_writer.h"
#include "rows.h"

namespace millrace {
namespace {

constexpr uint64_t kSeed = 1;
constexpr EvalContext kContext{.now_us = 1'795'000'000'000'000};

[[noreturn]] void die(std::string_view what) {
  std::fprintf(stderr, "bench_expr: %.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(1);
}

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The most memory that the process has had since forget_peak().
void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }
double peak_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kb = 0;
    if (word == "VmHWM:" && status >> kb) return kb / 1024;
  }
  return 0;
}

Program compile(std::string_view text, const SchemaRef& schema) {
  const ParseOutcome parsed = parse_expression(text);
  if (!parsed.ok()) die(fmt::format("{}: {}", text, parsed.errors.front().message));
  Program::Outcome compiled = Program::compile(parsed.exprs, *schema_resolver(schema));
  if (!compiled.ok()) die(fmt::format("{}: {}", text, compiled.errors.front().message));
  return std::move(*compiled.program);
}

void write_rows(const std::vector<Batch>& batches, const char* path) {
  std::vector<WriteColumn> columns;
  const Schema& schema = *batches.front().schema;
  for (const Field& field : schema.fields) columns.push_back({field.name, field.type, columns.size()});
  const JsonWriter writer(columns);
  std::ofstream out(path, std::ios::binary);
  for (const Batch& batch : batches) {
    const Buffer text = writer.write(batch, Rows::all(batch.rows));
    out.write(text.as<char>(), static_cast<std::streamsize>(text.size()));
  }
  if (!out.flush()) die(fmt::format("cannot write {}", path));
}

std::string sample(const Program& program, const std::vector<Batch>& batches, size_t rows) {
  std::string values = "[";
  for (const Batch& batch : batches) {
    const Evaluated evaluated = program.evaluate(batch, Rows::all(batch.rows), kContext);
    if (!evaluated.faults.empty()) die(evaluated.faults.front().subject + ": " + evaluated.faults.front().reason);
    for (size_t row = 0; row < batch.rows && rows > 0; ++row, --rows) {
      if (values.size() > 1) values += ',';
      values += json_value(evaluated.columns[0], row);
    }
    if (rows == 0) break;
  }
  return values + "]";
}

std::string timed(const Program& program, const std::vector<Batch>& batches, double budget_s) {
  double least_s = 1e9;
  double least_cpu_s = 1e9;
  size_t faults = 0;
  const double until = seconds_of(CLOCK_MONOTONIC) + budget_s;
  forget_peak();
  do {
    const double begin_cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    const double begin = seconds_of(CLOCK_MONOTONIC);
    for (const Batch& batch : batches) {
      faults += program.evaluate(batch, Rows::all(batch.rows), kContext).faults.size();
    }
    least_s = std::min(least_s, seconds_of(CLOCK_MONOTONIC) - begin);
    least_cpu_s = std::min(least_cpu_s, seconds_of(CLOCK_THREAD_CPUTIME_ID) - begin_cpu);
  } while (seconds_of(CLOCK_MONOTONIC) < until);
  if (faults != 0) die("rows have faults");
  return fmt::format(R"({{"seconds": {}, "cpu_s": {}, "peak_mb": {}}})", least_s, least_cpu_s, peak_mb());
}

void answer(std::string_view line, const std::vector<Batch>& batches) {
  const size_t tab = line.find('\t');
  const size_t space = line.find(' ');
  if (tab == std::string_view::npos || space > tab) die(fmt::format("not a request: {}", line));
  const std::string number(line.substr(space + 1, tab - space - 1));
  const Program program = compile(line.substr(tab + 1), batches.front().schema);
  const bool samples = line.starts_with("sample ");
  std::cout << (samples ? sample(program, batches, std::stoul(number)) : timed(program, batches, std::stod(number)))
            << std::endl;
}

int run(int count, char** arguments) {
  if (count != 3) die("usage: bench_expr RECORDS ROWS_FILE");
  const std::vector<Batch> batches = make_rows(std::max(1UL, std::stoul(arguments[1])), kSeed);
  write_rows(batches, arguments[2]);
  std::string types;
  for (const Field& field : batches.front().schema->fields) {
    types += fmt::format("{}\"{}\": \"{}\"", types.empty() ? "" : ", ", field.name, field.type.text());
  }
  std::cout << fmt::format("{{{}}}", types) << std::endl;
  for (std::string line; std::getline(std::cin, line);) answer(line, batches);
  return 0;
}

}  // namespace
}  // namespace millrace

int main(int count, char** arguments) { return millrace::run(count, arguments); }
