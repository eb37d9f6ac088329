#include "connect/http/poll_position.h"

#include <nlohmann/json.hpp>

namespace millrace {

std::string PollPosition::token() const {
  nlohmann::json out = nlohmann::json::object();
  if (pages > 0) {
    if (at_end) {
      out["at_end"] = true;
    } else {
      out["next"] = next;
    }
    out["start_us"] = times.start_us;
    out["end_us"] = times.end_us;
  }
  if (!validators.empty()) {
    out["etag"] = validators.etag;
    out["modified"] = validators.modified;
    out["request"] = validators.request;
  }
  // A server may send what is no UTF-8; then its next page is not found, and that is told.
  return out.empty() ? "" : out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

PollPosition PollPosition::of(const Position& position) {
  const auto part = position.find(std::string(kPollPart));
  if (part == position.end()) return {};
  try {
    const auto in = nlohmann::json::parse(part->second.token);
    return {.pages = part->second.next,
            .at_end = in.value("at_end", false),
            .next = in.value("next", ""),
            .times = {.start_us = in.value("start_us", int64_t{0}), .end_us = in.value("end_us", int64_t{0})},
            .validators = {.etag = in.value("etag", ""),
                           .modified = in.value("modified", ""),
                           .request = in.value("request", uint64_t{0})}};
  } catch (const nlohmann::json::exception&) {
    return {};  // of a flow that had another source
  }
}

Position PollPosition::as_position(int64_t stamp_us) const {
  return {{std::string(kPollPart), {.next = pages, .stamp_us = stamp_us, .token = token()}}};
}

}  // namespace millrace
