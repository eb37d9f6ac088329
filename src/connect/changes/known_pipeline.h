#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connect/home/home.h"
#include "flow/declarations.h"
#include "flow/flow_shape.h"

namespace millrace {

// What the data directory remembers of a pipeline as its file was when it was started last. What has gone from the file
// and is still in the data directory stays.
struct KnownPipeline {
  struct Flow {
    std::string name;
    FlowShape shape;
    bool operator==(const Flow&) const = default;
  };
  std::map<std::string, Flow> flows;  // by id: "store"
  std::set<std::string> topics;       // that it declares
  std::set<std::string> tables;       // by full name
  bool operator==(const KnownPipeline&) const = default;

  std::string to_text() const;
  static Result<KnownPipeline> of_text(std::string_view text);
};

// What the records of a topic have, as far as anybody has said.
struct KnownTopic {
  ValueFormat value = ValueFormat::kJson;
  std::optional<std::vector<Field>> columns;
  std::string key;
  bool operator==(const KnownTopic&) const = default;

  std::string to_text() const;
  static Result<KnownTopic> of_text(std::string_view text);
};

// Among the notes of the topic store.
std::string known_pipeline_key(std::string_view pipeline);
std::string known_topic_key(std::string_view topic);

Result<std::map<std::string, KnownPipeline>> known_pipelines(Home& home);
Result<std::optional<KnownTopic>> known_topic(Home& home, std::string_view topic);

}  // namespace millrace
