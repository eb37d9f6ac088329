#pragma once

#include <memory>
#include <optional>

#include <curl/curl.h>

#include "wire/http/client.h"
#include "wire/http/url.h"

namespace millrace {

// One request and one answer at a time over libcurl, without following redirects. Keeps its connections from one to
// the next. One thread at a time.
class CurlExchange {
 public:
  CurlExchange();
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;
  ~CurlExchange();

  // `request.url` is `url`, parsed. `headers` and `body` are what is sent of the request's own.
  Result<HttpResponse> run(const HttpRequest& request, const HttpUrl& url);

 private:
  struct Running;  // what the callbacks of one exchange see

  void set_up(Running& running, const HttpRequest& request, const HttpUrl& url);
  Status wait(Running& running);
  Error curl_error(CURLcode code, const Running& running) const;

  template <typename Value>
  void set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy_, option, value);
    MILLRACE_ASSERT(code == CURLE_OK, curl_easy_strerror(code));
  }

  CURLM* multi_;
  CURL* easy_;
};

// Once per process, before anything else of libcurl.
void set_up_curl();

}  // namespace millrace
