#include "testing/random_user.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

namespace millrace {
namespace {

std::string users(uint64_t seed, size_t count, BadUsers bad = {}) {
  RandomUsers generator(seed, bad);
  std::string text;
  for (size_t i = 0; i < count; ++i) generator.append(text);
  return text;
}

size_t lines_that(const std::string& text, bool (*is)(const std::string&)) {
  std::istringstream lines(text);
  size_t count = 0;
  for (std::string line; std::getline(lines, line);) count += is(line) ? 1 : 0;
  return count;
}

TEST(RandomUsers, ASeedGivesTheSameBytesAndAnotherSeedOthers) {
  EXPECT_EQ(users(7, 50), users(7, 50));
  EXPECT_NE(users(7, 50), users(8, 50));
}

TEST(RandomUsers, EveryRecordIsAWholeDocumentOfAboutElevenHundredBytes) {
  const std::string text = users(1, 500);
  EXPECT_EQ(lines_that(text, [](const std::string& line) { return nlohmann::json::accept(line); }), 500U);
  EXPECT_GT(text.size() / 500, 950U);
  EXPECT_LT(text.size() / 500, 1250U);
}

TEST(RandomUsers, BrokenRecordsAreNotJson) {
  EXPECT_EQ(lines_that(users(1, 100, {.broken_json = 1000}),
                       [](const std::string& line) { return nlohmann::json::accept(line); }),
            0U);
}

TEST(RandomUsers, EachKindOfBadRecordIsBadInItsWay) {
  const auto first = [](BadUsers bad) { return nlohmann::json::parse(users(3, 1, bad)); };
  EXPECT_FALSE(first({.missing_field = 1000}).contains("email"));
  EXPECT_TRUE(first({.wrong_type = 1000})["dob"]["age"].is_string());
  EXPECT_EQ(first({.bad_email = 1000})["email"].get<std::string>().find('@'), std::string::npos);
  EXPECT_EQ(first({.future_date = 1000})["dob"]["date"].get<std::string>().substr(0, 4), "2999");
}

TEST(RandomUsers, ADuplicateIsAnEarlierRecordOnceMore) {
  std::istringstream lines(users(5, 1000, {.duplicate = 100}));
  std::vector<std::string> seen;
  for (std::string line; std::getline(lines, line);) seen.push_back(line);
  std::sort(seen.begin(), seen.end());
  const auto distinct = static_cast<size_t>(std::unique(seen.begin(), seen.end()) - seen.begin());
  EXPECT_LT(distinct, 950U);
  EXPECT_GT(distinct, 850U);
}

}  // namespace
}  // namespace millrace
