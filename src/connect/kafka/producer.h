#pragma once

#include <memory>
#include <string>

#include "connect/kafka/client.h"

namespace millrace {

// The transactional producer of one flow of one worker. It outlives runs, since a new one has to be introduced to the
// brokers; whoever introduces one with the same id puts an end to this one. One thread at a time.
class KafkaProducer {
 public:
  KafkaProducer(KafkaAccess access, std::string id) : access_(std::move(access)), id_(std::move(id)) {}

  // Ready for a transaction; a transaction that its predecessor left behind is gone. Waits for brokers, some seconds.
  Result<std::shared_ptr<KafkaClient>> ready();
  // It is done for: the next one is a new one.
  void drop() { client_.reset(); }
  const std::string& id() const { return id_; }

 private:
  KafkaAccess access_;
  std::string id_;
  std::shared_ptr<KafkaClient> client_;
};

}  // namespace millrace
