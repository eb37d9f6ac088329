#include "connect/file/file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/builder.h"
#include "flow/declarations.h"

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A clock that stands still.
class StillClock final : public Clock {
 public:
  int64_t wall_us() const override { return 1'700'000'000'000'000; }
  int64_t monotonic_us() const override { return 0; }
};

Node scalar(std::string text) { return {.kind = Node::Kind::kScalar, .text = std::move(text)}; }

Node map(const std::vector<std::pair<std::string, std::string>>& entries) {
  Node node{.kind = Node::Kind::kMap};
  for (const auto& [key, value] : entries) node.entries.emplace_back(scalar(key), scalar(value));
  return node;
}

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "millrace-file-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    run_ = {.flow = "f", .run_id = "r", .directory = name, .clock = &clock_, .files = files_.get(), .piece_bytes = 64};
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void put(const std::string& name, const std::string& text) { std::ofstream(directory_ / name) << text; }

  // All values of column `a`, "-" for records with faults, or the error.
  std::vector<std::string> read(const Node& settings_node) {
    Diagnostics diagnostics;
    Declarations declarations;
    const auto settings = Settings::read(kFileSource.about, settings_node, diagnostics);
    const auto plan = settings ? kFileSource.make(*settings, declarations, diagnostics) : nullptr;
    if (!diagnostics.ok()) return {diagnostics.all()[0].message};
    Slots slots;
    slots.source_columns.push_back({{"a"}, TypeKind::kString, slots.add("a", TypeKind::kString)});
    auto source = plan->open(slots, run_);
    if (!source.ok()) return {source.error().message()};
    std::vector<std::string> values;
    while (true) {
      auto piece = (*source)->next();
      if (!piece.ok()) return {piece.error().message()};
      if (!piece->has_value()) return values;
      Passage passage(0, 0);
      const Batch batch = (*source)->decode(std::move(**piece), passage);
      std::vector<std::string> all(batch.rows, "-");
      batch.alive_rows().for_each([&](size_t row) { all[row] = format_value(batch.columns[0], row); });
      values.insert(values.end(), all.begin(), all.end());
    }
  }

  Result<std::unique_ptr<Sink>> open_sink(const Node& settings_node) {
    Diagnostics diagnostics;
    Declarations declarations;
    const auto settings = Settings::read(kFileSink.about, settings_node, diagnostics);
    MILLRACE_ASSERT(settings.has_value(), "settings of a test");
    const std::vector<VisibleColumn> columns = {{"a", TypeKind::kString, 0}};
    const auto plan = kFileSink.make(*settings, columns, declarations, diagnostics);
    MILLRACE_ASSERT(plan != nullptr, "settings of a test");
    return plan->open(columns, run_);
  }

  StillClock clock_;
  std::unique_ptr<FileSystem> files_ = real_file_system();
  std::filesystem::path directory_;
  RunContext run_;
};

TEST_F(FileTest, reads_several_files_in_their_order) {
  put("1.jsonl", "{\"a\":1}\n{\"a\":2}\n");
  put("2.jsonl", "{\"a\":3}\nbroken\n");
  put("3.json", "[{\"a\":4},\n{\"a\":5}]");
  EXPECT_THAT(read(map({{"path", "*.json*"}})), ElementsAre("1", "2", "3", "-", "4", "5"));
}

TEST_F(FileTest, tells_what_is_wrong_with_a_path_before_anything_is_read) {
  std::filesystem::create_directory(directory_ / "d.jsonl");
  EXPECT_THAT(read(map({{"path", "no.jsonl"}})), ElementsAre(HasSubstr("no.jsonl: No such file or directory")));
  EXPECT_THAT(read(map({{"path", "no*.jsonl"}})), ElementsAre(HasSubstr("no file matches ")));
  EXPECT_THAT(read(map({{"path", "d.jsonl"}})),
              ElementsAre(HasSubstr("d.jsonl: it is a directory; name the files in it, for example ")));
}

TEST_F(FileTest, tells_which_settings_do_not_go_together) {
  EXPECT_THAT(read(map({{"path", "a.jsonl"}, {"delimiter", ";"}})), ElementsAre(HasSubstr("'delimiter' is for CSV")));
  EXPECT_THAT(read(map({{"path", "a.csv"}, {"records", "x"}})),
              ElementsAre(HasSubstr("'records' is for JSON documents")));
  EXPECT_THAT(read(map({{"path", "a.csv"}, {"header", "false"}})),
              ElementsAre(HasSubstr("without a header needs `columns`")));
  EXPECT_THAT(read(map({{"path", "a.csv"}, {"delimiter", "ab"}})),
              ElementsAre(HasSubstr("'delimiter' is one ASCII character")));
}

TEST_F(FileTest, names_a_column_that_the_header_does_not_have) {
  put("x.csv", "b,aa\n1,2\n");
  EXPECT_THAT(read(map({{"path", "x.csv"}})), ElementsAre(HasSubstr("x.csv: the header has no column 'a'")));
}

TEST_F(FileTest, reads_back_what_it_wrote_in_every_format) {
  for (const std::string name : {"o.jsonl", "o.csv", "o.tsv.gz", "o.jsonl.zst"}) {
    auto sink = open_sink(map({{"path", name}}));
    ASSERT_TRUE(sink.ok()) << sink.error().message();
    StringBuilder builder;
    builder.append("x,\t\"y\n");
    builder.append("z");
    Batch batch;
    batch.rows = 2;
    batch.columns = {builder.finish()};
    ASSERT_TRUE((*sink)->append((*sink)->encode(batch, Rows::all(2)), 2).ok());
    EXPECT_FALSE(std::filesystem::exists(directory_ / name)) << "nothing under the final name before the end";
    ASSERT_TRUE((*sink)->commit().ok());
    EXPECT_THAT(read(map({{"path", name}})), ElementsAre("x,\t\"y\n", "z")) << name;
  }
}

TEST_F(FileTest, leaves_the_old_file_when_a_run_is_abandoned) {
  put("o.csv", "a\nold\n");
  auto sink = open_sink(map({{"path", "o.csv"}}));
  ASSERT_TRUE(sink.ok());
  EXPECT_TRUE((*sink)->abandon());
  EXPECT_THAT(read(map({{"path", "o.csv"}})), ElementsAre("old"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
}

TEST_F(FileTest, writes_a_file_that_can_be_read_when_there_are_no_records) {
  for (const std::string name : {"o.csv", "o.csv.gz", "o.jsonl.zst"}) {
    auto sink = open_sink(map({{"path", name}}));
    ASSERT_TRUE(sink.ok());
    ASSERT_TRUE((*sink)->commit().ok());
    EXPECT_THAT(read(map({{"path", name}})), ElementsAre()) << name;
  }
}

TEST_F(FileTest, removes_what_a_killed_run_left_of_the_same_file_and_says_so) {
  std::vector<std::string> notes;
  run_.notes = &notes;
  put("o.csv.partial-20260102T030405Z-1f3a", "half");
  put("o.csv.partial-by-hand", "mine");
  put("other.csv.partial-20260102T030405Z-1f3a", "half");
  const auto sink = open_sink(map({{"path", "o.csv"}}));
  ASSERT_TRUE(sink.ok());
  EXPECT_THAT(notes, ElementsAre(HasSubstr("o.csv.partial-20260102T030405Z-1f3a, left by a run that was killed")));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "o.csv.partial-20260102T030405Z-1f3a"));
  EXPECT_TRUE(std::filesystem::exists(directory_ / "o.csv.partial-by-hand"));
  EXPECT_TRUE(std::filesystem::exists(directory_ / "other.csv.partial-20260102T030405Z-1f3a"));
}

TEST_F(FileTest, a_run_that_goes_on_after_it_was_killed_writes_anew) {
  run_.run_id = "users.f@2026-11-21T10:05:00Z";
  put("o.csv.partial-" + run_.run_id, "half");
  const auto sink = open_sink(map({{"path", "o.csv"}}));
  ASSERT_TRUE(sink.ok()) << sink.error().message();
  ASSERT_TRUE((*sink)->commit().ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
}

TEST_F(FileTest, leaves_what_another_run_is_writing) {
  std::vector<std::string> notes;
  run_.notes = &notes;
  run_.run_id = "20260102T030405Z-aaaa";
  const auto first = open_sink(map({{"path", "o.csv"}}));
  ASSERT_TRUE(first.ok());
  run_.run_id = "20260102T030405Z-bbbb";
  const auto second = open_sink(map({{"path", "o.csv"}}));
  ASSERT_TRUE(second.ok());
  EXPECT_THAT(notes, ElementsAre());
  ASSERT_TRUE((*first)->commit().ok());
  ASSERT_TRUE((*second)->commit().ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
}

TEST_F(FileTest, finds_what_is_left_of_a_name_with_characters_of_patterns) {
  std::vector<std::string> notes;
  run_.notes = &notes;
  put("o[1]*.csv.partial-20260102T030405Z-1f3a", "half");
  put("o1x.csv.partial-20260102T030405Z-1f3a", "half");
  const auto sink = open_sink(map({{"path", "o[1]*.csv"}}));
  ASSERT_TRUE(sink.ok());
  EXPECT_EQ(notes.size(), 1U);
  EXPECT_TRUE(std::filesystem::exists(directory_ / "o1x.csv.partial-20260102T030405Z-1f3a"));
}

TEST_F(FileTest, tells_what_is_wrong_with_the_place_of_a_sink) {
  std::filesystem::create_directory(directory_ / "d");
  EXPECT_THAT(open_sink(map({{"path", "no/o.csv"}})).error().message(), HasSubstr("create it with mkdir -p "));
  EXPECT_THAT(open_sink(map({{"path", "d"}})).error().message(), HasSubstr("it is a directory; name a file in it"));
  const auto first = open_sink(map({{"path", "o.csv"}}));
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(open_sink(map({{"path", "o.csv"}})).error().message(), HasSubstr("another sink of this run does"));
}

}  // namespace
}  // namespace millrace
