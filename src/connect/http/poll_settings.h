#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connect/http/fetcher.h"
#include "connect/http/paging.h"
#include "flow/run_times.h"
#include "flow/settings.h"
#include "wire/http/client.h"

namespace millrace {

// What is asked for, as the file says it, checked. A value.
struct PollSettings {
  std::string method;
  Node url;
  Node params;   // a map, or null
  Node headers;  // a map, or null
  Node body;     // a text, what is written as JSON, or null
  HttpHeaders auth;
  Paging paging;
  uint64_t pages_max = 0;  // the poll ends there; 0: at the last page
  bool conditional = true;
  Fetcher::Options fetching;
  HttpTimeouts timeouts;
  HttpLimits limits;
  HttpTls tls;
  std::vector<std::string> secrets;  // what may never be shown

  // From the settings of the component; nullopt after telling what is wrong.
  static std::optional<PollSettings> read(const Settings& settings, Diagnostics& diagnostics);

  // The request for a poll, before it is for one of its pages. `directory`: of the pipeline file.
  HttpRequest request(const RunTimes& times, const std::string& directory) const;
  std::string shown_url() const;
};

extern const Component kAuthSetting;

}  // namespace millrace
