#include <array>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connect/home/topic.h"
#include "connect/kafka/kafka.h"
#include "connect/registry/registry.h"
#include "flow/plan.h"

namespace millrace {
namespace {

using ::testing::HasSubstr;

// A pipeline that reads a topic of Avro, under a profile that has this system.
LoadOutcome load(const std::string& system, const std::string& more = "schemas: reg",
                 const std::string& topic = "{ value: avro, columns: { id: string } }") {
  static const std::array<SourceComponent, 1> sources = {kTopicSource};
  static const std::array<SinkComponent, 1> sinks = {kTopicSink};
  static const std::array<SystemComponent, 2> systems = {kKafkaSystem, kRegistrySystem};
  const Catalog catalog{
      .sources = sources, .steps = all_steps(), .checks = all_checks(), .sinks = sinks, .systems = systems};
  return load_pipeline_text(
      "millrace: 1\npipeline: shop\ntopics: { in: " + topic +
          ", out: {} }\nflows: { f: { from: { topic: in }, to: { topic: out } } }\nprofiles:\n  x:\n"
          "    systems: { reg: { registry: " +
          system + " }, k: { kafka: { brokers: \"localhost:9092\" } } }\n    " + more + "\n",
      "dir/p.yaml", catalog, {.profile = "x"});
}

// The one error; that secrets stand in the file is told as well.
std::string mistake(const LoadOutcome& outcome) {
  EXPECT_EQ(outcome.diagnostics.errors(), 1U) << render_diagnostics(outcome, false);
  return outcome.diagnostics.all().back().message + " / " + outcome.diagnostics.all().back().hint;
}

TEST(RegistrySystem, HasTheSchemasOfTopics) {
  const LoadOutcome outcome = load("{ url: \"http://localhost:8081\", user: me, password: geheim, naming: record }");
  ASSERT_NE(outcome.plan, nullptr) << render_diagnostics(outcome, false);
  const TopicDeclaration* const topic = std::as_const(outcome.plan->declarations).find("in");
  EXPECT_EQ(topic->schemas, outcome.plan->systems.at("reg"));
  EXPECT_EQ(topic->record, "shop.In");
  EXPECT_EQ(topic->schemas->schemas()->place(), "the schema registry http://localhost:8081");
  EXPECT_EQ(topic->schemas->schemas()->subject_of("in", topic->record), "shop.In");
  EXPECT_EQ(topic->schemas->topics(), nullptr);
}

TEST(RegistrySystem, SaysWhatIsWrongInItsSettings) {
  EXPECT_THAT(mistake(load("\"localhost:8081\"")), HasSubstr("for example http://localhost:8081"));
  EXPECT_EQ(mistake(load("{ url: \"http://a\", user: me }")), "'user' is of no use alone / give 'password' too");
  EXPECT_EQ(mistake(load("{ url: \"http://a\", password: x }")), "'password' is of no use alone / give 'user' too");
  EXPECT_EQ(mistake(load("{ url: \"http://a\", user: me, password: x, token: y }")),
            "'token' and 'user' are two ways to say who asks / keep one");
  EXPECT_EQ(mistake(load("{ url: \"https://a\", tls: { certificate: c.pem } }")),
            "'certificate' is of no use alone / give 'key' too");
  EXPECT_EQ(mistake(load("\"http://a\"", "schemas: { \"*\": reg }")),
            "'schemas' is the name of one system / for example schemas: reg");
  EXPECT_EQ(mistake(load("\"http://a\"", "topics: reg")),
            "system 'reg' cannot keep topics / `millrace help` says of each kind of system what it can keep");
}

TEST(RegistrySystem, IsNeededForAvroInASystem) {
  EXPECT_EQ(mistake(load("\"http://a\"", "topics: k")),
            "topic 'in' holds Avro in a system, and nothing has its schemas / bind them to a registry in the profile: "
            "schemas: NAME");
  EXPECT_NE(load("\"http://a\"", "topics: k\n    schemas: reg").plan, nullptr);
}

TEST(RegistrySystem, IsAskedForColumnsThatNobodySays) {
  const std::string hint = " / declare its `columns:`, or have a flow write it";
  EXPECT_EQ(mistake(load("\"http://a\"", "", "{ value: avro }")),
            "nobody says the columns of topic 'in', which holds Avro" + hint);
  EXPECT_THAT(mistake(load("\"http://127.0.0.1:9\"", "schemas: reg", "{ value: avro }")),
              HasSubstr("nobody says the columns of topic 'in', which holds Avro: schema registry: GET "
                        "http://127.0.0.1:9/subjects/in-value/versions/latest"));
}

}  // namespace
}  // namespace millrace
