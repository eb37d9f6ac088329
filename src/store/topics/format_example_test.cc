// The example in docs/internals/topics.md is what a store writes, byte for byte.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/topics/topic_store.h"

namespace millrace {
namespace {

constexpr std::string_view kDocument = "docs/internals/topics.md";
constexpr std::string_view kFence = "```hex ";  // then the file, and how many bytes stand before

struct Example {
  std::string file;
  size_t at = 0;
  std::string bytes;
};

// Lines are "00 00 00 05 | what they mean".
std::string bytes_of_line(const std::string& line) {
  std::istringstream words(line.substr(0, line.find('|')));
  std::string bytes;
  for (std::string word; words >> word;) bytes += static_cast<char>(std::stoi(word, nullptr, 16));
  return bytes;
}

std::vector<Example> read_examples() {
  std::ifstream in{std::string(kDocument)};
  std::vector<Example> examples;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(kFence)) {
      inside = true;
      std::istringstream words(line.substr(kFence.size()));
      words >> examples.emplace_back().file >> examples.back().at;
    } else if (line.starts_with("```")) {
      inside = false;
    } else if (inside) {
      examples.back().bytes += bytes_of_line(line);
    }
  }
  return examples;
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x} ", static_cast<unsigned char>(byte));
  return text;
}

TEST(TopicFormat, TheExampleOfTheDocumentIsWhatIsWritten) {
  std::string pattern = testing::TempDir() + "format-XXXXXX";
  const std::string directory = ::mkdtemp(pattern.data());
  {
    const auto files = real_file_system();
    const ManualClock clock(1'700'000'000'000'000);
    auto store = TopicStore::open({.directory = directory}, *files, clock);
    ASSERT_TRUE(store.ok()) << store.error().message();
    ASSERT_TRUE((*store)->create_topic("users", {}).ok());
    RecordBatchEncoder encoder;
    const std::vector<RecordHeader> headers = {{"h", "1"}};
    encoder.add({.key = "ann", .value = "{}", .timestamp_ms = 1'700'000'000'000});
    encoder.add({.value = "x", .headers = headers, .timestamp_ms = 1'700'000'000'005});
    Commit commit;
    commit.append("users", 0, *encoder.finish());
    commit.note("flow/store", "2");
    ASSERT_TRUE((*store)->submit(commit).ok());
  }
  const std::vector<Example> examples = read_examples();
  EXPECT_EQ(examples.size(), 2u) << "blocks of bytes in " << kDocument;
  for (const Example& example : examples) {
    std::ifstream in(directory + "/" + example.file, std::ios::binary);
    std::ostringstream whole;
    whole << in.rdbuf();
    ASSERT_GE(whole.str().size(), example.at) << example.file;
    EXPECT_EQ(hex(example.bytes), hex(whole.str().substr(example.at))) << example.file;
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace millrace
