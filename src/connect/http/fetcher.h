#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "base/random.h"
#include "connect/http/pace.h"
#include "flow/connector.h"
#include "wire/http/client.h"

namespace millrace {

// Of answers that were refused, as long as they are kept.
inline constexpr size_t kRefusedBytesMax = size_t{1} << 20;

// Asks until there is an answer to work with: keeps to a rate, waits as long as the server says, and asks again for
// what may go better. One thread at a time.
class Fetcher {
 public:
  struct Options {
    Rate rate;
    int64_t wait_max_us = 0;  // how long a server may put off one page, by Retry-After
    bool keep_refused = false;
  };
  Fetcher(Options options, const RunContext& run);

  // An answer of status 2xx or 304. The error: it is none of these, and asking again is of no use, or was not; or the
  // run is to stop (kCancelled).
  Result<HttpResponse> fetch(HttpRequest request);

  // Where they are kept: the answers to work with nothing of, since the last call, with when they came. The newest
  // ones, of kRefusedBytesMax in all, but the last one at least.
  struct Refused {
    int64_t at_us = 0;
    HttpResponse response;
  };
  std::deque<Refused> take_refused();

  // What people are to know of the waits; empty: there were none.
  std::string note() const;

 private:
  void keep(HttpResponse response);
  Result<HttpResponse> ask(const HttpRequest& request, std::optional<int64_t>& told_to_wait_us);
  Status wait(int64_t us, const std::string& why);

  Options options_;
  const RunContext& run_;
  std::unique_ptr<HttpClient> client_;
  Pace pace_;
  Random random_;
  std::deque<Refused> refused_;
  size_t refused_bytes_ = 0;
  uint64_t asked_again_ = 0;
  int64_t waited_us_ = 0;
  std::string last_reason_;
};

}  // namespace millrace
