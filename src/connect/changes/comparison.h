#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "connect/changes/changes.h"
#include "connect/changes/known_pipeline.h"

namespace millrace {

// What the parts of a comparison have in common. Belongs to one call of changes_of().
struct HomeComparison {
  Home* home = nullptr;
  std::span<const PipelinePlan* const> plans;
  int64_t now_ms = 0;
  std::map<std::string, KnownPipeline> known;      // by pipeline
  std::map<std::string, std::string> checkpoints;  // by "pipeline.flow"
  std::vector<Change> changes;
};

// Each adds its changes, of one pipeline.
Status compare_flows(HomeComparison& comparison, const PipelinePlan& plan);
Status compare_topics(HomeComparison& comparison, const PipelinePlan& plan);
Status compare_tables(HomeComparison& comparison, const PipelinePlan& plan);

// Of a change that has details unless it is new or gone: kSame otherwise.
void add_change(HomeComparison& comparison, Change change);
// "1 record", "12 records".
std::string counted(uint64_t count, std::string_view what);
// "a -> b"
std::string from_to(std::string_view from, std::string_view to);
// How many records a topic has.
uint64_t records_in(const TopicDescription& topic);

}  // namespace millrace
