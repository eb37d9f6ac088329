#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/assert.h"
#include "data/cql/bytes.h"
#include "wire/cql/body.h"
#include "wire/cql/frame.h"
#include "wire/cql/message.h"

namespace millrace::cql {

// For tests: a node of version 4 that is a whole cluster, and answers as it is told, however wrong. What `answer` gives
// for a request is sent as it is; nullopt: as a good node would. Closes a connection when the answer is kClose.
class FakeNode {
 public:
  static constexpr std::string_view kClose = "close";
  using Answers = std::function<std::optional<std::string>(const Frame& request)>;

  explicit FakeNode(Answers answers) : answers_(std::move(answers)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof(address);
    auto* bound = reinterpret_cast<sockaddr*>(&address);
    MILLRACE_ASSERT(bind(listener_, bound, bytes) == 0 && listen(listener_, 16) == 0, "a port on loopback");
    MILLRACE_ASSERT(getsockname(listener_, bound, &bytes) == 0, "a bound socket has a name");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeNode() {
    stopping_ = true;
    thread_.join();
    for (const auto& peer : peers_) close(peer->fd);
    close(listener_);
  }

  uint16_t port() const { return port_; }
  int executed() const { return executed_; }

  static std::string frame(Opcode opcode, int16_t stream, std::string_view body) {
    FrameWriter writer(Direction::kResponses, 4);
    writer.begin(opcode, stream) += body;
    writer.end();
    return writer.take();
  }
  static std::string error(int16_t stream, ErrorKind kind, std::string_view text, std::string_view more = {}) {
    std::string body;
    append_be(static_cast<int32_t>(kind), body);
    append_string(text, body);
    return frame(Opcode::kError, stream, body.append(more));
  }
  // A write time-out: none of one replica answered at LOCAL_QUORUM.
  static std::string write_timeout(int16_t stream) {
    std::string more;
    append_be(static_cast<uint16_t>(Consistency::kLocalQuorum), more);
    append_be(int32_t{0}, more);
    append_be(int32_t{1}, more);
    append_string("SIMPLE", more);
    return error(stream, ErrorKind::kWriteTimeout, "timed out", more);
  }
  static std::string void_result(int16_t stream) {
    std::string body;
    append_be(int32_t{1}, body);
    return frame(Opcode::kResult, stream, body);
  }

 private:
  struct Peer {
    int fd;
    FrameReader reader{Direction::kRequests};
  };
  struct Text {
    std::string_view name;
    uint16_t type;
  };

  void serve() {
    while (!stopping_) {
      std::vector<pollfd> fds = {{listener_, POLLIN, 0}};
      for (const auto& peer : peers_) fds.push_back({peer->fd, POLLIN, 0});
      if (poll(fds.data(), fds.size(), 10) <= 0) continue;
      for (size_t i = fds.size(); i > 1; --i) {
        if (fds[i - 1].revents == 0) continue;
        if (receive(*peers_[i - 2])) continue;
        close(peers_[i - 2]->fd);
        peers_.erase(peers_.begin() + static_cast<std::ptrdiff_t>(i) - 2);
      }
      if (fds[0].revents != 0) peers_.push_back(std::make_unique<Peer>(Peer{accept(listener_, nullptr, nullptr)}));
    }
  }

  bool receive(Peer& peer) {
    const auto room = peer.reader.prepare(65'536);
    const ssize_t got = recv(peer.fd, room.data(), room.size(), 0);
    if (got <= 0) return false;
    peer.reader.commit(static_cast<size_t>(got));
    for (;;) {
      const auto request = peer.reader.next();
      MILLRACE_ASSERT(request.ok(), "the client sends frames");
      if (!request->has_value()) return true;
      if ((*request)->header.opcode == Opcode::kExecute) ++executed_;
      const auto told = answers_(**request);
      const std::string bytes = told ? *told : good_answer(**request);
      if (bytes == kClose) return false;
      if (send(peer.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return false;
    }
  }

  static std::string rows(int16_t stream, const std::vector<Text>& columns,
                          const std::vector<std::vector<std::string>>& values) {
    std::string body;
    append_be(int32_t{2}, body);
    append_be(int32_t{1}, body);
    append_be(static_cast<int32_t>(columns.size()), body);
    append_string("system", body);
    append_string("local", body);
    for (const Text& column : columns) {
      append_string(column.name, body);
      append_be(column.type, body);
      if (column.type == 0x22) append_be(uint16_t{0x0d}, body);
      if (column.type == 0x21) append_be(uint32_t{0x000d000d}, body);
    }
    append_be(static_cast<int32_t>(values.size()), body);
    for (const auto& row : values) {
      for (const std::string& value : row) append_bytes(value, body);
    }
    return frame(Opcode::kResult, stream, body);
  }
  static std::string texts(const std::vector<std::string_view>& elements, size_t per_entry) {
    std::string value;
    append_be(static_cast<int32_t>(elements.size() / per_entry), value);
    for (const std::string_view element : elements) append_bytes(element, value);
    return value;
  }

  static std::string good_answer(const Frame& request) {
    const int16_t stream = request.header.stream;
    if (request.header.version != 4) return error(stream, ErrorKind::kProtocol, "unsupported protocol version");
    switch (request.header.opcode) {
      case Opcode::kStartup:
      case Opcode::kRegister: return frame(Opcode::kReady, stream, {});
      case Opcode::kOptions: return frame(Opcode::kSupported, stream, std::string(2, '\0'));
      case Opcode::kPrepare: return prepared(stream);
      case Opcode::kExecute: return void_result(stream);
      default: break;
    }
    if (request.body.find("system.local") != std::string_view::npos) {
      return rows(stream,
                  {{"rpc_address", 0x10},
                   {"host_id", 0x0c},
                   {"data_center", 0x0d},
                   {"rack", 0x0d},
                   {"tokens", 0x22},
                   {"partitioner", 0x0d}},
                  {{std::string("\x7f\x00\x00\x01", 4), "0123456789abcdef", "dc1", "r1", texts({"0"}, 1),
                    "org.apache.cassandra.dht.Murmur3Partitioner"}});
    }
    if (request.body.find("system.peers_v2") != std::string_view::npos) {
      return error(stream, ErrorKind::kInvalid, "unconfigured table peers_v2");
    }
    if (request.body.find("system.peers") != std::string_view::npos) {
      return rows(stream,
                  {{"rpc_address", 0x10}, {"host_id", 0x0c}, {"data_center", 0x0d}, {"rack", 0x0d}, {"tokens", 0x22}},
                  {});
    }
    if (request.body.find("system_schema.keyspaces") != std::string_view::npos) {
      return rows(stream, {{"keyspace_name", 0x0d}, {"replication", 0x21}},
                  {{"ks", texts({"class", "SimpleStrategy", "replication_factor", "1"}, 2)}});
    }
    return void_result(stream);
  }

  // INSERT INTO ks.t (k) VALUES (?)
  static std::string prepared(int16_t stream) {
    std::string body;
    append_be(int32_t{4}, body);
    append_string("id", body);
    append_be(int32_t{1}, body);
    append_be(int32_t{1}, body);
    append_be(int32_t{1}, body);
    append_be(uint16_t{0}, body);
    for (const std::string_view name : {"ks", "t", "k"}) append_string(name, body);
    append_be(uint16_t{0x0d}, body);
    append_be(int32_t{4}, body);
    append_be(int32_t{0}, body);
    return frame(Opcode::kResult, stream, body);
  }

  const Answers answers_;
  const int listener_;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> executed_ = 0;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::thread thread_;
};

}  // namespace millrace::cql
