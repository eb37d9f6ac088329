#include "wire/http/server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "base/assert.h"
#include "base/clock.h"
#include "wire/http/answering.h"
#include "wire/http/handler_pool.h"
#include "wire/http/listener.h"
#include "wire/http/screening.h"

namespace millrace {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Executor = asio::io_context::executor_type;
template <typename T>
using Awaitable = asio::awaitable<T, Executor>;
constexpr asio::use_awaitable_t<Executor> kUseAwaitable;
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Parser = http::request_parser<http::buffer_body>;

constexpr size_t kReadBytes = size_t{16} << 10;
constexpr size_t kWriteBytes = size_t{128} << 10;     // a peer that takes less than this in stall_timeout_ms is stalled
constexpr size_t kJoinedBytesMax = size_t{16} << 10;  // a body up to this is sent in one write with its head
constexpr int64_t kSweepMs = 50;                      // how often connections beyond their time are looked for
constexpr int64_t kAcceptPauseMs = 100;               // after a failed accept: no more descriptors
// What a refused peer may still send, so that it gets to read the answer instead of a reset.
constexpr size_t kLingerBytesMax = size_t{1} << 20;
constexpr int64_t kLingerMs = 1000;

int64_t now_ms() { return SystemClock().monotonic_us() / 1000; }

class Connection;

// What all connections share. Touched in the server's thread only, unless said otherwise.
struct Core : std::enable_shared_from_this<Core> {
  Core(HttpServerOptions of, Router routes)
      : options(std::move(of)), router(std::move(routes)), pool(options.limits.handler_threads) {}

  // Constant after construction.
  const HttpServerOptions options;
  const Router router;

  asio::io_context io{1};
  std::list<Connection*> connections;
  size_t bodies_bytes = 0;  // of requests that are not answered yet
  bool stopping = false;

  std::mutex mutex;
  std::condition_variable emptied;
  size_t open = 0;  // connections; guarded by mutex

  HandlerPool pool;  // last: its threads use the above
};

// How reading a request ended.
enum class Read { kRequest, kRefused, kClosed };

// One connection, served by one coroutine, which owns it.
// GCC 12 miscompiles co_await in a loop's condition and beside temporaries that have a destructor: it stands alone
// here, and what it is given has a name or is trivial.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Core> core, Socket socket, std::string peer, bool local_only)
      : core_(std::move(core)),
        limits_(core_->options.limits),
        socket_(std::move(socket)),
        woken_(core_->io),
        peer_(std::move(peer)),
        local_only_(local_only),
        buffer_(limits_.header_bytes_max + kReadBytes) {
    place_ = core_->connections.insert(core_->connections.end(), this);
    const std::lock_guard lock(core_->mutex);
    ++core_->open;
  }
  ~Connection() {
    core_->connections.erase(place_);
    core_->bodies_bytes -= body_bytes_;
    if (answering_) answering_->gone();
    const std::lock_guard lock(core_->mutex);
    if (--core_->open == 0) core_->emptied.notify_all();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  static Awaitable<void> serve(std::shared_ptr<Connection> self) {
    bool more = true;
    while (more) more = co_await self->serve_one();
    self->close();
  }

  int64_t idle_since_ms() const { return idle_since_ms_; }  // -1: it is not idle
  void close() {
    error_code ignored;
    socket_.close(ignored);
    woken_.cancel();
    if (answering_) answering_->gone();
    closed_ = true;
  }
  void end_if_late(int64_t now) {
    if (deadline_ms_ < 0 || now < deadline_ms_) return;
    deadline_ms_ = -1;
    late_ = true;
    error_code ignored;
    socket_.cancel(ignored);
  }
  void server_stops() {
    if (idle_since_ms_ >= 0) return close();
    if (answering_) answering_->unwanted();
  }

 private:
  void due_in(int64_t ms) { deadline_ms_ = now_ms() + ms; }

  // True: another request may come.
  Awaitable<bool> serve_one() {
    const bool begun = co_await await_first_byte();
    if (!begun) co_return false;
    due_in(limits_.request_timeout_ms);
    IncomingRequest request;
    Parser parser;
    const Read outcome = co_await read(parser, request);
    deadline_ms_ = -1;
    if (outcome == Read::kClosed) co_return false;
    keep_alive_ = outcome == Read::kRequest && parser.keep_alive() && !core_->stopping;
    is_http_10_ = parser.get().version() < 11;
    is_head_ = parser.get().method() == http::verb::head;
    bool sent = false;
    if (outcome == Read::kRefused) {
      sent = co_await send_whole(refusal_);
      if (sent) co_await linger();
      co_return false;
    }
    hand_over(std::move(request));
    sent = co_await answer();
    core_->bodies_bytes -= std::exchange(body_bytes_, 0);
    if (!sent) answering_->gone();
    answering_.reset();
    co_return sent&& keep_alive_ && !core_->stopping;
  }

  Awaitable<bool> await_first_byte() {
    if (buffer_.size() > 0) co_return true;  // sent behind the request before
    if (core_->stopping) co_return false;
    idle_since_ms_ = now_ms();
    due_in(limits_.idle_timeout_ms);
    const size_t bytes = co_await receive();
    idle_since_ms_ = -1;
    co_return bytes > 0;
  }

  // 0: the peer has gone, or is late.
  Awaitable<size_t> receive() {
    error_code error;
    const size_t bytes =
        co_await socket_.async_read_some(buffer_.prepare(kReadBytes), asio::redirect_error(kUseAwaitable, error));
    buffer_.commit(bytes);
    co_return error ? 0 : bytes;
  }

  Read refuse(int status, std::string_view text) {
    refusal_ = error_answer(status, text);
    return Read::kRefused;
  }

  Read refuse_reading(const error_code& error) {
    if (late_) {
      return refuse(408, fmt::format("the request was not whole within {} ms", limits_.request_timeout_ms));
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      return refuse(431, fmt::format("the request's headers have more than {} bytes", limits_.header_bytes_max));
    }
    if (error == http::error::end_of_stream || error == http::error::partial_message ||
        error.category() != http::make_error_code(http::error::end_of_stream).category()) {
      return Read::kClosed;
    }
    return refuse(400, fmt::format("this is no HTTP/1.1 request: {}", error.message()));
  }

  Awaitable<Read> read(Parser& parser, IncomingRequest& request) {
    parser.header_limit(static_cast<uint32_t>(limits_.header_bytes_max));
    parser.body_limit(boost::none);
    error_code error;
    co_await http::async_read_header(socket_, buffer_, parser, asio::redirect_error(kUseAwaitable, error));
    if (error) co_return refuse_reading(error);
    if (!take_head(parser.get(), request)) co_return Read::kRefused;

    const Router::Found found = core_->router.find(request);
    if (found.handler == nullptr) {
      refusal_ = found.refusal;
      co_return Read::kRefused;
    }
    handler_ = found.handler;
    const size_t body_bytes_max = found.options.body_bytes_max.value_or(limits_.body_bytes_max);
    const Read outcome = co_await read_body(parser, request, body_bytes_max);
    co_return outcome;
  }

  // False: it is not to be answered, refusal_ says why.
  bool take_head(const Parser::value_type& head, IncomingRequest& request) {
    request.method = head.method() == http::verb::head ? "GET" : std::string(head.method_string());
    request.peer = peer_;
    for (const auto& field : head) {
      request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    auto refusal = screen({head.target().data(), head.target().size()},
                          {.needs_host = head.version() >= 11,
                           .local_hosts_only = local_only_ && !core_->options.any_host,
                           .local_origins_only = local_only_ && !core_->options.any_origin},
                          request);
    if (refusal) refusal_ = std::move(*refusal);
    return !refusal;
  }

  Awaitable<Read> read_body(Parser& parser, IncomingRequest& request, size_t bytes_max) {
    if (parser.is_done()) co_return Read::kRequest;
    const auto too_large = [&] { return refuse(413, fmt::format("the body has more than {} bytes", bytes_max)); };
    if (const auto length = parser.content_length(); length && *length > bytes_max) co_return too_large();
    error_code error;
    if (const auto expect = request.header("Expect"); expect && expect->starts_with("100")) {
      const bool sent = co_await send_bytes("HTTP/1.1 100 Continue\r\n\r\n", {});
      if (!sent) co_return Read::kClosed;
      due_in(limits_.request_timeout_ms);
    }
    std::array<char, kReadBytes> piece;
    while (!parser.is_done()) {
      auto& body = parser.get().body();
      body.data = piece.data();
      body.size = piece.size();
      co_await http::async_read(socket_, buffer_, parser, asio::redirect_error(kUseAwaitable, error));
      if (error && error != http::error::need_buffer) co_return refuse_reading(error);
      const size_t bytes = piece.size() - body.size;
      if (request.body.size() + bytes > bytes_max) co_return too_large();
      if (core_->bodies_bytes + bytes > limits_.bodies_bytes_max) {
        refuse(503, "too many requests wait for their answers; try again later");
        refusal_.headers.push_back({"Retry-After", "1"});
        co_return Read::kRefused;
      }
      core_->bodies_bytes += bytes;
      body_bytes_ += bytes;
      request.body.append(piece.data(), bytes);
    }
    co_return Read::kRequest;
  }

  // The handler runs in a thread of the pool, and answers to answering_.
  void hand_over(IncomingRequest request) {
    const auto wake = [core = core_->weak_from_this(), self = weak_from_this()] {
      if (const auto alive = core.lock()) {
        asio::post(alive->io, [self] {
          if (const auto connection = self.lock()) connection->woken_.cancel();
        });
      }
    };
    answering_ = std::make_shared<Answering>(limits_.stream_bytes_max, wake);
    // The job is shared: a std::function can be copied.
    auto job = std::make_shared<std::pair<IncomingRequest, std::unique_ptr<HttpReply>>>(std::move(request),
                                                                                        answering_->reply());
    core_->pool.run([handler = handler_, job] { (*handler)(std::move(job->first), std::move(job->second)); });
  }

  // Sends what the handler answers, when it does. False: the connection is to be closed.
  Awaitable<bool> answer() {
    watch();
    stream_ = {};
    for (;;) {
      Answering::Taken taken = answering_->take();
      if (closed_) co_return false;
      const bool nothing_new = taken.phase == Answering::Phase::kNone ||
                               (taken.phase == Answering::Phase::kStreaming && stream_.begun && taken.piece.empty());
      if (nothing_new) {
        error_code ignored;
        woken_.expires_at(Timer::time_point::max());
        co_await woken_.async_wait(asio::redirect_error(kUseAwaitable, ignored));
        continue;
      }
      bool sent = false;
      if (taken.phase == Answering::Phase::kWhole) {
        sent = co_await send_whole(taken.head);
        co_return sent;
      }
      sent = co_await send_piece(taken);
      if (!sent || taken.phase == Answering::Phase::kBroken) co_return false;
      if (taken.phase == Answering::Phase::kEnded) co_return true;
    }
  }

  Awaitable<bool> send_piece(const Answering::Taken& taken) {
    std::string head;
    if (!stream_.begun) {
      stream_ = {.begun = true, .chunked = !is_http_10_};
      keep_alive_ = keep_alive_ && stream_.chunked;
      head = head_of(taken.head, std::nullopt, stream_.chunked);
    }
    const std::string_view piece = is_head_ ? std::string_view() : std::string_view(taken.piece);
    std::string tail;
    if (stream_.chunked && !is_head_) {
      head += chunk_head(piece.size());
      tail = chunk_tail(piece.size(), taken.phase == Answering::Phase::kEnded);
    }
    bool sent = co_await send_bytes(head, piece);
    if (sent) sent = co_await send_bytes(tail, {});
    co_return sent;
  }

  // Tells the handler when the peer closes while it is being answered.
  void watch() {
    if (buffer_.size() > 0) return;
    socket_.async_wait(Socket::wait_read, [self = shared_from_this(), watched = answering_](const error_code& error) {
      if (error || self->closed_) return;
      char byte = 0;
      const ssize_t got = recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
      if (got == 0) watched->unwanted();
      if (got < 0 && errno != EAGAIN && errno != EINTR) self->close();
    });
  }

  std::string head_of(const HttpAnswer& answer, std::optional<size_t> content_bytes, bool chunked) const {
    return head_text(
        answer,
        {.server = core_->options.name, .content_bytes = content_bytes, .chunked = chunked, .keep_alive = keep_alive_});
  }

  Awaitable<bool> send_whole(const HttpAnswer& answer) {
    const std::string head = head_of(answer, answer.body.size(), false);
    const std::string_view body = is_head_ ? std::string_view() : std::string_view(answer.body);
    const bool sent = co_await send_bytes(head, body);
    co_return sent;
  }

  // `head`, then `body`; false: the peer takes nothing any more.
  Awaitable<bool> send_bytes(std::string_view head, std::string_view body) {
    std::string joined;
    if (!body.empty() && head.size() + body.size() <= kJoinedBytesMax) {
      joined.reserve(head.size() + body.size());
      joined.append(head).append(body);
      head = joined;
      body = {};
    }
    const std::array<std::string_view, 2> parts = {head, body};
    for (std::string_view rest : parts) {
      while (!rest.empty()) {
        due_in(limits_.stall_timeout_ms);
        const std::string_view next = rest.substr(0, kWriteBytes);
        error_code error;
        const size_t sent = co_await asio::async_write(socket_, asio::buffer(next.data(), next.size()),
                                                       asio::redirect_error(kUseAwaitable, error));
        if (error) co_return false;
        rest.remove_prefix(sent);
      }
    }
    deadline_ms_ = -1;
    co_return true;
  }

  // A peer that is refused may still be sending; closing now would take the answer from it.
  Awaitable<void> linger() {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    due_in(kLingerMs);
    for (size_t taken = 0; taken < kLingerBytesMax;) {
      buffer_.clear();
      const size_t bytes = co_await receive();
      if (bytes == 0) break;
      taken += bytes;
    }
  }

  // Constant after construction.
  const std::shared_ptr<Core> core_;
  const HttpServerLimits& limits_;

  Socket socket_;
  Timer woken_;  // cancelled when answering_ may have something new
  const std::string peer_;
  const bool local_only_;
  boost::beast::flat_buffer buffer_;
  std::list<Connection*>::iterator place_;

  int64_t idle_since_ms_ = -1;
  int64_t deadline_ms_ = -1;  // when what is waited for is given up; -1: never
  bool late_ = false;
  bool closed_ = false;

  // Of the request being served.
  const HttpHandler* handler_ = nullptr;
  std::shared_ptr<Answering> answering_;
  HttpAnswer refusal_;
  size_t body_bytes_ = 0;  // its share of core_->bodies_bytes
  bool keep_alive_ = true;
  bool is_http_10_ = false;
  bool is_head_ = false;
  struct {
    bool begun = false;
    bool chunked = false;
  } stream_;  // of an answer in pieces
};

std::string peer_text(const asio::ip::tcp::endpoint& peer) {
  return HttpAddress{.host = peer.address().to_string(), .port = peer.port()}.text();
}
std::string peer_text(const asio::local::stream_protocol::endpoint&) { return "unix"; }

// Makes room for one connection more by closing the one that has been idle for longest.
bool make_room(Core& core) {
  Connection* longest = nullptr;
  for (Connection* connection : core.connections) {
    const int64_t since = connection->idle_since_ms();
    if (since >= 0 && (longest == nullptr || since < longest->idle_since_ms())) longest = connection;
  }
  if (longest != nullptr) longest->close();
  return longest != nullptr;
}

void refuse_connection(Socket& socket, const HttpServerOptions& options) {
  HttpAnswer answer = error_answer(503, "too many connections; try again later");
  answer.headers.push_back({"Retry-After", "1"});
  const std::string text = whole_text(answer, {.server = options.name, .keep_alive = false});
  // It fits into the empty buffer of a new socket; if not, the peer sees the end of the connection alone.
  (void)send(socket.native_handle(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

template <typename Protocol>
class Acceptor {
 public:
  using Sockets = asio::basic_socket_acceptor<Protocol, Executor>;
  Acceptor(Core& core, const Protocol& protocol, Listener listener, bool local_only)
      : local_only_(local_only),
        listener_(std::move(listener)),
        sockets_(core.io, protocol, listener_.release()),
        pause_(core.io) {}

  Awaitable<void> accept(std::shared_ptr<Core> core) {
    for (;;) {
      error_code error;
      typename Protocol::endpoint peer;
      auto accepted = co_await sockets_.async_accept(peer, asio::redirect_error(kUseAwaitable, error));
      if (core->stopping) co_return;
      if (error) {
        pause_.expires_after(std::chrono::milliseconds(kAcceptPauseMs));
        co_await pause_.async_wait(asio::redirect_error(kUseAwaitable, error));
        continue;
      }
      Socket socket(std::move(accepted));
      const int on = 1;
      setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      if (core->connections.size() >= core->options.limits.connections_max && !make_room(*core)) {
        refuse_connection(socket, core->options);
        continue;
      }
      auto connection = std::make_shared<Connection>(core, std::move(socket), peer_text(peer), local_only_);
      asio::co_spawn(core->io, Connection::serve(std::move(connection)), asio::detached);
    }
  }

  void close() {
    error_code ignored;
    sockets_.close(ignored);
    pause_.cancel();
  }

 private:
  const bool local_only_;
  Listener listener_;
  Sockets sockets_;
  Timer pause_;
};

class Server final : public HttpServer {
 public:
  Server(HttpServerOptions options, Router router)
      : core_(std::make_shared<Core>(std::move(options), std::move(router))), sweep_(core_->io) {}
  ~Server() override { stop(); }

  void listen(Listener listener, const HttpAddress& address) {
    address_ = address;
    const auto protocol = address.host.find(':') == std::string::npos ? asio::ip::tcp::v4() : asio::ip::tcp::v6();
    tcp_.emplace(*core_, protocol, std::move(listener), address.is_loopback());
    asio::co_spawn(core_->io, tcp_->accept(core_), asio::detached);
  }
  void listen_unix(Listener listener) {
    unix_.emplace(*core_, asio::local::stream_protocol(), std::move(listener), false);
    asio::co_spawn(core_->io, unix_->accept(core_), asio::detached);
  }
  void run() {
    sweep();
    thread_ = std::thread([this] { core_->io.run(); });
  }

  const HttpAddress& address() const override {
    MILLRACE_ASSERT(address_.has_value(), "the server listens on a socket file only");
    return *address_;
  }

  void stop() override {
    if (!thread_.joinable()) return;
    asio::post(core_->io, [this] {
      core_->stopping = true;
      if (tcp_) tcp_->close();
      if (unix_) unix_->close();
      each([](Connection& connection) { connection.server_stops(); });
    });
    {
      std::unique_lock lock(core_->mutex);
      const auto limit = std::chrono::milliseconds(core_->options.limits.drain_timeout_ms);
      core_->emptied.wait_for(lock, limit, [&] { return core_->open == 0; });
    }
    asio::post(core_->io, [this] {
      each([](Connection& connection) { connection.close(); });
      ended_ = true;
      sweep_.cancel();
    });
    core_->pool.stop();
    thread_.join();
    tcp_.reset();
    unix_.reset();
  }

 private:
  // A connection may leave the list while it is visited.
  template <typename Visit>
  void each(Visit visit) {
    for (auto next = core_->connections.begin(); next != core_->connections.end();) visit(**next++);
  }

  void sweep() {
    sweep_.expires_after(std::chrono::milliseconds(kSweepMs));
    sweep_.async_wait([this](const error_code&) {
      if (ended_) return;
      const int64_t now = now_ms();
      each([now](Connection& connection) { connection.end_if_late(now); });
      sweep();
    });
  }

  std::shared_ptr<Core> core_;
  std::optional<HttpAddress> address_;
  std::optional<Acceptor<asio::ip::tcp>> tcp_;
  std::optional<Acceptor<asio::local::stream_protocol>> unix_;
  Timer sweep_;
  bool ended_ = false;  // in the server's thread
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options, Router router) {
  MILLRACE_ASSERT(options.address || !options.unix_path.empty(), "a server listens somewhere");
  std::optional<HttpAddress> address = options.address;
  std::optional<Listener> tcp;
  std::optional<Listener> local;
  if (address) {
    TRY(listener, Listener::open(*address));
    tcp = std::move(listener);
  }
  if (!options.unix_path.empty()) {
    TRY(listener, Listener::open_unix(options.unix_path));
    local = std::move(listener);
  }
  auto server = std::make_unique<Server>(std::move(options), std::move(router));
  if (tcp) server->listen(std::move(*tcp), *address);
  if (local) server->listen_unix(std::move(*local));
  server->run();
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace millrace
