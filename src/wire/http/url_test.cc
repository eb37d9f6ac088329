#include "wire/http/url.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(HttpUrlTest, KnowsSchemeHostAndPort) {
  const auto url = HttpUrl::parse("HTTPS://Me:x@Example.COM/a?b#c");
  ASSERT_TRUE(url.ok()) << url.error().message();
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, 443);
  EXPECT_TRUE(url->has_userinfo);
  EXPECT_EQ(HttpUrl::parse("http://[::1]:8080/")->host, "[::1]");
  EXPECT_EQ(HttpUrl::parse("http://[::1]:8080/")->port, 8080);
}

TEST(HttpUrlTest, OneOriginIsOneSchemeHostAndPort) {
  const HttpUrl url = *HttpUrl::parse("https://a.example/x");
  EXPECT_TRUE(url.same_origin(*HttpUrl::parse("https://A.example:443/y?z")));
  EXPECT_FALSE(url.same_origin(*HttpUrl::parse("http://a.example/x")));
  EXPECT_FALSE(url.same_origin(*HttpUrl::parse("https://a.example:444/x")));
  EXPECT_FALSE(url.same_origin(*HttpUrl::parse("https://b.example/x")));
}

TEST(HttpUrlTest, SaysWhatIsWrongWithAUrl) {
  const auto problem = [](const char* text) {
    const auto url = HttpUrl::parse(text);
    return url.ok() ? fmt::format("{} on {}", url->host, url->port) : url.error().message();
  };
  EXPECT_EQ(problem("example.com/x"), "'example.com/x' is no URL to fetch: it has to begin with http:// or https://");
  EXPECT_EQ(problem("ftp://a.example/"),
            "'ftp://a.example/' is no URL to fetch: it has to begin with http:// or https://");
  EXPECT_EQ(problem("gopherish://a/"), "'gopherish://a/' is no URL to fetch: it has to begin with http:// or https://");
  EXPECT_EQ(problem("http://a.example/x y"),
            "'http://a.example/x y' is no URL to fetch: it has blanks or control characters in it; write %20 for a "
            "blank");
  EXPECT_EQ(problem("http://a.example:99999/"),
            "'http://a.example:99999/' is no URL to fetch: Port number was not a decimal number between 0 and 65535");
  EXPECT_EQ(problem(""), "'' is no URL to fetch: it has to begin with http:// or https://");
}

TEST(HttpUrlTest, ResolvesWhatAnAnswerPointsTo) {
  const std::string base = "https://a.example/v1/users?page=1";
  EXPECT_EQ(*resolve_url(base, "?page=2"), "https://a.example/v1/users?page=2");
  EXPECT_EQ(*resolve_url(base, "more"), "https://a.example/v1/more");
  EXPECT_EQ(*resolve_url(base, "/v2"), "https://a.example/v2");
  EXPECT_EQ(*resolve_url(base, "//b.example/v2"), "https://b.example/v2");
  EXPECT_EQ(*resolve_url(base, "http://b.example/a b"), "http://b.example/a%20b");
  EXPECT_FALSE(resolve_url(base, "javascript:alert(1)").ok());
  EXPECT_FALSE(resolve_url(base, "ftp://a.example/").ok());
}

TEST(HttpUrlTest, AddsOrReplacesAParameter) {
  EXPECT_EQ(with_parameter("http://a/x", "page", "2"), "http://a/x?page=2");
  EXPECT_EQ(with_parameter("http://a/x?", "page", "2"), "http://a/x?page=2");
  EXPECT_EQ(with_parameter("http://a/x?q=1", "a b", "&="), "http://a/x?q=1&a%20b=%26%3D");
  EXPECT_EQ(with_parameter("http://a/x?page=1&q=1#top", "page", "2"), "http://a/x?q=1&page=2");
  EXPECT_EQ(with_parameter("http://a/x?page&q", "page", "2"), "http://a/x?q&page=2");
}

TEST(HttpUrlTest, ShowsNoSecretToPeople) {
  EXPECT_EQ(shown_links("</x?token=a&n=2>; rel=\"next\", <https://a.example/?n=1&sig=b#c>, key=d"),
            "</x?token=***&n=2>; rel=\"next\", <https://a.example/?n=1&sig=***#c>, key=d");
  EXPECT_EQ(shown_links("?&?token=", std::vector<std::string>{"n"}), "?&?toke***=***");
  EXPECT_EQ(shown_url("https://me:pass@a.example/x?q=1"), "https://***@a.example/x?q=1");
  EXPECT_EQ(shown_url("https://me:p@ss@a.example/@x"), "https://***@a.example/@x");
  EXPECT_EQ(shown_url("https://a.example/x?Token=abc&n=2&sig=d#e"), "https://a.example/x?Token=***&n=2&sig=***");
  const std::vector<std::string> secrets = {"a b", ""};
  EXPECT_EQ(shown_url("https://a.example/a%20b?q=a b", secrets), "https://a.example/***?q=***");
  EXPECT_EQ(without_secrets("got a b and a%20b", secrets), "got *** and ***");
}

}  // namespace
}  // namespace millrace
