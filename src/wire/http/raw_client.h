#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "wire/http/exchange.h"
#include "wire/http/server.h"

namespace millrace {

// For tests: a peer that sends what it is told, however wrong, and sees each byte of what comes back. Blocks; belongs
// to one thread.
class RawClient {
 public:
  static RawClient connect(const HttpAddress& address) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(address.port);
    MILLRACE_ASSERT(inet_pton(AF_INET, address.host.c_str(), &to.sin_addr) == 1, "an IPv4 address");
    return connect(AF_INET, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  }
  static RawClient connect(const std::string& unix_path) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    MILLRACE_ASSERT(unix_path.size() < sizeof(to.sun_path), "a path that fits");
    std::memcpy(to.sun_path, unix_path.data(), unix_path.size());
    return connect(AF_UNIX, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  }
  RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}
  RawClient(const RawClient&) = delete;
  ~RawClient() { close(); }

  // False: the server has cut the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  void finish_sending() { shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  struct Answer {
    int status = 0;
    HttpHeaders headers;
    std::string body;
    bool whole = false;  // as Content-Length or the last chunk says
    std::string header(std::string_view name) const {
      const std::string* const value = find_header(headers, name);
      return value == nullptr ? "" : *value;
    }
  };
  // The next answer; nullopt: the connection ended before one began. `to_head`: it has no body.
  std::optional<Answer> receive(bool to_head = false) {
    const std::string status = line();
    if (status.size() < 12) return std::nullopt;
    Answer answer{.status = std::stoi(status.substr(9, 3)), .headers = {}, .body = {}};
    for (std::string header = line(); !header.empty(); header = line()) {
      const size_t colon = header.find(": ");
      answer.headers.push_back({header.substr(0, colon), header.substr(colon + 2)});
    }
    const std::string length = answer.header("Content-Length");
    if (to_head) {
      answer.whole = true;
    } else if (answer.header("Transfer-Encoding") == "chunked") {
      take_chunks(answer);
    } else if (!length.empty()) {
      answer.body = take(std::stoul(length));
      answer.whole = answer.body.size() == std::stoul(length);
    }
    return answer;
  }
  std::optional<Answer> ask(std::string_view request) {
    send(request);
    return receive();
  }

  // Fewer at the end.
  std::string take(size_t bytes) {
    while (received_.size() < bytes && more()) {
    }
    std::string taken = received_.substr(0, bytes);
    received_.erase(0, taken.size());
    return taken;
  }
  // Waits for the server to close; false when it sends something before that.
  bool at_end() { return received_.empty() && !more(); }

 private:
  explicit RawClient(int fd) : fd_(fd) {}

  static RawClient connect(int family, const sockaddr* to, socklen_t bytes) {
    const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MILLRACE_ASSERT(::connect(fd, to, bytes) == 0, std::strerror(errno));
    return RawClient(fd);
  }
  bool more() {
    std::array<char, 16384> piece;
    const ssize_t got = recv(fd_, piece.data(), piece.size(), 0);
    if (got <= 0) return false;
    received_.append(piece.data(), static_cast<size_t>(got));
    return true;
  }
  std::string line() {
    while (received_.find("\r\n") == std::string::npos && more()) {
    }
    const size_t end = received_.find("\r\n");
    std::string text = received_.substr(0, end);
    received_.erase(0, end == std::string::npos ? end : end + 2);
    return text;
  }
  void take_chunks(Answer& answer) {
    while (!answer.whole) {
      const std::string size = line();
      if (size.empty()) return;
      const size_t bytes = std::stoul(size, nullptr, 16);
      answer.body += take(bytes);
      line();
      answer.whole = bytes == 0;
    }
  }

  int fd_;
  std::string received_;
};

}  // namespace millrace
