#include "store/topics/topic_table.h"

#include <fmt/format.h>

namespace millrace {

std::string topics_directory(const std::string& directory) { return join_path(directory, "topics"); }

std::string partition_directory(const std::string& directory, std::string_view topic, int64_t id, int32_t partition) {
  return join_path(topics_directory(directory), fmt::format("{}/{}@{}", topic, partition, id));
}

Result<std::shared_ptr<const Topic>> TopicTable::find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = topics_.find(name);
  if (found == topics_.end()) return Error(ErrorCode::kNotFound, fmt::format("there is no topic '{}'", name));
  return found->second;
}

Result<std::shared_ptr<PartitionLog>> TopicTable::find(std::string_view name, int32_t partition) const {
  TRY(topic, find(name));
  if (partition < 0 || static_cast<size_t>(partition) >= topic->logs.size()) {
    return Error(ErrorCode::kNotFound, fmt::format("topic '{}' has no partition {}: it has 0 to {}", name, partition,
                                                   topic->logs.size() - 1));
  }
  return topic->logs[static_cast<size_t>(partition)];
}

std::vector<std::shared_ptr<const Topic>> TopicTable::all() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<const Topic>> all;
  for (const auto& [name, topic] : topics_) all.push_back(topic);
  return all;
}

void TopicTable::put(std::shared_ptr<const Topic> topic) {
  const std::unique_lock lock(mutex_);
  std::string name = topic->name;
  topics_.insert_or_assign(std::move(name), std::move(topic));
}

void TopicTable::erase(std::string_view name) {
  const std::unique_lock lock(mutex_);
  const auto found = topics_.find(name);
  if (found != topics_.end()) topics_.erase(found);
}

}  // namespace millrace
