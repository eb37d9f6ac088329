// Flows whose topics and tables are bound to systems by a profile: who commits them, and what cannot be.
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connect/home/table.h"
#include "connect/home/topic.h"
#include "flow/plan.h"
#include "flow/system.h"

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OutsideSource final : public SourcePlan {
 public:
  OutsideSource(std::vector<TopicDeclaration> topics, SourceSchema schema)
      : topics_(std::move(topics)), schema_(std::move(schema)) {}
  SourceSchema schema() const override { return schema_; }
  Result<std::unique_ptr<Source>> open(const Slots&, const RunContext&) const override {
    return Error(ErrorCode::kUnavailable, "nothing is read here");
  }
  std::string place() const override { return "outside " + topics_[0].name; }
  std::vector<std::string> topics() const override {
    std::vector<std::string> names;
    for (const TopicDeclaration& topic : topics_) names.push_back(topic.name);
    return names;
  }

 private:
  std::vector<TopicDeclaration> topics_;
  SourceSchema schema_;
};

class OutsideSink final : public SinkPlan {
 public:
  OutsideSink(std::string place, std::string topic, Keeper keeper)
      : place_(std::move(place)), topic_(std::move(topic)), keeper_(keeper) {}
  Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>&, const RunContext&) const override {
    return Error(ErrorCode::kUnavailable, "nothing is written here");
  }
  std::string place() const override { return place_; }
  Keeper keeper() const override { return keeper_; }
  std::string topic() const override { return topic_; }

 private:
  std::string place_;
  std::string topic_;
  Keeper keeper_;
};

class OutsideTopics final : public System, public TopicSystem {
 public:
  TopicSystem* topics() override { return this; }
  Result<std::string> reach() override { return std::string("there"); }
  std::unique_ptr<SourcePlan> topic_source(const std::vector<TopicDeclaration>& topics, bool,
                                           SourceSchema schema) override {
    return std::make_unique<OutsideSource>(topics, std::move(schema));
  }
  std::unique_ptr<SinkPlan> topic_sink(const TopicDeclaration& topic, std::optional<std::string>) override {
    return std::make_unique<OutsideSink>("outside topic " + topic.name, topic.name, Keeper::kSystem);
  }
  Status prepare(const std::vector<TopicDeclaration>&) override { return {}; }
  Result<std::unique_ptr<Transaction>> begin(const SystemFlow&, const Clock&) override {
    return Error(ErrorCode::kUnavailable, "nothing is committed here");
  }
  Result<Checkpoint> checkpoint(const std::string&, const std::vector<std::string>&) override { return Checkpoint{}; }
};

class OutsideTables final : public System, public TableSystem {
 public:
  TableSystem* tables() override { return this; }
  Result<std::string> reach() override { return std::string("there"); }
  std::unique_ptr<SinkPlan> table_sink(const TableDeclaration& table) override {
    return std::make_unique<OutsideSink>("outside table " + table.name, "", Keeper::kAlong);
  }
  Status prepare(const std::vector<TableDeclaration>&) override { return {}; }
  Status select(const std::string&, const std::function<Status(const Batch&)>&) override { return {}; }
};

template <typename T>
std::shared_ptr<System> made(const std::string&, const Settings&, Diagnostics&) {
  return std::make_shared<T>();
}

constexpr std::array kFields = std::to_array<FieldDescription>(
    {{.name = "at", .kind = FieldKind::kText, .summary = "Where.", .example = "here", .required = true}});
constexpr Component about(std::string_view name) {
  return {.kind = ComponentKind::kSystem, .name = name, .summary = "A system.", .fields = kFields};
}

const std::array<SystemComponent, 2> kSystems = {
    {{.about = about("logs"), .make = made<OutsideTopics>}, {.about = about("rows"), .make = made<OutsideTables>}}};

constexpr const char* kSteps = "[]";
constexpr const char* kTo = "{ table: ks.t }";

// A flow under a profile that has these lines.
LoadOutcome load(const std::string& profile, const std::string& steps = kSteps, const std::string& to = kTo,
                 const std::string& systems = "k: { logs: { at: a } }, c: { rows: { at: b } }") {
  static const std::array<SourceComponent, 1> sources = {kTopicSource};
  static const std::array<SinkComponent, 2> sinks = {kTopicSink, kTableSink};
  const Catalog catalog{
      .sources = sources, .steps = all_steps(), .checks = all_checks(), .sinks = sinks, .systems = kSystems};
  return load_pipeline_text(
      "millrace: 1\npipeline: p\n"
      "topics: { in: { columns: { id: string } }, out: {}, shop.in: { columns: { id: string } } }\n"
      "tables: { ks.t: { columns: { id: text }, key: id } }\n"
      "flows:\n  f: { from: { topic: in }, steps: " +
          steps + ", to: " + to + " }\nprofiles:\n  x:\n    systems: { " + systems + " }\n" + profile,
      "dir/p.yaml", catalog, {.profile = "x"});
}

const FlowPlan& flow_of(const LoadOutcome& outcome) {
  EXPECT_NE(outcome.plan, nullptr) << render_diagnostics(outcome, false);
  return outcome.plan->flows.at(0);
}

std::string mistake(const LoadOutcome& outcome) {
  EXPECT_EQ(outcome.diagnostics.all().size(), 1U) << render_diagnostics(outcome, false);
  return outcome.diagnostics.all().at(0).message + " / " + outcome.diagnostics.all().at(0).hint;
}

TEST(SystemFlows, BetweenTopicsOfASystemCommitThere) {
  const LoadOutcome outcome = load("    topics: k\n", "[]", "{ topic: out }");
  const FlowPlan& flow = flow_of(outcome);
  EXPECT_EQ(flow.keeper, Keeper::kSystem);
  EXPECT_EQ(flow.system, outcome.plan->systems.at("k"));
  EXPECT_THAT(flow.reads, ElementsAre("in"));
  EXPECT_EQ(flow.quarantine->place(), "outside topic p.f.quarantine");
}

TEST(SystemFlows, IntoTablesOfASystemCommitWhereTheirQuarantineIs) {
  const LoadOutcome with_topics = load("    topics: k\n    tables: c\n");
  EXPECT_EQ(flow_of(with_topics).keeper, Keeper::kSystem);
  EXPECT_EQ(flow_of(with_topics).system, with_topics.plan->systems.at("k"));
  const LoadOutcome one_hop = load("    tables: c\n");
  EXPECT_EQ(flow_of(one_hop).keeper, Keeper::kTopics);
  EXPECT_EQ(flow_of(one_hop).quarantine->place(), "topic p.f.quarantine");
}

TEST(SystemFlows, IntoTheHomeCommitThereWhateverTheyRead) {
  const LoadOutcome outcome = load("    topics: { \"*\": k }\n");
  const FlowPlan& flow = flow_of(outcome);
  EXPECT_EQ(flow.keeper, Keeper::kTables);
  EXPECT_EQ(flow.source->place(), "outside in");
  EXPECT_EQ(flow.quarantine->place(), "topic p.f.quarantine");
  EXPECT_EQ(flow.system, nullptr);
}

TEST(SystemFlows, TheFirstPatternThatFitsCounts) {
  const LoadOutcome outcome = load("    topics: { \"*ut\": k, \"p.*\": k }\n", "[]", "{ topic: out }");
  EXPECT_EQ(flow_of(outcome).source->place(), "topic in");
  EXPECT_EQ(flow_of(outcome).keeper, Keeper::kSystem);
  EXPECT_TRUE(flow_of(outcome).reads.empty());
}

TEST(SystemFlows, StepsThatRememberNeedSomethingThatKeepsIt) {
  EXPECT_THAT(mistake(load("    topics: k\n", "[ { dedupe: { by: id } } ]", "{ topic: out }")),
              HasSubstr("flow 'f' commits in a system, where nothing is remembered for 'dedupe by id'"));
  EXPECT_EQ(flow_of(load("    tables: c\n", "[ { dedupe: { by: id } } ]")).keeper, Keeper::kTables);
}

TEST(SystemFlows, OneFlowHasOneCommit) {
  EXPECT_EQ(
      mistake(load("    topics: { out: k }\n", "[]", "[ { table: ks.t }, { topic: out } ]")),
      "a flow that writes table ks.t cannot write outside topic out too / they are not kept in one place: write a "
      "topic here, and the other from it, in a flow of its own");
}

TEST(SystemFlows, TopicsOfTwoPlacesAreReadInTwoFlows) {
  const std::string text =
      render_diagnostics(load("    topics: { in: k }\n    flows: { f: { from: { topic: [in, shop.in] } } }\n"), false);
  EXPECT_THAT(text, HasSubstr("topic 'shop.in' is in another system than 'in'"));
}

TEST(SystemFlows, WhatIsWrongInAProfileSaysWhere) {
  EXPECT_EQ(mistake(load("    topics: q\n")), "there is no system 'q' / there are: c, k");
  EXPECT_EQ(mistake(load("    topics: c\n")),
            "system 'c' cannot keep topics / `millrace help` says of each kind of system what it can keep");
  EXPECT_THAT(render_diagnostics(load("", kSteps, kTo, "k: { log: { at: a } }"), false),
              HasSubstr("there is no kind of system 'log'"));
}

}  // namespace
}  // namespace millrace
