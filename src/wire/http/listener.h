#pragma once

#include <string>

#include "base/result.h"
#include "wire/http/server.h"

namespace millrace {

// A socket that listens; closed when it is destroyed, and a socket file goes with it.
class Listener {
 public:
  // `address` gets the port, when it asked for any.
  static Result<Listener> open(HttpAddress& address);
  static Result<Listener> open_unix(const std::string& path);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) noexcept;
  ~Listener();

  int fd() const { return fd_; }
  int release();  // the descriptor is the caller's; the file is still this one's

 private:
  explicit Listener(int fd) : fd_(fd) {}

  int fd_ = -1;
  std::string path_;  // removed at the end
};

}  // namespace millrace
