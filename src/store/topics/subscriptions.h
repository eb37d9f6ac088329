#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "store/topics/topic_store.h"

namespace millrace {

inline constexpr int32_t kSubscriptionEnded = -1;  // instead of a partition

// Who wants to hear of new data, by topic. Thread-safe; the committer's thread tells.
class Subscriptions {
 public:
  using OnData = std::function<void(int32_t)>;

  std::unique_ptr<Subscription> add(std::string_view topic, OnData on_data);
  void tell(std::string_view topic, int32_t partition) const;
  void end(std::string_view topic);  // tells kSubscriptionEnded, once
  void end_all();

 private:
  class Held;

  mutable std::mutex mutex_;
  std::multimap<std::string, const OnData*, std::less<>> by_topic_;  // guarded by mutex_
};

}  // namespace millrace
