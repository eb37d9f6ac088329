#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "flow/plan.h"

namespace millrace {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 2> kChoices = {"json", "csv"};
constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "path", .kind = FieldKind::kTexts, .summary = "Where.", .example = "a", .required = true},
    {.name = "format", .kind = FieldKind::kChoice, .default_value = "json", .choices = kChoices},
});
constexpr Component kAbout = {
    .kind = ComponentKind::kSource, .name = "tape", .summary = "Reads a tape.", .shorthand = "path", .fields = kFields};
const std::array<SourceComponent, 1> kSources = {{{.about = kAbout}}};
const std::array<SinkComponent, 1> kSinks = {{{.about = kAbout}}};

Json schema() {
  const Catalog catalog{.sources = kSources, .steps = all_steps(), .checks = all_checks(), .sinks = kSinks};
  return Json::parse(pipeline_json_schema(catalog));
}

Json flow_schema() { return schema()["properties"]["flows"]["additionalProperties"]; }

TEST(JsonSchema, KnowsTheKeysOfTheFileAndRefusesOthers) {
  const Json root = schema();
  EXPECT_EQ(root["additionalProperties"], false);
  EXPECT_EQ(root["properties"]["millrace"]["const"], 1);
  EXPECT_EQ(root["required"], Json({"millrace", "flows"}));
  for (const std::string key : {"pipeline", "params", "topics", "tables", "profiles", "tests"}) {
    EXPECT_TRUE(root["properties"].contains(key)) << key;
  }
}

TEST(JsonSchema, AConnectorsSettingsMayStandInItOrBesideIt) {
  const Json from = flow_schema()["properties"]["from"];
  EXPECT_EQ(from["properties"]["tape"]["description"], "Reads a tape.");
  EXPECT_TRUE(from["properties"].contains("format"));
  const Json forms = from["properties"]["tape"]["anyOf"];
  ASSERT_EQ(forms.size(), 2U) << "the shorthand, or a map of settings";
  EXPECT_EQ(forms[1]["required"], Json({"path"}));
  EXPECT_EQ(forms[1]["properties"]["format"]["default"], "json");
}

TEST(JsonSchema, OnlyASinkHasACondition) {
  EXPECT_FALSE(flow_schema()["properties"]["from"]["properties"].contains("where"));
  EXPECT_FALSE(flow_schema()["properties"]["quarantine"]["properties"].contains("where"));
  EXPECT_TRUE(flow_schema()["properties"]["to"]["anyOf"][0]["properties"].contains("where"));
}

TEST(JsonSchema, HasEveryStepOnceInAListAndEveryCheckInExpect) {
  const Json step = flow_schema()["properties"]["steps"]["items"];
  EXPECT_EQ(step["maxProperties"], 1);
  for (const StepComponent& one : all_steps()) {
    EXPECT_TRUE(step["properties"].contains(std::string(one.about.name))) << one.about.name;
  }
  const Json check = step["properties"]["expect"]["anyOf"][0]["properties"];
  for (const CheckComponent& one : all_checks()) EXPECT_TRUE(check.contains(std::string(one.about.name)));
  EXPECT_EQ(check["else"]["enum"], Json({"warn", "drop", "quarantine", "stop"}));
  EXPECT_EQ(check["rule"]["description"], "A boolean expression; anything but TRUE is a fault.");
}

TEST(JsonSchema, AChoiceMayBePutInLater) {
  const Json format = flow_schema()["properties"]["from"]["properties"]["format"];
  EXPECT_EQ(format["anyOf"][0]["enum"], Json({"json", "csv"}));
  EXPECT_EQ(format["anyOf"][1]["pattern"], "\\$\\{");
}

}  // namespace
}  // namespace millrace
