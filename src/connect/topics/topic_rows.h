#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/topics/topic_values.h"
#include "store/topics/partitioner.h"

namespace millrace {

// The keys of rows; those that have to be made are kept here.
struct TopicKeys {
  std::vector<std::optional<std::string_view>> rows;
  std::deque<std::string> made;
};

// Rows of a flow as records of a topic, whatever keeps the topic: values, keys and partitions. Immutable: called from
// many threads at once.
class TopicRows {
 public:
  struct Options {
    TopicFormat format;
    std::optional<VisibleColumn> key;
    size_t record_bytes_max = 0;  // key and value
  };
  TopicRows(Options options, std::unique_ptr<TopicValueWriter> values)
      : options_(std::move(options)), values_(std::move(values)) {}

  // The rows that the topic cannot take.
  std::vector<Fault> refuse(const Batch& batch, const Rows& rows) const;
  TopicValues values(const Batch& batch, const Rows& rows) const { return values_->write(batch, rows); }
  TopicKeys keys(const Batch& batch, const Rows& rows) const;
  // What has no key goes by its place in the source, so that a replay and other sizes of batches put it there again.
  static int32_t partition_of(const Partitioner& partitioner, const std::optional<std::string_view>& key,
                              const Batch& batch, size_t row);

 private:
  std::optional<Fault> too_long(const Batch& batch, size_t row) const;

  Options options_;
  std::unique_ptr<TopicValueWriter> values_;
};

}  // namespace millrace
