// Compares what millrace computes with what Spark was recorded to give: millrace_parity FOLDER [FILTER].

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "data/builder.h"
#include "data/expr/expr.h"
#include "data/expr/function.h"
#include "data/expr/lexer.h"
#include "data/expr/spark_differences.h"
#include "testing/parity/answer.h"
#include "testing/parity/cases.h"

namespace millrace::parity {

namespace {

constexpr size_t kFileBytesMax = size_t{64} << 20;

struct KnownDifferences {
  std::map<std::string, std::string> reasons;  // by key or expression
  std::set<std::string> differed;
};

struct Tally {
  size_t cases = 0;
  size_t known = 0;
  size_t failed = 0;
  std::set<std::string> called;  // functions that have a case with a value or a raise
};

// How an answer differs from the recorded one; empty when it does not. An expression that can never give a value may be
// refused before it runs.
std::string difference(const nlohmann::json& recorded, const Answer& answer) {
  if (recorded.contains("refused")) return answer.kind == Answer::Kind::kRefused ? "" : "not refused";
  if (recorded.contains("raise")) return answer.kind != Answer::Kind::kValue ? "" : "no fault, but " + answer.value;
  if (answer.kind != Answer::Kind::kValue) {
    return fmt::format("{}: {}", answer.kind == Answer::Kind::kRaise ? "a fault" : "refused", answer.reason);
  }
  if (answer.type != recorded.at("type").get<std::string>())
    return fmt::format("{} of type {}", answer.value, answer.type);
  const nlohmann::json& value = recorded.at("value");
  return same_value(value.dump(), answer.value) ? "" : answer.value;
}

Result<Batch> batch_of(const CaseTable& table) {
  Batch batch;
  batch.rows = table.rows.size();
  Schema schema;
  Batch one;
  one.schema = std::make_shared<const Schema>();
  one.rows = 1;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    TRY(type, parse_type(table.columns[i].type));
    ColumnBuilder builder(type);
    for (const auto& row : table.rows) {
      const std::string text = fmt::format("CAST({} AS {})", row[i], table.columns[i].type);
      const ParseOutcome parsed = parse_expression(text);
      const auto names = schema_resolver(one.schema);
      const Program::Outcome outcome = Program::compile(parsed.exprs, *names);
      if (!outcome.ok()) return Error(ErrorCode::kInvalidArgument, text + ": " + outcome.errors.front().message);
      builder.append_from(outcome.program->evaluate(one, Rows::all(1), {}).columns[0], 0);
    }
    schema.fields.push_back({table.columns[i].name, type});
    batch.columns.push_back(builder.finish());
  }
  batch.schema = std::make_shared<const Schema>(std::move(schema));
  return batch;
}

void note_calls(const std::string& expression, Tally& tally) {
  std::vector<ExprError> errors;
  for (const Token& token : tokenize(expression, errors)) {
    if (token.kind != Token::Kind::kWord) continue;
    std::string name = token.text;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    tally.called.insert(std::move(name));
  }
}

void judge(const std::string& key, const std::string& expression, const nlohmann::json& recorded,
           const std::vector<Answer>& answers, KnownDifferences& known, Tally& tally) {
  ++tally.cases;
  if (!recorded.contains(key)) {
    fmt::print("{}\n    has no recorded answer: tests/parity/run.sh --record\n", key);
    ++tally.failed;
    return;
  }
  std::string found;
  for (const Answer& answer : answers) {
    if (found.empty()) found = difference(recorded.at(key), answer);
  }
  if (found.empty()) return;
  for (const std::string& name : {key, expression}) {
    if (known.reasons.contains(name)) {
      known.differed.insert(name);
      ++tally.known;
      return;
    }
  }
  ++tally.failed;
  fmt::print("{}\n    spark: {}\n    millrace: {}\n", key, recorded.at(key).dump(), found);
}

Status judge_table(const CaseTable& table, const nlohmann::json& recorded, KnownDifferences& known, Tally& tally) {
  for (const std::string& expression : table.expressions) note_calls(expression, tally);
  if (table.columns.empty()) {
    for (const std::string& expression : table.expressions) {
      judge(expression, expression, recorded, answer_constant(expression), known, tally);
    }
    return {};
  }
  TRY(batch, batch_of(table));
  std::vector<uint32_t> every_second;
  for (uint32_t row = 1; row < batch.rows; row += 2) every_second.push_back(row);
  for (const std::string& expression : table.expressions) {
    const std::vector<Answer> all = answer_rows(expression, batch, Rows::all(batch.rows));
    const std::vector<Answer> some = answer_rows(expression, batch, Rows::some(batch.rows, every_second));
    for (size_t row = 0; row < batch.rows; ++row) {
      std::vector<Answer> answers = {all[row]};
      if (row % 2 == 1) answers.push_back(some[row / 2]);
      judge(table.key(expression, row), expression, recorded, answers, known, tally);
    }
  }
  return {};
}

KnownDifferences known_differences() {
  KnownDifferences known;
  for (const SparkDifference& difference : spark_differences()) {
    for (const std::string_view one : difference.cases) known.reasons.emplace(one, difference.what);
  }
  return known;
}

size_t report_uncovered(const Tally& tally) {
  std::string missing;
  size_t count = 0;
  for (const Function* function : all_functions()) {
    if (tally.called.contains(std::string(function->name))) continue;
    missing += fmt::format(" {}", function->name);
    ++count;
  }
  if (count > 0) fmt::print("functions without a case:{}\n", missing);
  fmt::print("{} of {} functions covered, {} cases, {} known differences\n", all_functions().size() - count,
             all_functions().size(), tally.cases, tally.known);
  return count;
}

Result<size_t> run(const std::string& folder, const std::string& filter) {
  const auto files = real_file_system();
  KnownDifferences known = known_differences();
  TRY(paths, files->glob(folder + "/cases/*.cases"));
  Tally tally;
  for (const std::string& path : paths) {
    const std::string family = std::filesystem::path(path).stem();
    if (family.find(filter) == std::string::npos) continue;
    TRY(text, read_file(*files, path, kFileBytesMax));
    TRY(tables, parse_cases(text));
    TRY(recorded_text, read_file(*files, fmt::format("{}/recorded/{}.json", folder, family), kFileBytesMax));
    const nlohmann::json recorded = nlohmann::json::parse(recorded_text);
    for (const CaseTable& table : tables) TRY_STATUS(judge_table(table, recorded, known, tally));
  }
  if (filter.empty()) {
    for (const auto& [name, reason] : known.reasons) {
      if (known.differed.contains(name)) continue;
      fmt::print("{}\n    is listed as a known difference, but does not differ\n", name);
      ++tally.failed;
    }
    tally.failed += report_uncovered(tally);
  }
  fmt::print("{} passed, {} failed\n", tally.cases - std::min(tally.cases, tally.failed), tally.failed);
  return tally.failed;
}

}  // namespace

}  // namespace millrace::parity

int main(int count, char** arguments) {
  if (count < 2) {
    fmt::print(stderr, "usage: millrace_parity FOLDER [FILTER]\n");
    return 2;
  }
  const auto failed = millrace::parity::run(arguments[1], count > 2 ? arguments[2] : "");
  if (!failed.ok()) {
    fmt::print(stderr, "{}\n", failed.error().message());
    return 2;
  }
  return *failed == 0 ? 0 : 1;
}
