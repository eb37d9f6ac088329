// Runs tests/golden/**/*.test; tests/golden/README.md says what is in them.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <re2/re2.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "connect/changes/prepare.h"
#include "connect/home/home.h"
#include "connect/list.h"
#include "flow/plan.h"
#include "flow/run/runner.h"
#include "testing/crashing_run.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kNowUs = 1'767'323'045'000'000;  // 2026-01-02 03:04:05 UTC, at all times
constexpr std::string_view kSpecFile = "pipeline.yaml";
constexpr std::string_view kHome = ".millrace";  // topics and tables; cases show them by flows that read them

struct Section {
  std::string head;  // "input users.jsonl"
  std::string text;

  std::string_view word() const { return std::string_view(head).substr(0, head.find(' ')); }
  std::string_view rest() const {
    const size_t space = head.find(' ');
    return space == std::string::npos ? std::string_view() : std::string_view(head).substr(space + 1);
  }
};

struct Case {
  std::string title;
  std::vector<Section> given;     // spec, input, run
  std::vector<Section> expected;  // output, quarantine, ledger, error, exit
};

struct GoldenFile {
  std::string head;  // comments in front of the first case
  std::vector<Case> cases;
};

bool is_given(std::string_view word) { return word == "spec" || word == "input" || word == "run"; }

GoldenFile parse(const std::string& text) {
  GoldenFile file;
  std::string* to = &file.head;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("=== ")) {
      file.cases.push_back({.title = line.substr(4)});
      to = nullptr;
    } else if (line.starts_with("--- ") && !file.cases.empty()) {
      Section section{.head = line.substr(4)};
      auto& list = is_given(section.word()) ? file.cases.back().given : file.cases.back().expected;
      list.push_back(std::move(section));
      to = &list.back().text;
    } else if (to != nullptr) {
      *to += line + '\n';
    }
  }
  return file;
}

// Sections end with an empty line, for the eye; it is not part of them.
std::string trimmed(std::string text) {
  while (text.ends_with("\n\n")) text.pop_back();
  return text == "\n" ? "" : text;
}

std::string written(const Section& section) { return fmt::format("--- {}\n{}", section.head, trimmed(section.text)); }

std::string written(const std::vector<Section>& sections) {
  std::string out;
  for (const Section& section : sections) out += written(section);
  return out;
}

std::string written(const GoldenFile& file) {
  std::string out = trimmed(file.head);
  for (const Case& one : file.cases) {
    out += fmt::format("{}=== {}\n{}{}", out.empty() ? "" : "\n", one.title, written(one.given), written(one.expected));
  }
  return out;
}

std::string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write_all(const fs::path& path, std::string_view text) {
  if (path.has_parent_path()) fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// `escaped` inputs: \n, \\ and \xNN stand for bytes; line ends do not count.
std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') continue;
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
    } else if (text[++i] == 'x') {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == 'n' ? '\n' : text[i];
    }
  }
  return out;
}

// A folder of its own with the case's files, and the working directory as long as it lives.
class Folder {
 public:
  explicit Folder(const Case& one) : back_(fs::current_path()) {
    std::string name = (fs::temp_directory_path() / "millrace-golden-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
    fs::current_path(path_);
    for (const Section& section : one.given) {
      if (section.word() == "spec") put(std::string(kSpecFile), trimmed(section.text));
      if (section.word() != "input") continue;
      std::string file = section.rest().empty() ? "input.jsonl" : std::string(section.rest());
      const bool escaped = file.ends_with(" escaped");
      if (escaped) file.resize(file.size() - std::string_view(" escaped").size());
      put(file, escaped ? unescaped(section.text) : trimmed(section.text));
    }
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    fs::current_path(back_);
    fs::remove_all(path_);
  }

  size_t input_bytes() const { return input_bytes_; }
  size_t input_lines() const { return input_lines_; }

  // What has been written since, by name.
  std::vector<std::string> outputs() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(".")) {
      const std::string name = entry.path().lexically_relative(".").string();
      if (name.starts_with(kHome)) continue;
      if (entry.is_regular_file() && std::find(given_.begin(), given_.end(), name) == given_.end()) out.push_back(name);
    }
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  void put(const std::string& name, const std::string& bytes) {
    write_all(name, bytes);
    given_.push_back(name);
    if (name == kSpecFile) return;
    input_bytes_ += bytes.size();
    input_lines_ += static_cast<size_t>(std::count(bytes.begin(), bytes.end(), '\n'));
  }

  fs::path back_;
  fs::path path_;
  std::vector<std::string> given_;
  size_t input_bytes_ = 0;
  size_t input_lines_ = 0;
};

// "input.jsonl:3 expect email email: 'x' is no email address", a line per record.
std::string quarantine_lines(const std::string& file) {
  std::string out;
  std::istringstream lines(read_all(file));
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    std::vector<std::string> faults;
    for (const auto& fault : json["faults"]) {
      faults.push_back(fmt::format("{}: {}", fault["rule"].get<std::string>(), fault["reason"].get<std::string>()));
    }
    const int element = json["element"].is_null() ? 0 : json["element"].get<int>();
    out += fmt::format("{}:{}{} {}\n", json["source"].get<std::string>(), json["line"].get<int64_t>(),
                       element == 0 ? "" : fmt::format("[{}]", element), fmt::join(faults, "; "));
  }
  return out;
}

struct Variant {
  size_t piece_bytes;
  size_t workers;
  bool crashes = false;  // behind every batch
};

void add_outputs(const Folder& folder, const std::vector<std::string>& apart, std::vector<Section>& out) {
  for (const std::string& name : folder.outputs()) {
    if (std::find(apart.begin(), apart.end(), name) == apart.end()) out.push_back({"output " + name, read_all(name)});
  }
}

// Where flows write topics or tables; else nullptr.
std::unique_ptr<Home> home_of(const PipelinePlan& plan, FileSystem& files, const Clock& clock) {
  if (std::none_of(plan.flows.begin(), plan.flows.end(), [](const FlowPlan& flow) { return flow.needs_home(); })) {
    return nullptr;
  }
  auto home = Home::open({.directory = std::string(kHome), .durability = Durability::kInterval}, files, clock);
  const std::array<const PipelinePlan*, 1> plans = {&plan};
  EXPECT_TRUE(home.ok() && prepare_home(**home, plans, clock).ok());
  return std::move(home.value());
}

// The flows, through the library: pieces and workers as the variant says.
std::vector<Section> run_flows(const Folder& folder, const Variant& variant) {
  const LoadOutcome loaded = load_pipeline(std::string(kSpecFile), full_catalog(), {.run_start_us = kNowUs});
  std::vector<Section> out;
  if (!loaded.diagnostics.all().empty()) out.push_back({"error", render_diagnostics(loaded, false)});
  if (loaded.plan == nullptr) {
    out.push_back({"exit", fmt::format("{}\n", static_cast<int>(kExitInvalidSpec))});
    return out;
  }
  const ManualClock clock(kNowUs);
  const auto files = real_file_system();
  std::string quarantine;
  std::string ledger;
  std::string error;
  std::vector<std::string> apart;
  const std::unique_ptr<Home> home = home_of(*loaded.plan, *files, clock);
  for (FlowPlan& flow : loaded.plan->flows) {
    RunOptions options{.workers = variant.workers,
                       .piece_bytes = variant.piece_bytes,
                       .run_id = "golden",
                       .directory = loaded.plan->directory,
                       .clock = &clock,
                       .files = files.get()};
    std::unique_ptr<Transaction> transaction;
    if (home != nullptr) {
      options.topics = &home->topics();
      options.schemas = &home->schemas();
    }
    if (flow.keeper != Keeper::kItself) {
      transaction = std::move(home->begin(*loaded.plan, flow).value());
      options.transaction = transaction.get();
    }
    const bool crashes = variant.crashes && transaction == nullptr && survives_crashes(flow);
    const FlowReport report = crashes ? run_crashing(flow, options) : run_flow(flow, options);
    if (flow.quarantine != nullptr && fs::exists(flow.quarantine->place())) {
      apart.push_back(flow.quarantine->place());
      quarantine += quarantine_lines(flow.quarantine->place());
    }
    if (report.error) {
      error += fmt::format("{}: {}\n", flow.name, report.error->message());
      break;
    }
    ledger += fmt::format("{}{}\n", loaded.plan->flows.size() > 1 ? flow.name + ": " : "", report.ledger.text());
  }
  add_outputs(folder, apart, out);
  if (!quarantine.empty()) out.push_back({"quarantine", quarantine});
  // How far a run that failed had got depends on its batches; that it balances is asserted.
  if (!ledger.empty()) out.push_back({"ledger", ledger});
  if (!error.empty()) {
    out.push_back({"error", error});
    out.push_back({"exit", fmt::format("{}\n", static_cast<int>(kExitFailed))});
  }
  return out;
}

// Sends a stream of the process to a file for as long as it lives.
class Captured {
 public:
  Captured(std::FILE* stream, int descriptor) : stream_(stream), descriptor_(descriptor), file_(std::tmpfile()) {
    std::fflush(stream_);
    saved_ = ::dup(descriptor_);
    ::dup2(::fileno(file_), descriptor_);
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  ~Captured() {
    ::close(saved_);
    std::fclose(file_);
  }
  std::string finish() {
    std::fflush(stream_);
    ::dup2(saved_, descriptor_);
    std::string out;
    std::rewind(file_);
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) out += static_cast<char>(c);
    return out;
  }

 private:
  std::FILE* stream_;
  int descriptor_;
  std::FILE* file_;
  int saved_ = -1;
};

// Words by spaces; "..." and '...' hold together.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (size_t i = 0; i < line.size();) {
    if (line[i] == ' ') {
      ++i;
      continue;
    }
    std::string word;
    for (; i < line.size() && line[i] != ' '; ++i) {
      if (line[i] == '"' || line[i] == '\'') {
        const size_t end = std::min(line.find(line[i], i + 1), line.size());
        word += line.substr(i + 1, end - i - 1);
        i = end;
      } else {
        word += line[i];
      }
    }
    words.push_back(std::move(word));
  }
  return words;
}

int run_line(std::string_view line) {
  std::vector<std::string> words = words_of(line);
  words.insert(words.begin(), "millrace");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return run_command_line(static_cast<int>(words.size()), argv.data());
}

// What depends on the machine: how long something took. A run's is shown as none; that of test cases is not told at
// all.
std::string without_times(std::string text) {
  RE2::GlobalReplace(&text, R"(  \(\d+\.\d\d s\)\n)", "\n");
  RE2::GlobalReplace(&text, R"((?m)^(\S+  )\d+\.\d\d s(, [\d,]+ records/s)?$)", R"(\10.00 s)");
  return text;
}

// Whole command lines, as the program would run them, until one fails.
std::vector<Section> run_commands(const Folder& folder, const std::vector<std::string_view>& lines) {
  Captured out(stdout, STDOUT_FILENO);
  Captured err(stderr, STDERR_FILENO);
  int code = kExitOk;
  for (const std::string_view line : lines) {
    if (code == kExitOk) code = run_line(line);
  }
  const std::string error = err.finish();
  const std::string output = without_times(out.finish());
  std::vector<Section> sections;
  if (!output.empty()) sections.push_back({"output -", output});
  add_outputs(folder, {}, sections);
  if (!error.empty()) sections.push_back({"error", error});
  if (code != kExitOk) sections.push_back({"exit", fmt::format("{}\n", code)});
  return sections;
}

std::vector<std::string_view> commands_of(const Case& one) {
  std::vector<std::string_view> lines;
  for (const Section& section : one.given) {
    if (section.word() == "run" && !section.rest().empty()) lines.push_back(section.rest());
  }
  return lines;
}

// What comes of a case; a flow has to give the same whatever its batches and workers.
std::vector<Section> answer(const Case& one) {
  if (const auto commands = commands_of(one); !commands.empty()) {
    const Folder folder(one);
    return run_commands(folder, commands);
  }
  std::vector<Section> first;
  const auto compare = [&](size_t records, size_t workers, bool crashes) {
    const Folder folder(one);
    const size_t record_bytes = folder.input_bytes() / std::max<size_t>(1, folder.input_lines());
    std::vector<Section> sections =
        run_flows(folder, {.piece_bytes = std::max<size_t>(1, records == 1 ? 1 : records * record_bytes),
                           .workers = workers,
                           .crashes = crashes});
    if (first.empty()) {
      first = std::move(sections);
      return;
    }
    EXPECT_EQ(written(sections), written(first))
        << "in batches of " << records << " with " << workers << " workers"
        << (crashes ? " and a crash behind every batch" : "") << ", against one batch with one worker";
  };
  for (const size_t records : {1024, 3, 1}) {
    for (const size_t workers : {1, 4}) compare(records, workers, false);
  }
  const bool failed = std::any_of(first.begin(), first.end(), [](const Section& s) { return s.word() == "exit"; });
  // What a run that fails has committed by then stays, so it is not what the same run publishes as a whole: nothing.
  for (const size_t records : {3, 1}) {
    if (!failed) compare(records, records == 1 ? 4 : 1, true);
  }
  return first;
}

bool updating() {
  const char* update = std::getenv("MILLRACE_UPDATE");
  return update != nullptr && std::string_view(update) == "1";
}

const fs::path& golden_root() {
  static const fs::path root = fs::absolute("tests/golden");
  return root;
}

std::vector<std::string> golden_files() {
  std::vector<std::string> files;
  if (!fs::is_directory(golden_root())) return files;
  for (const auto& entry : fs::recursive_directory_iterator(golden_root())) {
    if (entry.path().extension() == ".test") files.push_back(fs::relative(entry.path(), golden_root()).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, AnswersAsWritten) {
  const fs::path path = golden_root() / GetParam();
  GoldenFile file = parse(read_all(path));
  ASSERT_FALSE(file.cases.empty()) << path << " has no case: a line `=== what it shows` begins one";
  ::setenv("COLUMNS", "100", 1);
  for (Case& one : file.cases) {
    SCOPED_TRACE(GetParam() + ": " + one.title);
    std::vector<Section> got = answer(one);
    if (!updating()) {
      EXPECT_EQ(written(got), written(one.expected));
    }
    one.expected = std::move(got);
  }
  if (updating()) write_all(path, written(file));
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(0, info.param.rfind('.'));
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, Golden, ::testing::ValuesIn(golden_files()), test_name);

TEST(GoldenRunner, FindsItsFilesFromTheRootOfTheRepository) { EXPECT_FALSE(golden_files().empty()); }

TEST(GoldenRunner, WritesWhatItHasReadAndKeepsCommentsAndBlankLinesApart) {
  const std::string text =
      "# about\n\n=== one\n--- spec\na: 1\n\nb: 2\n--- run check x\n--- output -\nfine\n\n=== two\n--- spec\nc\n";
  EXPECT_EQ(written(parse(text)), text);
}

TEST(GoldenRunner, UnescapesBytes) { EXPECT_EQ(unescaped("a\\x00\\n\\\\b\n"), std::string("a\0\n\\b", 5)); }

TEST(GoldenRunner, SplitsCommandLinesAtSpacesOutsideQuotes) {
  EXPECT_EQ(words_of("eval \"1 + 2\" --record='{\"a\": 1}'"),
            (std::vector<std::string>{"eval", "1 + 2", "--record={\"a\": 1}"}));
}

}  // namespace
}  // namespace millrace
