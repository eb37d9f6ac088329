#include "wire/http/listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace millrace {
namespace {

constexpr int kBacklog = 128;

struct Bindable {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Bindable to_bindable(const HttpAddress& address) {
  Bindable result;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
  if (inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(address.port);
    result.bytes = sizeof(sockaddr_in);
  } else if (inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(address.port);
    result.bytes = sizeof(sockaddr_in6);
  }
  return result;
}

uint16_t port_of(int fd) {
  Bindable bound;
  bound.bytes = sizeof(bound.storage);
  MILLRACE_ASSERT(getsockname(fd, bound.get(), &bound.bytes) == 0, "a bound socket has a name");
  return ntohs(bound.storage.ss_family == AF_INET ? reinterpret_cast<sockaddr_in*>(&bound.storage)->sin_port
                                                  : reinterpret_cast<sockaddr_in6*>(&bound.storage)->sin6_port);
}

// Whether somebody listens on a socket file that is there.
enum class Socket { kLive, kStale, kUnknown };
Socket probe(const Bindable& address) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Socket::kUnknown;
  const int outcome = connect(fd, address.get(), address.bytes);
  const int error = errno;
  close(fd);
  if (outcome == 0 || error == EAGAIN || error == EINPROGRESS) return Socket::kLive;
  return error == ECONNREFUSED ? Socket::kStale : Socket::kUnknown;
}

}  // namespace

Listener::Listener(Listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::exchange(other.path_, {})) {}

Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

Listener::~Listener() {
  if (fd_ >= 0) close(fd_);
  if (!path_.empty()) unlink(path_.c_str());
}

int Listener::release() { return std::exchange(fd_, -1); }

Result<Listener> Listener::open(HttpAddress& address) {
  const Bindable bindable = to_bindable(address);
  if (bindable.bytes == 0) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot listen on {}: no IP address", address.text()));
  }
  Listener listener(socket(bindable.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (listener.fd() < 0) return errno_error(errno, "listen on", address.text());
  const int on = 1;
  setsockopt(listener.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(listener.fd(), bindable.get(), bindable.bytes) != 0 || ::listen(listener.fd(), kBacklog) != 0) {
    if (errno == EADDRINUSE) {
      return Error(
          ErrorCode::kAlreadyExists,
          fmt::format("cannot listen on {}: another program listens there; choose another port", address.text()));
    }
    return errno_error(errno, "listen on", address.text());
  }
  address.port = port_of(listener.fd());
  return listener;
}

Result<Listener> Listener::open_unix(const std::string& path) {
  Bindable bindable;
  auto* name = reinterpret_cast<sockaddr_un*>(&bindable.storage);
  if (path.size() >= sizeof(name->sun_path)) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot listen on {}: the path of a socket has at most {} bytes, and this one has {}",
                             path, sizeof(name->sun_path) - 1, path.size()));
  }
  name->sun_family = AF_UNIX;
  std::memcpy(name->sun_path, path.data(), path.size());
  bindable.bytes = sizeof(sockaddr_un);

  Listener listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (listener.fd() < 0) return errno_error(errno, "listen on", path);
  fchmod(listener.fd(), S_IRUSR | S_IWUSR);  // before there is a file that others could open
  if (bind(listener.fd(), bindable.get(), bindable.bytes) != 0) {
    struct stat there {};
    const bool is_socket = errno == EADDRINUSE && lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode);
    if (errno != EADDRINUSE) return errno_error(errno, "listen on", path);
    if (!is_socket) {
      return Error(ErrorCode::kAlreadyExists,
                   fmt::format("cannot listen on {}: there is a file that is no socket", path));
    }
    if (probe(bindable) != Socket::kStale) {
      return Error(ErrorCode::kAlreadyExists, fmt::format("cannot listen on {}: another process listens there", path));
    }
    if (unlink(path.c_str()) != 0 || bind(listener.fd(), bindable.get(), bindable.bytes) != 0) {
      return errno_error(errno, "listen on", path);
    }
  }
  listener.path_ = path;
  if (::listen(listener.fd(), kBacklog) != 0) return errno_error(errno, "listen on", path);
  return listener;
}

}  // namespace millrace
