#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/http/exchange.h"
#include "wire/http/router.h"

namespace millrace {

struct HttpServerLimits {
  size_t connections_max = 256;                 // one more: the longest idle one is closed, or the new one gets a 503
  size_t header_bytes_max = size_t{16} << 10;   // request line and headers; more: 431
  size_t body_bytes_max = size_t{1} << 20;      // of one request, unless its route says otherwise; more: 413
  size_t bodies_bytes_max = size_t{64} << 20;   // of all requests that are not answered yet; more: 503
  size_t stream_bytes_max = size_t{256} << 10;  // of a streamed answer that its peer has yet to take
  size_t handler_threads = 4;                   // so many handlers run at once; the others wait their turn
  int64_t idle_timeout_ms = 60'000;             // of a connection between two requests
  int64_t request_timeout_ms = 30'000;          // from a request's first byte to its last; more: 408
  int64_t stall_timeout_ms = 30'000;            // of a peer that takes nothing of its answer
  int64_t drain_timeout_ms = 5'000;             // that stop() leaves to what is being answered
};

// Where to listen: a port on an address of this machine.
struct HttpAddress {
  std::string host = "127.0.0.1";  // an IP address
  uint16_t port = 0;               // 0: one that is free

  bool is_loopback() const;
  // "127.0.0.1:8090", "[::1]:8090", "localhost:8090", "8090" or ":8090" (loopback, both).
  static Result<HttpAddress> parse(std::string_view text);
  std::string text() const;
};

struct HttpServerOptions {
  std::optional<HttpAddress> address;  // this,
  std::string unix_path = {};          // or this, or both
  // On a loopback address only requests to a loopback name are answered (400 otherwise: a page of the web that had its
  // name point here must not get through), and only those whose Origin, if any, is one too.
  bool any_host = false;
  bool any_origin = false;
  std::string name = "millrace";  // the Server header
  HttpServerLimits limits = {};
};

// An HTTP/1.1 server: one thread for all connections, limits.handler_threads for handlers. Thread-safe. What a peer
// does, or does not do, costs it no more than its limits say. Handlers must not wait for stop().
class HttpServer {
 public:
  // Listens when it returns. kAlreadyExists: somebody listens there (a socket file that nobody listens on any more is
  // replaced); kPermission, kInvalidArgument: it cannot be listened on there.
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, Router router);
  virtual ~HttpServer() = default;  // stops

  virtual const HttpAddress& address() const = 0;  // with the port that it got; only when there is one
  std::string url() const;                         // "http://127.0.0.1:8090"
  // Accepts nobody any more, closes idle connections, lets what runs end within limits.drain_timeout_ms, and cuts the
  // rest. When it returns no handler runs, and none will.
  virtual void stop() = 0;
};

}  // namespace millrace
