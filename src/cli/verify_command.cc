// The same input through two profiles, or a table beside one that another job wrote: what differs.
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/flow_runs.h"
#include "cli/home.h"
#include "cli/interrupt.h"
#include "cli/load.h"
#include "cli/report.h"
#include "flow/run/run_id.h"
#include "host/verify/compare.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

struct VerifyArguments {
  LoadArguments load;
  HomeArguments home;
  std::string against;
  std::string data_against;
  std::string table;
  std::string with;
  std::vector<std::string> except;
  int64_t examples = 5;
  bool no_run = false;
};

std::string counted(uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", with_commas(count), what, count == 1 ? "" : "s");
}

// A directory for one comparison; gone with it.
class Workplace {
 public:
  Workplace() {
    std::string pattern = (std::filesystem::temp_directory_path() / "millrace-verify-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Workplace() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  const std::string& path() const { return path_; }  // empty: it could not be made

 private:
  std::string path_;
};

// One of the two: the pipeline under its profile, with its data directory open.
struct Side {
  std::string name;
  std::unique_ptr<PipelinePlan> plan;
  std::shared_ptr<Home> home;
};

class Verification {
 public:
  explicit Verification(const VerifyArguments& arguments)
      : arguments_(arguments),
        stop_(catch_interrupts()),
        files_(real_file_system(&stop_)),
        options_{.except = {arguments.except.begin(), arguments.except.end()},
                 .examples = static_cast<size_t>(std::max<int64_t>(arguments.examples, 0))} {}

  int run() {
    int exit_code = open();
    if (exit_code == kExitOk && !arguments_.no_run) exit_code = run_both();
    if (exit_code != kExitOk) return exit_code;
    const Status compared = arguments_.with.empty() ? compare_all() : compare_with();
    if (!compared.ok()) {
      fmt::print(stderr, "millrace: {}\n", compared.error().message());
      return kExitFailed;
    }
    if (compared_ == 0) {
      fmt::print(stderr,
                 "millrace: there is nothing to compare: no flow commits to topics or tables under both profiles\n");
      return kExitFailed;
    }
    return same_ ? kExitOk : kExitFailed;
  }

 private:
  bool alone() const { return !arguments_.with.empty(); }  // one side is enough

  int open() {
    if (!alone() && arguments_.load.profile == arguments_.against) {
      fmt::print(stderr,
                 "millrace: that is one and the same profile; say another one with --against, or a table with "
                 "--with\n");
      return kExitUsage;
    }
    if (arguments_.with.empty() != arguments_.table.empty()) {
      fmt::print(stderr, "millrace: --table and --with go together: a table of the file, and another job's\n");
      return kExitUsage;
    }
    int exit_code = open(sides_[0], arguments_.load.profile, arguments_.home.directory, "a");
    if (exit_code == kExitOk && !alone()) exit_code = open(sides_[1], arguments_.against, arguments_.data_against, "b");
    return exit_code;
  }

  int open(Side& side, const std::string& profile, std::string directory, const char* own) {
    side.name = profile.empty() ? "embedded" : profile;
    LoadArguments load = arguments_.load;
    load.profile = profile;
    int exit_code = kExitOk;
    side.plan = load_or_explain(load, exit_code);
    if (side.plan == nullptr) return exit_code;
    if (directory.empty()) {
      if (!arguments_.no_run && workplace_.path().empty()) {
        fmt::print(stderr, "millrace: no temporary directory can be made; say --data and --data-against\n");
        return kExitFailed;
      }
      directory = arguments_.no_run ? default_home_directory(*side.plan) : join_path(workplace_.path(), own);
    }
    if (&side != &sides_[0] && sides_[0].home->directory() == directory) {
      side.home = sides_[0].home;  // of both: what is on systems is not in there
      return kExitOk;
    }
    HomeArguments home = arguments_.home;
    home.directory = directory;
    side.home = open_home_or_explain(home, {side.plan.get()}, *files_, clock_, exit_code);
    return exit_code;
  }

  int run_both() {
    for (const Side& side : sides_) {
      if (side.plan == nullptr) continue;
      const RunRoom room{.plan = *side.plan,
                         .clock = clock_,
                         .files = *files_,
                         .home = side.home.get(),
                         .run_id = new_run_id(clock_),
                         .stop = stop_,
                         .with_bar = stderr_is_terminal() && !arguments_.load.json};
      for (const FlowPlan& flow : side.plan->flows) {
        FlowReport report;
        do report = run_one(room, flow);
        while (report.again);
        if (!report.error) continue;
        fmt::print(stderr, "millrace: {}: flow {}: {}\n", side.name, flow.name, report.error->message());
        return report.error->code() == ErrorCode::kCancelled ? kExitInterrupted : kExitFailed;
      }
    }
    return kExitOk;
  }

  Contents contents(const Side& side) const { return {side.name, *side.plan, *side.home, clock_, *files_}; }

  Status compare_all() {
    const Contents one = contents(sides_[0]);
    const Contents other = contents(sides_[1]);
    for (const TableDeclaration& table : one.plan.declarations.tables()) {
      for (const TableDeclaration& there : other.plan.declarations.tables()) {
        if (there.definition->full_name() != table.definition->full_name()) continue;
        const std::string name = table.definition->full_name();
        TRY(found, compare_tables({&one, &other}, {name, name}, table, there, options_));
        tell_table(name, {sides_[0].name, sides_[1].name}, found);
      }
    }
    for (const FlowPlan& flow : one.plan.flows) {
      for (const FlowPlan& there : other.plan.flows) {
        if (there.id != flow.id) continue;
        TRY_STATUS(compare_flow({&one, &other}, {&flow, &there}));
      }
    }
    return {};
  }

  Status compare_flow(const Both<const Contents*>& both, const Both<const FlowPlan*>& flow) {
    if (flow[0]->keeper == Keeper::kItself || flow[1]->keeper == Keeper::kItself) return {};
    TRY(one, both[0]->home.checkpoint(both[0]->plan.name, *flow[0]));
    TRY(other, both[1]->home.checkpoint(both[1]->plan.name, *flow[1]));
    tell_books(both[0]->plan.id_of(*flow[0]), one.ledger, other.ledger);
    if (flow[0]->quarantine == nullptr || flow[1]->quarantine == nullptr) return {};
    TRY(found, compare_quarantines(both, flow, options_));
    tell_quarantine(both[0]->plan.id_of(*flow[0]), found);
    return {};
  }

  Status compare_with() {
    const Contents one = contents(sides_[0]);
    for (const TableDeclaration& table : one.plan.declarations.tables()) {
      if (table.name != arguments_.table && table.definition->full_name() != arguments_.table) continue;
      if (arguments_.with.find('.') == std::string::npos) {
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("--with names a table with its keyspace: keyspace.{}", arguments_.with));
      }
      TRY(found,
          compare_tables({&one, &one}, {table.definition->full_name(), arguments_.with}, table, table, options_));
      tell_table(table.definition->full_name(), {table.definition->full_name(), arguments_.with}, found);
      return {};
    }
    return Error(ErrorCode::kNotFound, fmt::format("the file has no table '{}'", arguments_.table));
  }

  void tell_table(const std::string& table, const Both<std::string>& names, const TableDifferences& found) {
    ++compared_;
    same_ = same_ && found.same();
    if (arguments_.load.json) return tell(table_json(table, names, found));
    if (found.same()) {
      fmt::print("table {}: the same {} in {} and {}\n", table, counted(found.rows[0], "row"), names[0], names[1]);
      return;
    }
    fmt::print("table {}: {} in {}, {} in {}: {} differ, {} only in {}, {} only in {}\n", table,
               counted(found.rows[0], "row"), names[0], with_commas(found.rows[1]), names[1],
               with_commas(found.different), with_commas(found.only[0]), names[0], with_commas(found.only[1]),
               names[1]);
    for (const RowDifference& row : found.examples) {
      if (row.only >= 0) {
        fmt::print("  {}: only in {}\n", row.key, names[static_cast<size_t>(row.only)]);
        continue;
      }
      for (const auto& [column, values] : row.columns) {
        fmt::print("  {}: {} is {} in {}, {} in {}\n", row.key, column, values[0], names[0], values[1], names[1]);
      }
    }
  }

  static Json table_json(const std::string& table, const Both<std::string>& names, const TableDifferences& found) {
    Json json{{"table", table},     {"same", found.same()}, {"sides", names},
              {"rows", found.rows}, {"only", found.only},   {"different", found.different}};
    json["examples"] = Json::array();
    for (const RowDifference& row : found.examples) {
      Json one{{"key", row.key}};
      if (row.only >= 0) one["only"] = names[static_cast<size_t>(row.only)];
      for (const auto& [column, values] : row.columns) one["columns"][column] = values;
      json["examples"].push_back(std::move(one));
    }
    return json;
  }

  void tell_books(const std::string& flow, const Ledger& one, const Ledger& other) {
    const bool same = one.text() == other.text();
    ++compared_;
    same_ = same_ && same;
    if (arguments_.load.json) {
      return tell({{"flow", flow}, {"same", same}, {"sides", names()}, {"ledgers", {one.text(), other.text()}}});
    }
    if (same) return fmt::print("books of {}: the same: {}\n", flow, one.text());
    fmt::print("books of {} differ:\n  {}: {}\n  {}: {}\n", flow, sides_[0].name, one.text(), sides_[1].name,
               other.text());
  }

  void tell_quarantine(const std::string& flow, const QuarantineDifferences& found) {
    same_ = same_ && found.same();
    if (arguments_.load.json) {
      Json json{{"quarantine", flow},
                {"same", found.same()},
                {"sides", names()},
                {"records", found.records},
                {"only", found.only}};
      json["examples"] = Json::array();
      for (const auto& [side, faults] : found.examples) {
        json["examples"].push_back({{"only", sides_[static_cast<size_t>(side)].name}, {"faults", faults}});
      }
      return tell(json);
    }
    if (found.same()) {
      return fmt::print("quarantine of {}: the same: {}\n", flow, counted(found.records[0], "record"));
    }
    fmt::print("quarantine of {}: {} only in {}, {} only in {}\n", flow, counted(found.only[0], "record"),
               sides_[0].name, with_commas(found.only[1]), sides_[1].name);
    for (const auto& [side, faults] : found.examples) {
      fmt::print("  only in {}: {}\n", sides_[static_cast<size_t>(side)].name, faults);
    }
  }

  Both<std::string> names() const { return {sides_[0].name, sides_[1].name}; }
  static void tell(const Json& json) { fmt::print("{}\n", json.dump()); }

  const VerifyArguments& arguments_;
  const std::atomic<bool>& stop_;
  const SystemClock clock_;
  const std::unique_ptr<FileSystem> files_;
  const CompareOptions options_;
  const Workplace workplace_;
  Both<Side> sides_;
  size_t compared_ = 0;  // tables and books
  bool same_ = true;
};

std::function<int()> declare(Arguments& arguments) {
  auto verify = std::make_shared<VerifyArguments>();
  verify->load.declare(arguments);
  arguments.option("--data", verify->home.directory, "the data directory of the profile; a temporary one if not said");
  arguments.option("--against", verify->against, "the other profile; the embedded home if not said");
  arguments.option("--data-against", verify->data_against, "its data directory; a temporary one if not said");
  arguments.option("--table", verify->table, "a table of the file, to compare with that of another job");
  arguments.option("--with", verify->with, "the other job's table, with its keyspace");
  arguments.options("--except", verify->except, "a column that need not be the same; may be repeated");
  arguments.option("--examples", verify->examples, "so many differences of each kind are shown: 5 if not said");
  arguments.flag("--no-run", verify->no_run, "compare what is there; run nothing");
  return [verify] { return Verification(*verify).run(); };
}

}  // namespace

const Command kVerifyCommand = {.name = "verify",
                                .summary = "Run a pipeline under two profiles and compare: rows, quarantine, books.",
                                .example = "millrace verify users.yaml --profile cluster --except timestamp",
                                .declare = declare};

}  // namespace millrace
