#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "data/batch.h"
#include "flow/passage.h"
#include "flow/payload.h"
#include "wire/http/exchange.h"

namespace millrace {

struct DeliveriesLimits {
  size_t waiting_max = 1000;  // deliveries that are not answered; one more gets a 503
  size_t bytes_max =
      size_t{64} << 20;           // of records and payloads that the flow has yet to take; one more delivery gets a 503
  int64_t answer_timeout_us = 0;  // what is not committed by then gets a 503
};

// What was delivered and is not committed: the flow takes pieces at one end and says at the other what became of them;
// a delivery is answered once all of its pieces are settled. Thread-safe.
class Deliveries {
 public:
  Deliveries(DeliveriesLimits limits, const Clock& clock) : limits_(limits), clock_(clock) {}

  // Answers at once when there are too many, or the flow has ended.
  // `payload`, where it is to be kept, goes with the first piece.
  void add(std::vector<std::shared_ptr<Origin>> pieces, std::optional<Payload> payload,
           std::unique_ptr<HttpReply> reply);

  struct Piece {
    std::shared_ptr<Origin> origin;
    std::optional<Payload> payload;
    size_t bytes() const { return origin->bytes.size() + (payload ? payload->bytes.size() : 0); }
    uint64_t ticket = 0;
  };
  std::optional<Piece> take();
  void wait(int64_t timeout_us);  // until there is something to take
  void settled(uint64_t ticket, const Ledger& ledger);
  // Answers what has waited for too long; called now and then.
  void expire();
  void close();  // answers everything, and what comes later, that the flow has stopped

 private:
  struct Delivery {
    std::unique_ptr<HttpReply> reply;
    size_t pieces = 0;  // not settled
    Ledger ledger;
    int64_t deadline_us = 0;
  };

  const DeliveriesLimits limits_;
  const Clock& clock_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable came_;
  std::deque<Piece> queue_;
  size_t queue_bytes_ = 0;
  std::map<uint64_t, std::shared_ptr<Delivery>> by_ticket_;
  std::deque<std::shared_ptr<Delivery>> unanswered_;  // in their order, so in that of their deadlines
  uint64_t last_ticket_ = 0;
  bool closed_ = false;
};

}  // namespace millrace
