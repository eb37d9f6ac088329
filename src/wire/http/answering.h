#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "wire/http/exchange.h"

namespace millrace {

// Between a handler, which answers, and the connection, which sends: what is answered and not yet taken. The handler's
// side is an HttpReply made by reply(); the connection's side is called in the server's thread. Thread-safe.
class Answering : public std::enable_shared_from_this<Answering> {
 public:
  // `wake` is called, from any thread, whenever take() may have something new.
  Answering(size_t stream_bytes_max, std::function<void()> wake)
      : stream_bytes_max_(stream_bytes_max), wake_(std::move(wake)) {}

  std::unique_ptr<HttpReply> reply();

  // The connection's side.
  enum class Phase {
    kNone,       // nothing yet
    kWhole,      // head has all of it
    kStreaming,  // more may come
    kEnded,      // the stream's end
    kBroken,     // the handler gave up in mid-stream
  };
  struct Taken {
    Phase phase = Phase::kNone;
    HttpAnswer head;  // once, when the phase is first not kNone
    std::string piece;
  };
  Taken take();
  void unwanted();  // the peer sends nothing any more, or the server is ending
  void gone();      // nothing can be sent any more

 private:
  class Reply;

  const size_t stream_bytes_max_;
  const std::function<void()> wake_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable taken_;
  Phase phase_ = Phase::kNone;
  HttpAnswer head_;
  std::string pending_;
  bool wanted_ = true;
  bool gone_ = false;
};

// The status line and headers of an answer; a line feed in a header's value becomes a space.
struct HeadOptions {
  std::string_view server;
  std::optional<size_t> content_bytes;  // nullopt: chunks, or up to the end of the connection
  bool chunked = false;
  bool keep_alive = true;
};
std::string head_text(const HttpAnswer& answer, const HeadOptions& options);
std::string whole_text(const HttpAnswer& answer, HeadOptions options);  // with Content-Length and the body

// What stands around a chunk; nothing around an empty one, which would be the last.
std::string chunk_head(size_t bytes);
std::string chunk_tail(size_t bytes, bool is_last);

}  // namespace millrace
