#pragma once

#include <optional>
#include <string_view>

#include "wire/http/exchange.h"

namespace millrace {

// Who is answered at all.
struct Screening {
  bool needs_host = true;           // HTTP/1.1
  bool local_hosts_only = false;    // the Host header names this machine's loopback
  bool local_origins_only = false;  // and so does the Origin header, if there is one
};

// Looks at the headers of a request and takes its target apart; the refusal, when it is not to be answered.
std::optional<HttpAnswer> screen(std::string_view target, const Screening& screening, IncomingRequest& request);

}  // namespace millrace
