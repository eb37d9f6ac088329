#include "connect/home/home.h"

#include <utility>

#include <fmt/format.h>

#include "connect/home/topic_transaction.h"

namespace millrace {

Result<std::unique_ptr<Home>> Home::open(const HomeOptions& options, FileSystem& files, const Clock& clock) {
  TRY_STATUS(files.make_directory(options.directory));
  auto topics = TopicStore::open(
      {.directory = join_path(options.directory, "topics"), .durability = options.durability}, files, clock);
  if (!topics.ok()) return topics.error();
  return std::unique_ptr<Home>(new Home(options.directory, std::move(*topics)));
}

Status Home::prepare(const PipelinePlan& plan) {
  for (const TopicDeclaration& topic : plan.declarations.topics()) {
    const auto there = topics_->describe(topic.name);
    if (!there.ok()) {
      TRY_STATUS(topics_->create_topic(topic.name, topic.config));
    } else if (there->config != topic.config) {
      if (auto status = topics_->change_topic(topic.name, topic.config); !status.ok()) {
        return status.error().with_context(fmt::format("topic {}", topic.name));
      }
    }
  }
  return {};
}

Result<std::unique_ptr<Transaction>> Home::begin(const PipelinePlan& pipeline, const FlowPlan& flow) {
  TRY(transaction, TopicTransaction::begin(*topics_, fmt::format("{}.{}", pipeline.name, flow.name)));
  return std::unique_ptr<Transaction>(std::move(transaction));
}

std::string default_home_directory(const PipelinePlan& plan) { return join_path(plan.directory, ".millrace"); }

}  // namespace millrace
