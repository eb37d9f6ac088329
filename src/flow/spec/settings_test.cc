#include "flow/settings.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flow/spec/yaml.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 2> kChoices = {"json", "csv"};
constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "path", .kind = FieldKind::kTexts, .example = "a.jsonl", .required = true},
    {.name = "format", .kind = FieldKind::kChoice, .default_value = "json", .choices = kChoices},
    {.name = "rows", .kind = FieldKind::kInteger, .min = 1, .max = 10},
    {.name = "wait", .kind = FieldKind::kDuration, .default_value = "10s"},
    {.name = "size", .kind = FieldKind::kBytes},
    {.name = "header", .kind = FieldKind::kBool},
    {.name = "types", .kind = FieldKind::kColumnTypes},
    {.name = "password", .kind = FieldKind::kText, .secret = true},
    {.name = "rule", .kind = FieldKind::kExpression},
});
constexpr Component kComponent = {
    .kind = ComponentKind::kSource, .name = "file", .shorthand = "path", .fields = kFields};

struct Read {
  Diagnostics diagnostics;
  std::optional<Settings> settings;
};
Read read(std::string_view yaml) {
  Read out;
  const auto node = read_yaml(yaml, out.diagnostics);
  if (node) out.settings = Settings::read(kComponent, *node, out.diagnostics);
  return out;
}
std::string error(std::string_view yaml) {
  const Read out = read(yaml);
  EXPECT_EQ(out.diagnostics.errors(), 1U);
  return out.diagnostics.all().empty() ? "" : out.diagnostics.all()[0].message + " / " + out.diagnostics.all()[0].hint;
}

TEST(Settings, GivesValuesAndDefaults) {
  const Read out = read("{ path: [a, b], rows: 3, size: 4KB, header: true }");
  ASSERT_TRUE(out.settings.has_value());
  EXPECT_THAT(out.settings->texts("path"), testing::ElementsAre("a", "b"));
  EXPECT_EQ(out.settings->integer("rows"), 3);
  EXPECT_EQ(out.settings->bytes("size"), 4096);
  EXPECT_TRUE(out.settings->flag("header"));
  EXPECT_EQ(out.settings->text("format"), "json");
  EXPECT_EQ(out.settings->duration_us("wait"), 10'000'000);
  EXPECT_FALSE(out.settings->has("types"));
}

TEST(Settings, TakesTheShorthand) {
  EXPECT_THAT(read("users.jsonl").settings->texts("path"), testing::ElementsAre("users.jsonl"));
  EXPECT_THAT(read("[a, b]").settings->texts("path"), testing::ElementsAre("a", "b"));
}

TEST(Settings, TellsWhatIsWrong) {
  EXPECT_EQ(error("{ pth: x, path: a }"), "file has no setting 'pth' / did you mean 'path'?");
  EXPECT_EQ(error("{ rows: 3 }"), "file needs 'path' / for example path: a.jsonl");
  EXPECT_EQ(error("{ path: a, format: jsn }"), "'format' of file cannot be 'jsn' / did you mean 'json'?");
  EXPECT_EQ(error("{ path: a, rows: many }"), "'rows' of file is a whole number, not 'many' / ");
  EXPECT_EQ(error("{ path: a, rows: 11 }"), "'rows' of file is at most 10 / ");
  EXPECT_EQ(error("{ path: a, header: yes }"), "'header' of file is true or false, not 'yes' / write true");
  EXPECT_EQ(error("{ path: a, wait: 10 }"),
            "'wait' of file is a duration such as 500ms, 10s, 5m, 1h or 7d, not '10' / ");
  EXPECT_EQ(error("{ path: a, format: null }"),
            "'format' of file is YAML's null here / quote it to mean the word: 'null'");
  EXPECT_THAT(error("{ path: a, types: { id: bigintt } }"), testing::HasSubstr("bigint"));
  EXPECT_THAT(error("{ path: a, rule: { a > 1 } }"), testing::HasSubstr("must be quoted"));
  EXPECT_EQ(error("{ path: a, types: [id] }"), "'types' of file is a map, and this is a list / ");
}

TEST(Settings, NamesTheComponentWhereTheFieldIsNotWritten) {
  EXPECT_EQ(error("[]"), "'file' is an empty list / for example file: a.jsonl");
  EXPECT_EQ(error("{ path: [] }"), "'path' of file is an empty list / for example path: a.jsonl");
}

TEST(Settings, AComponentWithoutAShorthandTakesAMapOfSettings) {
  static constexpr std::array kOne = std::to_array<FieldDescription>({{.name = "size", .kind = FieldKind::kBytes}});
  static constexpr Component kPlain = {
      .kind = ComponentKind::kSink, .name = "plain", .fields = kOne, .example = "plain: {}"};
  static constexpr Component kBare = {.kind = ComponentKind::kSink, .name = "bare"};
  Diagnostics diagnostics;
  EXPECT_FALSE(Settings::read(kPlain, *read_yaml("x", diagnostics), diagnostics));
  EXPECT_EQ(diagnostics.all()[0].message, "plain takes a map of settings, and this is a text");
  EXPECT_FALSE(Settings::read(kBare, *read_yaml("{ a: 1 }", diagnostics), diagnostics));
  EXPECT_EQ(diagnostics.all()[1].message, "bare has no setting 'a'");
  EXPECT_EQ(diagnostics.all()[1].hint, "it has none at all");
}

TEST(Settings, DurationsAndSizesAreWrittenInTheLargestUnitThatFits) {
  EXPECT_EQ(duration_text(600'000'000), "10m");
  EXPECT_EQ(duration_text(1'500'000), "1500ms");
  EXPECT_EQ(duration_text(0), "0us");
  EXPECT_EQ(byte_count_text(int64_t{1} << 30), "1GB");
  EXPECT_EQ(byte_count_text(1025), "1025B");
}

TEST(Settings, WarnsOfSecretsInTheFile) {
  const Read out = read("{ path: a, password: hunter2 }");
  ASSERT_EQ(out.diagnostics.all().size(), 1U);
  EXPECT_EQ(out.diagnostics.all()[0].severity, Severity::kWarning);
  EXPECT_EQ(out.diagnostics.all()[0].message, "'password' stands in the file for all to read");
  EXPECT_THAT(out.diagnostics.all()[0].message, testing::Not(testing::HasSubstr("hunter2")));
}

TEST(Settings, ReadsDurationsSizesLimitsAndRanges) {
  EXPECT_EQ(parse_duration_us("500ms"), 500'000);
  EXPECT_EQ(parse_duration_us("7d"), int64_t{7} * 86'400'000'000);
  EXPECT_FALSE(parse_duration_us("-1s"));
  EXPECT_FALSE(parse_duration_us("9223372036854775807d"));
  EXPECT_EQ(parse_byte_count("16MB"), 16 << 20);
  EXPECT_FALSE(parse_byte_count("16"));
  EXPECT_EQ(parse_limit("100")->count, 100U);
  const auto limit = parse_limit("1% per 10m");
  ASSERT_TRUE(limit.has_value());
  EXPECT_TRUE(limit->is_share);
  EXPECT_DOUBLE_EQ(limit->share, 0.01);
  EXPECT_EQ(limit->per_us, 600'000'000);
  EXPECT_FALSE(parse_limit("101%"));
  EXPECT_FALSE(parse_limit("nan%"));
  EXPECT_EQ(parse_range("3..")->from, "3");
  EXPECT_FALSE(parse_range("3..")->to);
  EXPECT_EQ(parse_range("-1.5..2.5")->to, "2.5");
  EXPECT_EQ(parse_range("5")->to, "5");
  EXPECT_FALSE(parse_range(".."));
}

}  // namespace
}  // namespace millrace
