#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/topics/partition_log.h"
#include "store/topics/topic.h"

namespace millrace {

// A topic as it is between two changes of it. A change makes a new one that shares the logs.
struct Topic {
  std::string name;
  int64_t id = 0;
  TopicConfig config;
  std::vector<std::shared_ptr<PartitionLog>> logs;
};

// The directory of a partition: DIRECTORY/topics/NAME/PARTITION@ID.
std::string topics_directory(const std::string& directory);
std::string partition_directory(const std::string& directory, std::string_view topic, int64_t id, int32_t partition);

// The topics by name, for every thread.
class TopicTable {
 public:
  // kNotFound names what there is not, and says what there is.
  Result<std::shared_ptr<const Topic>> find(std::string_view name) const;
  Result<std::shared_ptr<PartitionLog>> find(std::string_view name, int32_t partition) const;
  std::vector<std::shared_ptr<const Topic>> all() const;
  void put(std::shared_ptr<const Topic> topic);
  void erase(std::string_view name);

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::shared_ptr<const Topic>, std::less<>> topics_;  // guarded by mutex_
};

}  // namespace millrace
