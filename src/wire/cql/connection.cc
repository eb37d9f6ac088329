#include "wire/cql/connection.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/clock.h"
#include "wire/cql/loop_core.h"

namespace millrace::cql {
namespace {

namespace ssl = asio::ssl;
using asio::ip::tcp;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Resolver = asio::ip::basic_resolver<tcp, Executor>;
using TlsStream = ssl::stream<Socket>;

constexpr size_t kReadBytes = size_t{64} << 10;
constexpr int kLostStreamsMax = 256;  // requests given up whose answers may still come; more: the connection is closed

int64_t now_us() { return SystemClock().monotonic_us(); }

class AsioTls final : public Tls {
 public:
  mutable ssl::context context{ssl::context::tls_client};  // OpenSSL counts its uses itself
  bool verify = true;
};

Error tls_error(std::string_view what, const std::string& file, const error_code& error) {
  return Error(ErrorCode::kInvalidArgument, fmt::format("{} {}: {}", what, file, error.message()));
}

// One request that waits for its answer.
struct Stream {
  Answered* answered = nullptr;  // nullptr: given up, or free
  uint64_t tag = 0;
  int64_t asked_us = 0;
  bool in_use = false;
};

class AsioConnection final : public Connection, private Answered {
 public:
  AsioConnection(Loop& loop, ConnectionOptions options, ConnectionWatch& watch)
      : io_(loop.core().io),
        options_(std::move(options)),
        watch_(watch),
        socket_(io_),
        resolver_(io_),
        reader_(Direction::kResponses),
        writer_(Direction::kRequests, options_.version),
        deadline_us_(now_us() + options_.connect_timeout_us) {}

  void start() {
    asio::co_spawn(
        io_, [](std::shared_ptr<AsioConnection> self) -> Awaitable<void> { co_await self->live(); }(self()),
        asio::detached);
  }

  bool is_ready() const override { return ready_ && !closed_; }
  size_t in_flight() const override { return asked_; }
  bool has_room() const override { return is_ready() && asked_ + static_cast<size_t>(lost_) < kStreamsMax; }
  uint8_t version() const override { return options_.version; }
  uint8_t server_version() const override { return server_version_; }
  const Endpoint& endpoint() const override { return options_.endpoint; }

  std::string& begin(Opcode opcode, Answered& answered, uint64_t tag) override {
    MILLRACE_ASSERT(asked_ + static_cast<size_t>(lost_) < kStreamsMax, "there is no stream left");
    int16_t id = 0;
    if (free_.empty()) {
      id = static_cast<int16_t>(streams_.size());
      streams_.emplace_back();
    } else {
      id = free_.back();
      free_.pop_back();
    }
    asked_us_ = turn_us();
    streams_[static_cast<size_t>(id)] = {.answered = &answered, .tag = tag, .asked_us = asked_us_, .in_use = true};
    ++asked_;
    return writer_.begin(opcode, id);
  }

  void end() override {
    writer_.end();
    if (std::exchange(flush_posted_, true)) return;
    asio::post(io_, [self = self()] {
      self->flush_posted_ = false;
      self->turn_us_ = 0;
      self->flush();
    });
  }

  void tick(int64_t now) override {
    if (closed_) return;
    if (!ready_) {
      if (now > deadline_us_) {
        close(failure(ErrorCode::kTimeout,
                      fmt::format("no answer within {} ms while {}", options_.connect_timeout_us / 1000, doing_)));
      }
      return;
    }
    give_up_late(now);
    if (!closed_ && asked_ == 0 && now - asked_us_ > options_.idle_us) {
      begin(Opcode::kOptions, *this, 0);
      end();
    }
  }

  void close(const Error& why) override {
    if (closed_) return;
    closed_ = true;
    const auto keep = self();
    shut();
    for (Stream& stream : streams_) {
      Answered* waiting = std::exchange(stream.answered, nullptr);
      if (waiting != nullptr && !abandoned_) waiting->unanswered(*this, stream.tag, why);
    }
    asked_ = 0;
    if (!abandoned_) watch_.closed(*this, why);
  }

  void abandon() override {
    abandoned_ = true;
    close(Error(ErrorCode::kCancelled, "the session has ended"));
  }

 private:
  std::shared_ptr<AsioConnection> self() { return std::static_pointer_cast<AsioConnection>(shared_from_this()); }

  // The time, read once per turn of the loop in which there are requests.
  int64_t turn_us() {
    if (turn_us_ == 0) turn_us_ = now_us();
    return turn_us_;
  }

  Error failure(ErrorCode code, std::string_view what) const {
    return Error(code, fmt::format("{}: {}", options_.endpoint.text(), what));
  }

  void shut() {
    error_code ignored;
    resolver_.cancel();
    lowest().close(ignored);
  }
  Socket& lowest() { return tls_ ? tls_->next_layer() : socket_; }

  // ---- From connecting to closing.

  Awaitable<void> live() {
    Status opened = co_await connect();
    if (opened.ok() && options_.tls != nullptr) opened = co_await encrypt();
    if (opened.ok()) opened = co_await greet();
    if (closed_) co_return;
    if (!opened.ok()) {
      close(opened.error());
      co_return;
    }
    ready_ = true;
    asked_us_ = now_us();
    watch_.ready(*this);
    while (!closed_) {
      Status received = take_frames();
      if (received.ok() && !closed_) received = co_await receive();
      if (!received.ok()) close(received.error());
    }
  }

  Awaitable<Status> connect() {
    doing_ = "connecting";
    error_code error;
    auto address = asio::ip::make_address(options_.endpoint.host, error);
    if (!error) {
      const tcp::endpoint peer(address, options_.endpoint.port);
      co_await socket_.async_connect(peer, asio::redirect_error(kUseAwaitable, error));
    } else {
      const std::string port = std::to_string(options_.endpoint.port);
      const auto found =
          co_await resolver_.async_resolve(options_.endpoint.host, port, asio::redirect_error(kUseAwaitable, error));
      if (error) co_return failure(ErrorCode::kUnavailable, "there is no host of this name: " + error.message());
      co_await asio::async_connect(socket_, found, asio::redirect_error(kUseAwaitable, error));
    }
    if (error) co_return failure(ErrorCode::kUnavailable, error.message());
    socket_.set_option(tcp::no_delay(true), error);
    co_return Status();
  }

  Awaitable<Status> encrypt() {
    doing_ = "agreeing on TLS";
    const auto& tls = static_cast<const AsioTls&>(*options_.tls);
    tls_.emplace(std::move(socket_), tls.context);
    const std::string& host = options_.endpoint.host;
    error_code no_address;
    asio::ip::make_address(host, no_address);
    if (no_address) {  // what SSL_set_tlsext_host_name() stands for
      SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(host.c_str()));
    }
    if (tls.verify) tls_->set_verify_callback(ssl::host_name_verification(host));
    error_code error;
    co_await tls_->async_handshake(TlsStream::client, asio::redirect_error(kUseAwaitable, error));
    if (!error) co_return Status();
    const long verdict = SSL_get_verify_result(tls_->native_handle());
    if (tls.verify && verdict != X509_V_OK) {
      co_return failure(ErrorCode::kPermission, fmt::format("the server's certificate is not trusted: {}",
                                                            X509_verify_cert_error_string(verdict)));
    }
    co_return failure(ErrorCode::kUnavailable, "no TLS connection: " + error.message());
  }

  Awaitable<Status> greet() {
    doing_ = "greeting";
    append_startup(options_.compression, writer_.begin(Opcode::kStartup, 0));
    writer_.end();
    Result<Answer> answer = co_await exchange();
    if (!answer.ok()) co_return answer.error();
    // Whatever comes behind the answer to the greeting is compressed and cut as was agreed.
    reader_.use(options_.compression);
    writer_.use(options_.compression);
    if (std::holds_alternative<ErrorAnswer>(*answer)) co_return refused(std::get<ErrorAnswer>(*answer));
    if (options_.version >= 5) {
      reader_.use_segments();
      writer_.use_segments();
    }
    if (std::holds_alternative<ReadyAnswer>(*answer)) co_return Status();
    if (!std::holds_alternative<AuthenticateAnswer>(*answer)) co_return out_of_turn();
    doing_ = "logging in";
    if (options_.user.empty()) {
      co_return failure(ErrorCode::kPermission, "the server asks who we are; say `user` and `password`");
    }
    append_plain_login(options_.user, options_.password, writer_.begin(Opcode::kAuthResponse, 0));
    writer_.end();
    answer = co_await exchange();
    if (!answer.ok()) co_return answer.error();
    if (std::holds_alternative<ErrorAnswer>(*answer)) co_return refused(std::get<ErrorAnswer>(*answer));
    if (std::holds_alternative<AuthSuccessAnswer>(*answer)) co_return Status();
    co_return failure(ErrorCode::kPermission, "the server wants another way of logging in than by name and password");
  }

  Error out_of_turn() const {
    return failure(ErrorCode::kCorruption, "what answers there does not speak CQL's native protocol as it should");
  }

  Error refused(const ErrorAnswer& error) const {
    if (error.is(ErrorKind::kAuthentication)) {
      return failure(ErrorCode::kPermission, fmt::format("user '{}' is not let in: {}", options_.user, error.message));
    }
    // Said of a version that is not spoken, and of one whose beginnings do not look like it.
    if (error.is(ErrorKind::kProtocol)) return failure(ErrorCode::kInvalidArgument, error.text());
    return failure(error.error().code(), error.text());
  }

  // Sends what is to be sent and awaits one answer; before there are streams.
  Awaitable<Result<Answer>> exchange() {
    const std::string bytes = writer_.take();
    error_code error;
    if (tls_) {
      co_await asio::async_write(*tls_, asio::buffer(bytes), asio::redirect_error(kUseAwaitable, error));
    } else {
      co_await asio::async_write(socket_, asio::buffer(bytes), asio::redirect_error(kUseAwaitable, error));
    }
    if (error) co_return failure(ErrorCode::kUnavailable, error.message());
    for (;;) {
      Result<std::optional<Frame>> frame = reader_.next();
      if (!frame.ok()) co_return frame.error().with_context(options_.endpoint.text());
      if (frame->has_value()) {
        server_version_ = (*frame)->header.version;
        co_return parse_answer(**frame);
      }
      Status received = co_await receive();
      if (!received.ok()) co_return received.error();
    }
  }

  Awaitable<Status> receive() {
    const std::span<char> room = reader_.prepare(kReadBytes);
    error_code error;
    size_t bytes = 0;
    if (tls_) {
      bytes = co_await tls_->async_read_some(asio::buffer(room.data(), room.size()),
                                             asio::redirect_error(kUseAwaitable, error));
    } else {
      bytes = co_await socket_.async_read_some(asio::buffer(room.data(), room.size()),
                                               asio::redirect_error(kUseAwaitable, error));
    }
    if (error == asio::error::eof || error == ssl::error::stream_truncated) {
      co_return failure(ErrorCode::kUnavailable, "the server has closed the connection");
    }
    if (error) co_return failure(ErrorCode::kUnavailable, error.message());
    reader_.commit(bytes);
    received_us_ = now_us();
    co_return Status();
  }

  // ---- Answers.

  Status take_frames() {
    while (!closed_) {
      auto frame = reader_.next();
      if (!frame.ok()) return frame.error().with_context(options_.endpoint.text());
      if (!frame->has_value()) return {};
      TRY_STATUS(take(**frame));
    }
    return {};
  }

  Status take(const Frame& frame) {
    if (frame.header.version != options_.version) {
      return failure(ErrorCode::kCorruption, fmt::format("an answer is of version {}", frame.header.version));
    }
    if (frame.header.opcode == Opcode::kEvent) {
      auto event = parse_answer(frame);
      if (!event.ok()) return event.error().with_context(options_.endpoint.text());
      watch_.event(*this, *event);
      return {};
    }
    const auto id = static_cast<size_t>(frame.header.stream);
    if (frame.header.stream < 0 || id >= streams_.size() || !streams_[id].in_use) {
      return failure(ErrorCode::kCorruption,
                     fmt::format("an answer is for stream {}, on which nothing was asked", frame.header.stream));
    }
    const Stream stream = std::exchange(streams_[id], Stream{});
    free_.push_back(frame.header.stream);
    if (stream.answered == nullptr) {
      --lost_;  // given up before
      return {};
    }
    --asked_;
    stream.answered->answered(*this, stream.tag, frame);
    return {};
  }

  void give_up_late(int64_t now) {
    for (size_t i = 0; i < streams_.size() && !closed_; ++i) {
      Stream& stream = streams_[i];
      if (stream.answered == nullptr || now - stream.asked_us <= options_.request_timeout_us) continue;
      const Error late =
          failure(ErrorCode::kTimeout, fmt::format("no answer within {} ms", options_.request_timeout_us / 1000));
      // Nothing has come at all since: the peer is away, not slow.
      if (received_us_ <= stream.asked_us || lost_ >= kLostStreamsMax) return close(late);
      Answered* waiting = std::exchange(stream.answered, nullptr);
      ++lost_;
      --asked_;
      waiting->unanswered(*this, stream.tag, late);
    }
  }

  // Of the request that sees whether the peer is there.
  void answered(Connection&, uint64_t, const Frame&) override {}
  void unanswered(Connection&, uint64_t, const Error&) override {}

  // ---- Sending.

  void flush() {
    if (sending_ || closed_ || writer_.empty()) return;
    sending_ = true;
    out_ = writer_.take(std::move(out_));
    const auto sent = [self = self()](const error_code& error, size_t) {
      self->sending_ = false;
      if (self->closed_) return;
      if (error) return self->close(self->failure(ErrorCode::kUnavailable, error.message()));
      self->flush();
    };
    if (tls_) {
      asio::async_write(*tls_, asio::buffer(out_), sent);
    } else {
      asio::async_write(socket_, asio::buffer(out_), sent);
    }
  }

  // Constant after construction.
  asio::io_context& io_;
  const ConnectionOptions options_;
  ConnectionWatch& watch_;

  Socket socket_;  // moved into tls_, where there is one
  std::optional<TlsStream> tls_;
  Resolver resolver_;
  FrameReader reader_;
  FrameWriter writer_;
  std::string out_;  // on its way
  bool sending_ = false;
  bool flush_posted_ = false;

  std::string_view doing_ = "connecting";
  int64_t deadline_us_;
  bool ready_ = false;
  bool closed_ = false;
  bool abandoned_ = false;
  uint8_t server_version_ = 0;

  std::vector<Stream> streams_;  // by id
  std::vector<int16_t> free_;
  size_t asked_ = 0;  // streams that wait for answers
  int lost_ = 0;      // streams given up
  int64_t asked_us_ = 0;
  int64_t received_us_ = 0;
  int64_t turn_us_ = 0;
};

}  // namespace

std::string Endpoint::text() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<std::shared_ptr<const Tls>> Tls::load(const Options& options) {
  auto tls = std::make_shared<AsioTls>();
  tls->verify = options.verify;
  error_code error;
  tls->context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                           ssl::context::no_tlsv1_1);
  tls->context.set_verify_mode(options.verify ? ssl::verify_peer : ssl::verify_none, error);
  if (options.ca.empty()) {
    tls->context.set_default_verify_paths(error);
  } else {
    tls->context.load_verify_file(options.ca, error);
    if (error) return tls_error("certificates of authorities in", options.ca, error);
  }
  if (!options.certificate.empty()) {
    tls->context.use_certificate_chain_file(options.certificate, error);
    if (error) return tls_error("the certificate in", options.certificate, error);
  }
  if (!options.key.empty()) {
    tls->context.use_private_key_file(options.key, ssl::context::pem, error);
    if (error) return tls_error("the key in", options.key, error);
  }
  return std::shared_ptr<const Tls>(std::move(tls));
}

std::shared_ptr<Connection> Connection::open(Loop& loop, ConnectionOptions options, ConnectionWatch& watch) {
  auto connection = std::make_shared<AsioConnection>(loop, std::move(options), watch);
  connection->start();
  return connection;
}

}  // namespace millrace::cql
