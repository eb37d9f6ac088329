#include "connect/changes/known_pipeline.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(KnownPipeline, ComesBackAsItWas) {
  const KnownPipeline known{.flows = {{"store",
                                       {.name = "save",
                                        .shape = {.from = "topic: users",
                                                  .steps = {"where: a > 'x'", "select: \"a\\b\""},
                                                  .to = {"table: shop.users"},
                                                  .settings = {{"every", "1m"}}}}}},
                            .topics = {"users", "log"},
                            .tables = {"shop.users"}};
  const auto back = KnownPipeline::of_text(known.to_text());
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, known);
}

TEST(KnownTopic, ComesBackAsItWas) {
  const KnownTopic said{.value = ValueFormat::kText,
                        .columns = {{{"a b", TypeKind::kInt}, {"m", *parse_type("map<string,array<decimal(10,2)>>")}}},
                        .key = "id"};
  const KnownTopic unsaid;
  for (const KnownTopic& known : {said, unsaid}) {
    const auto back = KnownTopic::of_text(known.to_text());
    ASSERT_TRUE(back.ok()) << back.error().message();
    EXPECT_EQ(*back, known);
  }
}

TEST(KnownPipeline, SaysWhatCannotBeRead) {
  EXPECT_EQ(KnownPipeline::of_text("{\"version\":2}").error().message(),
            "what is known of a pipeline is not of a version that this build reads");
  EXPECT_FALSE(KnownPipeline::of_text("{\"version\":\"1\"}").ok());
  EXPECT_EQ(KnownTopic::of_text("nonsense").error().message(),
            "what is known of a topic is not of a version that this build reads");
  EXPECT_EQ(KnownTopic::of_text("{\"version\":1,\"value\":\"json\"}").error().message().substr(0, 25),
            "what is known of a topic:");
  EXPECT_FALSE(KnownTopic::of_text("{\"version\":1,\"value\":\"json\",\"key\":\"\",\"columns\":[[\"a\",\"x\"]]}").ok());
}

}  // namespace
}  // namespace millrace
