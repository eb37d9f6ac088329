#pragma once

#include <cstdint>
#include <string>

#include "flow/run_times.h"
#include "flow/transaction.h"

namespace millrace {

// What a server said of the last answer, so that it can say that nothing has changed since.
struct Validators {
  std::string etag;
  std::string modified;
  uint64_t request = 0;  // a hash of the request that they are for
  bool empty() const { return etag.empty() && modified.empty(); }
  bool operator==(const Validators&) const = default;
};

// Where a flow that polls has got to. Kept as the one part of its position: `next` is how many pages of the poll are
// through, 0 between two polls; the rest is the token.
struct PollPosition {
  uint64_t pages = 0;
  bool at_end = false;  // those were all
  std::string next;     // the next page: a number, a cursor, a URL; what it is called is the paging's business
  RunTimes times;       // of the poll, so that its last page asks for what its first one did
  Validators validators;

  // What stays when the poll is over.
  PollPosition between_polls() const { return {.validators = validators}; }
  bool operator==(const PollPosition&) const = default;

  std::string token() const;
  // What cannot be read is a poll that begins.
  static PollPosition of(const Position& position);
  // The position of a flow whose last record was stamped so.
  Position as_position(int64_t stamp_us) const;
};

inline constexpr std::string_view kPollPart = "poll";

}  // namespace millrace
