#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/home/offset_set.h"
#include "flow/payload.h"
#include "store/topics/topic_store.h"

namespace millrace {

// A payload in its topic: the bytes are the record's value, the rest are its headers.
struct KeptPayload {
  int64_t at = 0;    // its offset: its name
  std::string flow;  // "users.ingest"
  Payload payload;

  // nullopt: the record is none. The error: of a version that this build does not read, or damaged.
  static Result<std::optional<KeptPayload>> of(const TopicRecord& record);
};

void add_payload(RecordBatchEncoder& encoder, std::string_view flow, const Payload& payload);

// The topics of payloads that there are.
std::vector<std::string> raw_topics(const TopicStore& topics);

// Which payloads are meant; what is not said does not matter.
struct PayloadQuery {
  std::string flow;  // "users.ingest", or "ingest" of any pipeline
  std::optional<OffsetSet> at;
  std::string run;                        // that got them
  std::optional<int64_t> from_us, to_us;  // when they came: from this time on, and before that one

  bool says_nothing() const { return !at && run.empty() && !from_us && !to_us; }
  bool wants(const KeptPayload& kept) const;
  std::string text() const;  // equal where the same is meant: "at 0-4,9"
};

// Reads payloads in their order, up to the end that the topic had when it was opened. Belongs to one thread.
class PayloadReader {
 public:
  struct Range {
    int64_t from = 0;
    int64_t until = INT64_MAX;  // this one is not in it
  };
  static Result<PayloadReader> open(const TopicStore& topics, std::string topic, PayloadQuery query, Range range);

  Result<std::optional<KeptPayload>> next();
  int64_t end() const { return end_; }  // one beyond the last that may come

 private:
  PayloadReader(const TopicStore& topics, std::string topic, PayloadQuery query)
      : topics_(&topics), topic_(std::move(topic)), query_(std::move(query)) {}
  Status fetch();

  const TopicStore* topics_;
  std::string topic_;
  PayloadQuery query_;
  int64_t next_ = 0;
  int64_t end_ = 0;
  Fetched fetched_;                   // what is left of it is looked at next
  std::vector<KeptPayload> decoded_;  // of one batch, the next one last
};

}  // namespace millrace
