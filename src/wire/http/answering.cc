#include "wire/http/answering.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <utility>

#include "base/assert.h"
#include "base/clock.h"

namespace millrace {
namespace {

// What a handler puts into a header may come from outside: it must not begin another one.
void append_header(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  for (const char c : value) head += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
  head += "\r\n";
}

std::string http_date(int64_t wall_us) {
  const auto seconds = static_cast<std::time_t>(wall_us / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", parts);
}

}  // namespace

std::string head_text(const HttpAnswer& answer, const HeadOptions& options) {
  std::string head = fmt::format("HTTP/1.1 {}\r\n", status_text(answer.status));
  append_header(head, "Server", options.server);
  append_header(head, "Date", http_date(SystemClock().wall_us()));
  if (!answer.content_type.empty()) append_header(head, "Content-Type", answer.content_type);
  for (const HttpHeader& header : answer.headers) append_header(head, header.name, header.value);
  const bool may_have_body = answer.status != 204 && answer.status != 304;
  if (options.content_bytes && may_have_body) {
    append_header(head, "Content-Length", fmt::format("{}", *options.content_bytes));
  }
  if (options.chunked) append_header(head, "Transfer-Encoding", "chunked");
  append_header(head, "Connection", options.keep_alive ? "keep-alive" : "close");
  head += "\r\n";
  return head;
}

std::string whole_text(const HttpAnswer& answer, HeadOptions options) {
  options.content_bytes = answer.body.size();
  return head_text(answer, options) + answer.body;
}

std::string chunk_head(size_t bytes) { return bytes == 0 ? "" : fmt::format("{:x}\r\n", bytes); }
std::string chunk_tail(size_t bytes, bool is_last) {
  return fmt::format("{}{}", bytes == 0 ? "" : "\r\n", is_last ? "0\r\n\r\n" : "");
}

class Answering::Reply final : public HttpReply {
 public:
  explicit Reply(std::shared_ptr<Answering> answering) : answering_(std::move(answering)) {}

  ~Reply() override {
    Answering& a = *answering_;
    {
      const std::lock_guard lock(a.mutex_);
      if (a.phase_ == Phase::kNone) {
        a.phase_ = Phase::kWhole;
        a.head_ = error_answer(500, "the request was dropped");
      } else if (a.phase_ == Phase::kStreaming) {
        a.phase_ = Phase::kBroken;
      } else {
        return;
      }
    }
    a.wake_();
  }

  void send(HttpAnswer answer) override { first(std::move(answer), Phase::kWhole); }
  void begin(HttpAnswer head) override { first(std::move(head), Phase::kStreaming); }

  Status write(std::string_view piece) override {
    Answering& a = *answering_;
    {
      std::unique_lock lock(a.mutex_);
      MILLRACE_ASSERT(a.phase_ == Phase::kStreaming, "write() stands between begin() and end()");
      a.taken_.wait(lock, [&] { return a.gone_ || a.pending_.size() < a.stream_bytes_max_; });
      if (a.gone_) return Error(ErrorCode::kCancelled, "answer a request: the peer has gone");
      a.pending_ += piece;
    }
    a.wake_();
    return {};
  }

  void end() override {
    Answering& a = *answering_;
    {
      const std::lock_guard lock(a.mutex_);
      MILLRACE_ASSERT(a.phase_ == Phase::kStreaming, "end() comes after begin()");
      a.phase_ = Phase::kEnded;
    }
    a.wake_();
  }

  bool wanted() const override {
    const std::lock_guard lock(answering_->mutex_);
    return answering_->wanted_ && !answering_->gone_;
  }

 private:
  void first(HttpAnswer answer, Phase phase) {
    Answering& a = *answering_;
    {
      const std::lock_guard lock(a.mutex_);
      MILLRACE_ASSERT(a.phase_ == Phase::kNone, "a request is answered once");
      a.phase_ = phase;
      if (phase == Phase::kStreaming) a.pending_ = std::exchange(answer.body, {});
      a.head_ = std::move(answer);
    }
    a.wake_();
  }

  std::shared_ptr<Answering> answering_;
};

std::unique_ptr<HttpReply> Answering::reply() { return std::make_unique<Reply>(shared_from_this()); }

Answering::Taken Answering::take() {
  Taken taken;
  {
    const std::lock_guard lock(mutex_);
    taken.phase = phase_;
    taken.head = std::exchange(head_, {});
    taken.piece = std::exchange(pending_, {});
  }
  taken_.notify_all();
  return taken;
}

void Answering::unwanted() {
  const std::lock_guard lock(mutex_);
  wanted_ = false;
}

void Answering::gone() {
  {
    const std::lock_guard lock(mutex_);
    gone_ = true;
  }
  taken_.notify_all();
}

}  // namespace millrace
