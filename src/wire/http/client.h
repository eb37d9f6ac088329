#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/http/message.h"

namespace millrace {

// 0: none.
struct HttpTimeouts {
  int64_t connect_us = 10'000'000;  // name, connection and TLS
  int64_t idle_us = 30'000'000;     // no byte comes or goes
  int64_t whole_us = 120'000'000;   // one exchange; each redirect is another
};

struct HttpLimits {
  size_t header_bytes_max = size_t{64} << 10;
  size_t body_bytes_max = size_t{64} << 20;  // as decompressed; 0: none
  int redirects_max = 5;                     // 0: an answer that redirects is given back as it is
};

// Certificates are verified, unless that is switched off by a name that says so.
struct HttpTls {
  std::string ca_file;  // certificates to trust instead of the system's, PEM
  bool insecure = false;
  std::string certificate_file = {};  // to show who asks, PEM; with its key
  std::string key_file = {};
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;      // http or https
  HttpHeaders headers;  // Authorization, Cookie and Proxy-Authorization are credentials without saying so
  std::string body;
  std::string unix_socket;  // the path of a socket to ask instead of the URL's host; no TLS then
  HttpTimeouts timeouts;
  HttpLimits limits;
  HttpTls tls;
  std::vector<std::string> secrets;  // texts that no error may quote, wherever they stand
  std::function<bool()> stopping;    // asked every 100 ms; once true: kCancelled
  // Takes the body of a 2xx answer as it comes, instead of HttpResponse::body; its error ends the exchange.
  std::function<Status(std::string_view bytes)> on_body;
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;       // gzip, br and zstd are decoded
  std::string url;        // after redirects; may hold secrets
  std::string shown_url;  // the same for people
  size_t bytes_received = 0;
};

// Asks one request and waits for its answer, on the caller's thread. Any status is an answer. Errors name the method
// and the URL without secrets; kUnavailable and kTimeout may go better later, kFailed is a limit that was passed,
// kPermission a certificate that is not trusted. Redirects lead to http and https only; credentials and bodies never go
// to another host. Any number of threads; connections are kept and used again.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Result<HttpResponse> send(const HttpRequest& request) = 0;
};

// On libcurl. Asks through the proxies of the environment (https_proxy, no_proxy), but loopback directly.
std::unique_ptr<HttpClient> real_http_client();

// An answer that was not hoped for, as an error: retryable as its status is, with the beginning of its body.
Error status_error(const HttpRequest& request, const HttpResponse& response);

}  // namespace millrace
