#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/http/message.h"

namespace millrace {

struct HttpParameter {
  std::string name;
  std::string value;
};

// A request as it came, whole.
struct IncomingRequest {
  std::string method;                                     // "GET"; HEAD comes as GET, and its answer's body is left out
  std::string path;                                       // decoded, without the query; begins with '/'
  std::vector<HttpParameter> query;                       // decoded, in their order
  HttpHeaders headers;                                    // in their order
  std::string body;                                       // as it was sent: Content-Encoding is the handler's to undo
  std::string peer;                                       // "127.0.0.1:40122", "unix": for logs
  std::map<std::string, std::string, std::less<>> names;  // what stood for the {names} of the route's pattern

  std::optional<std::string_view> header(std::string_view name) const;     // the first of that name, in whatever case
  std::optional<std::string_view> parameter(std::string_view name) const;  // the first of that name in the query
  const std::string& named(std::string_view name) const;                   // the pattern has this {name}
};

// What is sent back. Content-Length, Transfer-Encoding, Connection and Date are the server's.
struct HttpAnswer {
  int status = 200;
  std::string content_type = "application/json";  // empty: no such header
  std::string body = {};
  HttpHeaders headers = {};
};

// Answers one request: either send(), or begin(), any number of write() and end(). Belongs to the handler, which may
// keep it and answer later from any thread, one thread at a time; only write() waits. One that is destroyed before it
// has answered sends a 500, one that is destroyed in mid-stream cuts the connection, so that a peer never takes a part
// for the whole. May outlive the server: then nothing is sent.
class HttpReply {
 public:
  virtual ~HttpReply() = default;
  virtual void send(HttpAnswer answer) = 0;
  // The answer's body comes in pieces; what `head` has as its body is the first.
  virtual void begin(HttpAnswer head) = 0;
  // Waits while the peer has yet to take more than HttpServerLimits::stream_bytes_max. kCancelled: nobody wants the
  // rest.
  virtual Status write(std::string_view piece) = 0;
  virtual void end() = 0;
  // False once the peer has gone or the server is ending: a handler that waits for something looks here now and then.
  virtual bool wanted() const = 0;
};

using HttpHandler = std::function<void(IncomingRequest request, std::unique_ptr<HttpReply> reply)>;

// What people and programs see when something is wrong: {"error":"..."} and a line feed.
HttpAnswer error_answer(int status, std::string_view text);
// The status that fits the error's code (400, 404, 403, 409, 503, ...) with its text.
HttpAnswer error_answer(const Error& error);

}  // namespace millrace
