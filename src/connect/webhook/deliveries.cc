#include "connect/webhook/deliveries.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "flow/settings.h"

namespace millrace {
namespace {

HttpAnswer later(std::string_view text) {
  HttpAnswer answer = error_answer(503, text);
  answer.headers.push_back({"Retry-After", "1"});
  return answer;
}

HttpAnswer counts(const Ledger& ledger) {
  return {.body = fmt::format(R"({{"read":{},"written":{},"filtered":{},"dropped":{},"duplicate":{},"quarantined":{}}})"
                              "\n",
                              ledger.read, ledger.written, ledger.filtered, ledger.dropped, ledger.duplicate,
                              ledger.quarantined)};
}

}  // namespace

void Deliveries::add(std::vector<std::shared_ptr<Origin>> pieces, std::optional<Payload> payload,
                     std::unique_ptr<HttpReply> reply) {
  if (pieces.empty()) return reply->send(counts({}));
  std::unique_lock lock(mutex_);
  const std::string_view refusal = closed_ ? "the flow has stopped; send again later"
                                   : unanswered_.size() >= limits_.waiting_max || queue_bytes_ >= limits_.bytes_max
                                       ? "too many deliveries wait to be committed; send again later"
                                       : "";
  if (!refusal.empty()) {
    lock.unlock();
    return reply->send(later(refusal));
  }
  auto delivery = std::make_shared<Delivery>();
  delivery->reply = std::move(reply);
  delivery->pieces = pieces.size();
  delivery->deadline_us = clock_.monotonic_us() + limits_.answer_timeout_us;
  for (auto& piece : pieces) {
    by_ticket_[++last_ticket_] = delivery;
    queue_.push_back(
        {.origin = std::move(piece), .payload = std::exchange(payload, std::nullopt), .ticket = last_ticket_});
    queue_bytes_ += queue_.back().bytes();
  }
  unanswered_.push_back(std::move(delivery));
  lock.unlock();
  came_.notify_one();
}

std::optional<Deliveries::Piece> Deliveries::take() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  Piece piece = std::move(queue_.front());
  queue_.pop_front();
  queue_bytes_ -= piece.bytes();
  return piece;
}

void Deliveries::wait(int64_t timeout_us) {
  std::unique_lock lock(mutex_);
  came_.wait_for(lock, std::chrono::microseconds(timeout_us), [&] { return closed_ || !queue_.empty(); });
}

void Deliveries::settled(uint64_t ticket, const Ledger& ledger) {
  std::shared_ptr<Delivery> done;
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_ticket_.find(ticket);
    if (found == by_ticket_.end()) return;
    Delivery& delivery = *found->second;
    delivery.ledger += ledger;
    if (--delivery.pieces == 0 && delivery.reply != nullptr) {
      done = found->second;
      std::erase(unanswered_, done);
    }
    by_ticket_.erase(found);
  }
  if (done != nullptr) done->reply->send(counts(done->ledger));
}

void Deliveries::expire() {
  std::vector<std::unique_ptr<HttpReply>> late;
  {
    const std::lock_guard lock(mutex_);
    const int64_t now = clock_.monotonic_us();
    while (!unanswered_.empty() && unanswered_.front()->deadline_us <= now) {
      late.push_back(std::move(unanswered_.front()->reply));
      unanswered_.pop_front();
    }
  }
  for (const auto& reply : late) {
    reply->send(
        later(fmt::format("the flow waits: the records were not committed within {}, and may be later; send "
                          "them again",
                          duration_text(limits_.answer_timeout_us))));
  }
}

void Deliveries::close() {
  std::deque<std::shared_ptr<Delivery>> left;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    left.swap(unanswered_);
    queue_.clear();
    queue_bytes_ = 0;
    by_ticket_.clear();
  }
  came_.notify_all();
  for (const auto& delivery : left) delivery->reply->send(later("the flow has stopped; send again later"));
}

}  // namespace millrace
