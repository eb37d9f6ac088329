#include "wire/http/target.h"

#include <gtest/gtest.h>

#include "wire/http/server.h"
#include "wire/http/url.h"

namespace millrace {
namespace {

TEST(HttpTargetTest, TakesAPathAndAQueryApart) {
  const auto target = parse_target("/a%20b/+?x=1&y=a+b%26&&z&=q#part");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a b/+");
  std::string query;
  for (const HttpParameter& one : target->query) query += one.name + "=" + one.value + ";";
  EXPECT_EQ(query, "x=1;y=a b&;z=;=q;");
  EXPECT_EQ(parse_target("http://localhost:1/a?b=c")->path, "/a");
  EXPECT_EQ(parse_target("http://localhost:1")->path, "/");
}

TEST(HttpTargetTest, RefusesWhatIsNoPath) {
  for (const std::string_view wrong : {"", "*", "a", "/%", "/%f", "/%fg", "/?%q", "/%00", "http://a?b"}) {
    EXPECT_FALSE(parse_target(wrong)) << wrong;
  }
}

TEST(HttpTargetTest, WhatIsEncodedIsDecodedAgain) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_decode(percent_encoded(all), PlusIs::kSpace), all);
}

TEST(HttpAddressTest, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(HttpAddress::parse("8090")->text(), "127.0.0.1:8090");
  EXPECT_EQ(HttpAddress::parse(":8090")->text(), "127.0.0.1:8090");
  EXPECT_EQ(HttpAddress::parse("localhost:0")->text(), "127.0.0.1:0");
  EXPECT_EQ(HttpAddress::parse("[::1]:80")->text(), "[::1]:80");
  EXPECT_EQ(HttpAddress::parse("0.0.0.0:80")->text(), "0.0.0.0:80");
  EXPECT_FALSE(HttpAddress::parse("0.0.0.0:80")->is_loopback());
  EXPECT_TRUE(HttpAddress::parse("[::1]:80")->is_loopback());
}

TEST(HttpAddressTest, SaysWhatIsWrongWithOne) {
  const auto error = [](std::string_view text) { return HttpAddress::parse(text).error().message(); };
  const std::string hint = "; write 127.0.0.1:8090, [::1]:8090 or 8090";
  EXPECT_EQ(error("host"), "'host' is no address to listen on: there is no port" + hint);
  EXPECT_EQ(error("1:70000"), "'1:70000' is no address to listen on: the port is no number from 0 to 65535" + hint);
  EXPECT_EQ(error(""), "'' is no address to listen on: the port is no number from 0 to 65535" + hint);
  EXPECT_EQ(error("a.example:1"), "'a.example:1' is no address to listen on: 'a.example' is no IP address" + hint);
}

}  // namespace
}  // namespace millrace
