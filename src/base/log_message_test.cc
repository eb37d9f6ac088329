#include "base/log_message.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

constexpr int64_t kWallUs = 1'700'000'000'123'456;

TEST(LogMessageTest, IsForPeopleOrForPrograms) {
  const LogMessage line{.wall_us = kWallUs, .level = LogLevel::kProblem, .subject = "p.f", .text = "a \"b\"\\\n"};
  EXPECT_EQ(line.render(LogFormat::kText), "2023-11-14T22:13:20.123Z p.f: a \"b\"\\\n");
  EXPECT_EQ(line.render(LogFormat::kJson),
            R"({"time":"2023-11-14T22:13:20.123Z","level":"problem","subject":"p.f","text":"a \"b\"\\\u000a"})");
}

TEST(LogMessageTest, FormatsHaveNames) {
  EXPECT_EQ(parse_log_format("json"), LogFormat::kJson);
  EXPECT_EQ(parse_log_format("text"), LogFormat::kText);
  EXPECT_FALSE(parse_log_format("xml"));
}

}  // namespace
}  // namespace millrace
