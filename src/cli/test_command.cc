#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/junit.h"
#include "cli/load.h"
#include "flow/run/case_runner.h"
#include "flow/spec/test_cases.h"
#include "flow/spec/yaml.h"

namespace millrace {
namespace {

constexpr double kSecondsTold = 0.1;  // less than this is not worth telling

struct TestArguments {
  LoadArguments load;
  std::string filter;
  std::string junit;
};

struct Told {
  std::string place;  // "users.yaml:40"
  std::string name;
  CaseOutcome outcome;
};

struct PlacedCase {
  std::string file;
  TestCase test;
};

// "users.yaml" -> "users.tests.yaml", when there is such a file.
std::optional<std::string> file_beside(FileSystem& files, const std::string& file) {
  const size_t dot = file.rfind('.');
  const size_t slash = file.rfind('/');
  const bool has_ending = dot != std::string::npos && (slash == std::string::npos || dot > slash);
  std::string beside = (has_ending ? file.substr(0, dot) : file) + ".tests.yaml";
  if (beside == file || !files.size(beside).ok()) return std::nullopt;
  return beside;
}

// The cases of a file of its own: a map with `tests:`, or just the list.
bool read_beside(FileSystem& files, const std::string& file, const PipelinePlan& plan, bool json,
                 std::vector<PlacedCase>& cases) {
  LoadOutcome outcome;
  outcome.file = file;
  auto text = read_file(files, file, kYamlBytesMax);
  if (text.ok()) {
    outcome.text = std::move(*text);
    Node flows{.kind = Node::Kind::kMap};
    for (const FlowPlan& flow : plan.flows) {
      flows.entries.emplace_back(Node{.kind = Node::Kind::kScalar, .text = flow.name}, Node{.kind = Node::Kind::kMap});
    }
    const std::optional<Node> root = read_yaml(outcome.text, outcome.diagnostics);
    if (root) {
      const Node* tests = root->is_map() ? root->find("tests") : &*root;
      if (tests == nullptr) {
        outcome.diagnostics.error(root->place, "there are no tests in this file", "begin it with `tests:`");
      } else {
        for (TestCase& test : read_test_cases(*tests, flows, outcome.diagnostics)) {
          cases.push_back({file, std::move(test)});
        }
      }
    }
  } else {
    outcome.diagnostics.error({}, text.error().message());
  }
  if (outcome.diagnostics.ok()) return true;
  if (json) {
    fmt::print("{}\n", render_diagnostics_json(outcome));
  } else {
    fmt::print(stderr, "{}", render_diagnostics(outcome, stderr_has_colors()));
  }
  return false;
}

std::vector<Told> run_cases(PipelinePlan& plan, const std::vector<PlacedCase>& cases, const std::string& filter) {
  std::map<std::string, std::unique_ptr<CaseRunner>> runners;
  std::vector<Told> all;
  for (const auto& [file, test] : cases) {
    if (test.name.find(filter) == std::string::npos) continue;
    std::unique_ptr<CaseRunner>& runner = runners[test.flow];
    if (runner == nullptr) {
      const auto of_case = [&name = test.flow](const FlowPlan& flow) { return flow.name == name; };
      runner = std::make_unique<CaseRunner>(*std::find_if(plan.flows.begin(), plan.flows.end(), of_case));
    }
    all.push_back({fmt::format("{}:{}", file, test.place.line), test.name, runner->run(test)});
  }
  return all;
}

void print_told(const std::vector<Told>& all, size_t failed, bool color) {
  double seconds = 0;
  for (const Told& told : all) {
    seconds += told.outcome.seconds;
    const std::string_view tint = !color ? "" : told.outcome.passed() ? "\x1b[32m" : "\x1b[31m";
    const std::string_view off = color ? "\x1b[0m" : "";
    if (told.outcome.passed()) {
      fmt::print("{}ok{}    {}\n", tint, off, told.name);
      continue;
    }
    fmt::print("{}FAIL{}  {}  ({})\n", tint, off, told.name, told.place);
    for (const std::string& line : told.outcome.differences) fmt::print("        {}\n", line);
  }
  const std::string took = seconds < kSecondsTold ? "" : fmt::format("  ({:.2f} s)", seconds);
  fmt::print("{} passed, {} failed{}\n", all.size() - failed, failed, took);
}

void print_json(const std::vector<Told>& all) {
  auto out = nlohmann::ordered_json::array();
  for (const Told& told : all) {
    out.push_back({{"name", told.name},
                   {"place", told.place},
                   {"passed", told.outcome.passed()},
                   {"seconds", told.outcome.seconds},
                   {"differences", told.outcome.differences}});
  }
  fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

Status write_text(FileSystem& files, const std::string& path, std::string_view text) {
  TRY(file, files.create(path));
  TRY_STATUS(file->append(text));
  return file->close();
}

int test(const TestArguments& arguments) {
  int exit_code = kExitOk;
  const auto plan = load_or_explain(arguments.load, exit_code);
  if (plan == nullptr) return exit_code;
  const auto files = real_file_system();
  std::vector<PlacedCase> cases;
  for (TestCase& one : plan->tests) cases.push_back({arguments.load.file, std::move(one)});
  if (const auto beside = file_beside(*files, arguments.load.file)) {
    if (!read_beside(*files, *beside, *plan, arguments.load.json, cases)) return kExitInvalidSpec;
  }
  const std::vector<Told> all = run_cases(*plan, cases, arguments.filter);
  if (all.empty()) {
    fmt::print(stderr, "millrace: {} has no test{}\n", arguments.load.file,
               cases.empty() ? "; write some under `tests:`" : fmt::format(" whose name holds '{}'", arguments.filter));
    return kExitUsage;
  }
  size_t failed = 0;
  std::vector<JunitCase> junit;
  for (const Told& told : all) {
    failed += told.outcome.passed() ? 0 : 1;
    junit.push_back(
        {told.name, told.place, told.outcome.seconds, fmt::format("{}", fmt::join(told.outcome.differences, "\n"))});
  }
  if (arguments.load.json) {
    print_json(all);
  } else {
    print_told(all, failed, stdout_has_colors());
  }
  if (!arguments.junit.empty()) {
    if (const Status status = write_text(*files, arguments.junit, junit_xml(plan->name, junit)); !status.ok()) {
      fmt::print(stderr, "millrace: {}\n", status.error().message());
      return kExitFailed;
    }
  }
  return failed == 0 ? kExitOk : kExitFailed;
}

std::function<int()> declare(Arguments& arguments) {
  auto test_arguments = std::make_shared<TestArguments>();
  test_arguments->load.declare(arguments);
  arguments.positional("filter", test_arguments->filter, "run only the cases whose name holds this", false);
  arguments.option("--junit", test_arguments->junit, "write the outcome as JUnit XML to this file");
  return [test_arguments] { return test(*test_arguments); };
}

}  // namespace

const Command kTestCommand = {
    .name = "test",
    .summary = "Run the test cases of a pipeline file, those in it and those in NAME.tests.yaml beside it.",
    .example = "millrace test users.yaml --junit report.xml",
    .declare = declare};

}  // namespace millrace
