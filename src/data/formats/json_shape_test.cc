#include "data/formats/json_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "data/formats/json_walk.h"

namespace millrace {
namespace {

const std::vector<std::vector<std::string>> kPaths = {{"a"}, {"b", "c"}, {"b", "d"}, {"b"}, {"e"}};

// All that a walk tells.
std::string told(JsonWalker& walker, std::string_view document) {
  const char* error = walker.walk(document);
  if (error != nullptr) return std::string(error) + " at " + std::to_string(walker.error_at());
  std::string text = "misfit:" + std::string(walker.misfit());
  for (const JsonValue& value : walker.values()) {
    text += '|' + std::to_string(static_cast<int>(value.kind)) + ':';
    if (value.kind == JsonValue::Kind::kMissing) continue;
    text += (value.escaped ? "\\" : "") + std::string(value.text(document));
    if (value.kind == JsonValue::Kind::kObject || value.kind == JsonValue::Kind::kArray) {
      walker.for_each_member(value, [&](std::string_view key, const JsonValue& member) {
        text += '(' + std::string(key) + ' ' + std::string(member.text(document)) + ')';
      });
    }
  }
  return text;
}

std::string told_by_a_fresh_walker(std::string_view document) {
  JsonWalker walker(kPaths);
  return told(walker, document);
}

JsonShape shape_of(std::string_view document, JsonIndex& index) {
  EXPECT_EQ(index.index(document), nullptr);
  return {JsonTokens{document, index.positions()}, plan_of_paths(kPaths)};
}

constexpr std::string_view kKnown = R"({"a":"x","b":{"c":1,"d":"y","z":[1,{"k":"v"}]},"e":null,"f":true})";

TEST(JsonShape, is_had_by_documents_that_differ_in_scalars_only) {
  JsonIndex index;
  const JsonShape shape = shape_of(kKnown, index);
  for (const std::string_view other :
       {kKnown, std::string_view(R"({"a":-1.5e3,"b":{"c":"","d":null,"z":["",{"q":false}]},"e":"long text","f":0})"),
        std::string_view(R"( { "a" : "x" , "b":{"c":1 ,"d":"y" ,"z":[ 1,{"k":"v"}]},"e":null,"f":true } )")}) {
    std::vector<JsonValue> values(kPaths.size());
    ASSERT_EQ(index.index(other), nullptr);
    EXPECT_TRUE(shape.read({other, index.positions()}, values)) << other;
    EXPECT_EQ(values[2].text(other), other == kKnown || other[0] == ' ' ? "y" : "null");
  }
}

TEST(JsonShape, is_not_had_by_documents_with_other_keys_or_tokens) {
  JsonIndex index;
  const JsonShape shape = shape_of(kKnown, index);
  for (const std::string_view other : {R"({"A":"x","b":{"c":1,"d":"y","z":[1,{"k":"v"}]},"e":null,"f":true})",
                                       R"({"a":"x","b":{"c":1,"d":"y","a":[1,{"k":"v"}]},"e":null,"f":true})",
                                       R"({"a":"x","b":{"c":1,"d":"y","z":{"l":{"k":"v"}}},"e":null,"f":true})",
                                       R"({"a":"x","b":{"c":1,"d":"y","z":[1,{"k":"v"}]},"e":null,"f":tru})",
                                       R"({"a":"x","b":{"c":1,"d":"y","z":[1,{"k":"v"}]},"e":null,"f":01})",
                                       R"({"a":"x","b":{"c":1,"d":"y","z":[1,{"k":"v"}],"e":null,"f":true}})",
                                       R"({"a":"x","b":{"c":1,"d":"y","z":[1,{"k":"v"}]},"e":null,"f","t"})"}) {
    std::vector<JsonValue> values(kPaths.size());
    ASSERT_EQ(index.index(other), nullptr) << other;
    EXPECT_FALSE(shape.read({other, index.positions()}, values)) << other;
  }
}

TEST(JsonShape, is_none_for_documents_that_are_too_large_or_have_a_wanted_key_twice) {
  std::string large = R"({"a":[1)";
  for (size_t i = 0; i < kShapeTokensMax / 2; ++i) large += ",1";
  JsonIndex index;
  EXPECT_EQ(shape_of(large + "]}", index).tokens(), 0);
  EXPECT_EQ(shape_of(R"({"a":1,"a":2})", index).tokens(), 0);
  EXPECT_EQ(shape_of(R"({"a":1,"x":2,"x":2})", index).tokens(), 13);
}

TEST(JsonShapes, make_no_difference_to_what_a_walk_tells) {
  const std::vector<std::string> documents = {
      std::string(kKnown),
      R"({"a":"x","b":null,"e":{"b":{"c":1}},"f":true})",
      R"({"a":"x","b":nul,"e":{"b":{"c":1}},"f":true})",
      R"({"a":"x","b":"t","e":{"b":{"c":1}},"f":true})",
      R"({"a":"\u0041","b":{"c":"\n","d":"y","z":[1,{"\\":"v"}]},"e":null,"f":true})",
      R"({"a":"\u004","b":{"c":1,"d":"y","z":[1,{"k":"v"}]},"e":null,"f":true})",
      R"({"a":"x","b":{"c":1,"d":"y","z":[1,{"k":"\x"}]},"e":null,"f":true})",
      R"({"a":"x","b":{"c":1,"d":"y","z":[1,{"k\q":"v"}]},"e":null,"f":true})",
      R"({"\u0061":"x","b":{"c":1,"d":"y","z":[1,{"k":"v"}]},"e":null,"f":true})",
      R"({"a":"x","b":{"c":1,"d":"y","z":[1,{"k":"v"}]},"e":null,"f":\n})",
      R"({"a":"x","b":{"c":1,"d":"y","z":[1,{"k":"v"}]},"e":null,"f":true},)",
      R"({"a":"x","b":{"c":1,"d":"y","z":[1,{"k":"v"}]},"e":null "f":true })",
      R"({"a":"x","b":{"c":1,"d":"y","d":[1,{"k":"v"}]},"e":null,"f":true})",
      R"({"a":1,"a":2})",
      R"({"a":1,"b":2})",
      R"({"e":1,"a":[1, 2]})",
      R"({"e":1,"a":{"p":{}}})",
      R"({})",
      R"([])",
  };
  for (const std::string& learnt : documents) {
    JsonWalker walker(kPaths);
    for (const std::string& document : documents) {
      told(walker, learnt);
      EXPECT_EQ(told(walker, document), told_by_a_fresh_walker(document)) << "after " << learnt;
    }
  }
}

}  // namespace
}  // namespace millrace
