#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "wire/cql/frame.h"
#include "wire/cql/loop.h"
#include "wire/cql/message.h"

namespace millrace::cql {

inline constexpr uint16_t kDefaultPort = 9042;
inline constexpr size_t kStreamsMax = 4'096;  // requests of one connection that wait for their answers

struct Endpoint {
  std::string host;  // a name or an address
  uint16_t port = kDefaultPort;
  std::string text() const;
  auto operator<=>(const Endpoint&) const = default;
};

// How peers are known and we are: certificates and keys, from files. Immutable.
class Tls {
 public:
  struct Options {
    std::string ca;  // file of certificates; empty: the system's
    std::string certificate, key;
    bool verify = true;  // the chain, and that the certificate is for the host that was asked
  };
  static Result<std::shared_ptr<const Tls>> load(const Options& options);
  virtual ~Tls() = default;
};

struct ConnectionOptions {
  Endpoint endpoint;
  std::shared_ptr<const Tls> tls;  // nullptr: in the clear
  std::string user, password;
  Compression compression = Compression::kNone;
  uint8_t version = kNewestVersion;
  int64_t connect_timeout_us = 5'000'000;   // until it is ready
  int64_t request_timeout_us = 12'000'000;  // longer than the servers' own
  int64_t idle_us = 30'000'000;             // without a request: one is made to see whether the peer is there
};

class Connection;

// Gets what comes of requests, in the loop's thread. May ask again from within.
class Answered {
 public:
  virtual ~Answered() = default;
  // The frame is there during the call.
  virtual void answered(Connection& connection, uint64_t tag, const Frame& frame) = 0;
  // There will be no answer; whether the request was carried out is not known.
  virtual void unanswered(Connection& connection, uint64_t tag, const Error& error) = 0;
};

// Gets what becomes of a connection, in the loop's thread.
class ConnectionWatch {
 public:
  virtual ~ConnectionWatch() = default;
  virtual void ready(Connection& connection) = 0;
  // Once, also when it has never been ready; all requests have been told before.
  virtual void closed(Connection& connection, const Error& why) = 0;
  virtual void event(Connection& connection, const Answer& event) = 0;
};

// One connection to one node: many requests at once, each on a stream of its own. Used in the loop's thread only. What
// is asked within one turn of the loop is sent together. A peer that answers what was not asked, or claims what cannot
// be, is cut off.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // Connects, encrypts, greets and logs in, then tells `watch`, which must outlive the connection's closing.
  // kPermission: the peer does not let us in. kInvalidArgument: it speaks no version that is spoken here (the error's
  // text has the version that it proposes; server_version() too).
  static std::shared_ptr<Connection> open(Loop& loop, ConnectionOptions options, ConnectionWatch& watch);
  virtual ~Connection() = default;

  virtual bool is_ready() const = 0;
  virtual size_t in_flight() const = 0;
  virtual bool has_room() const = 0;  // for one more request
  virtual uint8_t version() const = 0;
  virtual uint8_t server_version() const = 0;  // of what the server has sent last; 0: nothing
  virtual const Endpoint& endpoint() const = 0;

  // A request: begin(), append its body to what that gave, end(). There must be room.
  virtual std::string& begin(Opcode opcode, Answered& answered, uint64_t tag) = 0;
  virtual void end() = 0;

  // Looks for requests that have waited too long; to be called now and then.
  virtual void tick(int64_t now_us) = 0;
  virtual void close(const Error& why) = 0;
  // The same without telling anybody.
  virtual void abandon() = 0;

  void* owner = nullptr;  // whatever the watch wants to know it by
};

}  // namespace millrace::cql
