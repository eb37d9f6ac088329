#include "store/topics/subscriptions.h"

#include <utility>

namespace millrace {

// Being told and ending both hold the mutex, so that a subscription that has ended is not being told any more.
class Subscriptions::Held final : public Subscription {
 public:
  Held(Subscriptions& all, std::string_view topic, OnData on_data)
      : all_(all), topic_(topic), on_data_(std::move(on_data)) {
    const std::lock_guard lock(all_.mutex_);
    all_.by_topic_.emplace(topic_, &on_data_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() override {
    const std::lock_guard lock(all_.mutex_);
    const auto [begin, end] = all_.by_topic_.equal_range(topic_);
    for (auto one = begin; one != end; ++one) {
      if (one->second != &on_data_) continue;
      all_.by_topic_.erase(one);
      break;
    }
  }

 private:
  Subscriptions& all_;
  const std::string topic_;
  const OnData on_data_;
};

std::unique_ptr<Subscription> Subscriptions::add(std::string_view topic, OnData on_data) {
  return std::make_unique<Held>(*this, topic, std::move(on_data));
}

void Subscriptions::tell(std::string_view topic, int32_t partition) const {
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = by_topic_.equal_range(topic);
  for (auto one = begin; one != end; ++one) (*one->second)(partition);
}

void Subscriptions::end(std::string_view topic) {
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = by_topic_.equal_range(topic);
  for (auto one = begin; one != end; ++one) (*one->second)(kSubscriptionEnded);
  by_topic_.erase(begin, end);
}

void Subscriptions::end_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [topic, on_data] : by_topic_) (*on_data)(kSubscriptionEnded);
  by_topic_.clear();
}

}  // namespace millrace
