#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "host/flow_status.h"

namespace millrace {

// What a terminal shows while flows are up; drawn again and again in its own place. One thread at a time.
class LiveScreen {
 public:
  struct About {
    std::string data;                   // the data directory
    std::string url;                    // where others may ask; empty: nowhere
    std::vector<std::string> try_next;  // command lines
  };
  LiveScreen(About about, const Clock& clock);

  void draw(const std::vector<FlowStatus>& flows);

 private:
  std::string rate_of(const FlowStatus& flow, int64_t now_us);

  About about_;
  const Clock& clock_;
  int64_t begin_us_;
  size_t lines_ = 0;  // on the screen
  struct Seen {
    uint64_t read = 0;
    int64_t at_us = 0;
    double per_s = 0;
  };
  std::map<std::string, Seen> seen_;  // by flow
};

}  // namespace millrace
