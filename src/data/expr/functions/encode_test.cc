#include <gtest/gtest.h>

#include "data/expr/functions/function_testing.h"

namespace millrace {
namespace {

using namespace testing_functions;

std::string run(std::string_view name, const std::vector<Column>& args) {
  return call(find_in({encode_functions()}, name), args);
}

TEST(EncodeFunctions, Base64GoesThereAndBack) {
  EXPECT_EQ(run("base64", {text("Spark SQL")}), "U3BhcmsgU1FM");
  EXPECT_EQ(run("base64", {text("a")}), "YQ==");
  EXPECT_EQ(run("unbase64", {text("U3Bh\ncms")}), "Spark");
  EXPECT_EQ(run("unbase64", {text("a")}), "fault: 'a' is not base64: its end is missing");
  EXPECT_EQ(run("to_binary", {text("U3BhcmsgU1FM"), text("BASE64")}), "Spark SQL");
  EXPECT_EQ(run("to_binary", {text("YQ"), text("base64")}), "fault: 'YQ' is not base64: its end is missing");
  EXPECT_EQ(run("to_binary", {text("616263")}), "abc");
  EXPECT_EQ(run("to_binary", {text("6g")}), "fault: '6g' is not hexadecimal");
  EXPECT_EQ(run("to_binary", {text("a"), text("x")}), "error: 'x' is not a format");
}

TEST(EncodeFunctions, CharacterSets) {
  EXPECT_EQ(run("encode", {text("ab"), text("utf-16le")}), std::string("a\0b\0", 4));
  EXPECT_EQ(run("decode", {binary(std::string("\0\xe9\xd8\x3d\xde\0", 6)), text("UTF-16BE")}), "é😀");
  EXPECT_EQ(run("decode", {binary("\xe9"), text("ISO-8859-1")}), "é");
  EXPECT_EQ(run("decode", {binary("\xe9"), text("UTF-8")}), "fault: not UTF-8 at byte 1");
  EXPECT_EQ(run("encode", {text("é"), text("US-ASCII")}), "fault: U+00E9 of 'é' is not in US-ASCII");
  EXPECT_EQ(run("make_valid_utf8", {binary("a\xe2\x82z\xff")}), "a\xef\xbf\xbdz\xef\xbf\xbd");
  EXPECT_EQ(run("is_valid_utf8", {binary("\xed\xa0\x80")}), "false");
}

TEST(EncodeFunctions, Urls) {
  EXPECT_EQ(run("url_encode", {text("a b/é*")}), "a+b%2F%C3%A9*");
  EXPECT_EQ(run("url_decode", {text("a+b%2f%C3%A9")}), "a b/é");
  EXPECT_EQ(run("url_decode", {text("%f")}), "fault: '%f' is not encoded as a URL's part");
  const Column url = text("http://me:pw@h.org:80/p/q?a=1&b=2#r");
  EXPECT_EQ(run("parse_url", {url, text("HOST")}), "h.org");
  EXPECT_EQ(run("parse_url", {url, text("FILE")}), "/p/q?a=1&b=2");
  EXPECT_EQ(run("parse_url", {url, text("REF")}), "r");
  EXPECT_EQ(run("parse_url", {url, text("USERINFO")}), "me:pw");
  EXPECT_EQ(run("parse_url", {url, text("AUTHORITY")}), "me:pw@h.org:80");
  EXPECT_EQ(run("parse_url", {url, text("QUERY"), text("b")}), "2");
  EXPECT_EQ(run("parse_url", {url, text("QUERY"), text("c")}), "NULL");
  EXPECT_EQ(run("parse_url", {text("a b"), text("HOST")}), "fault: 'a b' is not a URL");
}

}  // namespace
}  // namespace millrace
