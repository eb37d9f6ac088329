#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "flow/component.h"
#include "flow/scope.h"
#include "store/topics/topic.h"

namespace millrace {

// The longest payload that is kept: it fits into one batch of a topic, however badly it compresses. A source that keeps
// its payloads takes no longer ones.
inline constexpr size_t kPayloadBytesMax = size_t{60} << 20;
inline constexpr int64_t kRawSegmentBytes = int64_t{16} << 20;  // retention takes whole segments of a topic

struct PayloadHeader {
  std::string name;
  std::string value;
  bool operator==(const PayloadHeader&) const = default;
};

// What a source got from outside in one go, before anything was made of it: an answer of an API, a delivery to a
// webhook.
struct Payload {
  int64_t at_us = 0;     // when it had come: when its records came in
  int64_t stamp_us = 0;  // Origin::stamp_us of its records
  std::string run_id;
  std::string source;  // Origin::source of its records: a URL without secrets, "webhook /events"
  int status = 0;      // of an answer; 0: of none
  std::vector<PayloadHeader> headers;
  std::string bytes;

  bool operator==(const Payload&) const = default;
};

// "***" in the place of values that are not for every reader: of headers that carry credentials by their name.
void mask_credentials(std::vector<PayloadHeader>& headers);

// What a source that gets payloads makes of one of them.
class PayloadCutter {
 public:
  virtual ~PayloadCutter() = default;
  // Its records, all in one origin, cut as the file says today, with the payload's own time; nullptr: the source takes
  // no records from such a payload (an answer of status 500). The error: what it says does not fit the flow.
  virtual Result<std::shared_ptr<Origin>> cut(const Payload& payload, const Slots& slots) const = 0;
};

// Where a flow keeps its payloads, as the file says it.
struct RawTopic {
  std::string name;  // of the topic: "users.api.raw"
  TopicCompression compression = TopicCompression::kZstd;
};

// The key `raw` of a flow.
extern const Component kRawDeclaration;

}  // namespace millrace
