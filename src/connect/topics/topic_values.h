#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/batch.h"
#include "data/formats/record_reader.h"
#include "flow/connector.h"

namespace millrace {

// What the values of a topic's records are, wherever the topic lies.
struct TopicFormat {
  std::string topic;
  ValueFormat value = ValueFormat::kJson;
};

// The values of rows, in their order. They lie in `bytes`, or in the batch's own columns.
struct TopicValues {
  Buffer bytes;
  std::vector<std::string_view> rows;
};

// Writes rows as values of a topic. Immutable: called from many threads at once.
class TopicValueWriter {
 public:
  virtual ~TopicValueWriter() = default;
  virtual TopicValues write(const Batch& batch, const Rows& rows) const = 0;
  // No value of the batch is longer than this; most are far shorter. Looks at sizes alone.
  virtual size_t value_bytes_at_most(const Batch& batch) const = 0;
  // Whether refuse() may give anything.
  virtual bool may_refuse() const { return false; }
  // Why a row cannot be a value of the topic; nullopt: it can.
  virtual std::optional<Fault> refuse(const Batch& /*batch*/, size_t /*row*/) const { return std::nullopt; }
};

// When a sink is opened: whatever has to be arranged before the first record is arranged here.
Result<std::unique_ptr<TopicValueWriter>> make_topic_value_writer(const TopicFormat& format,
                                                                  const std::vector<VisibleColumn>& columns,
                                                                  const RunContext& run);

// Reads values of a topic, whose bytes are the origin's; one for each thread.
std::unique_ptr<RecordReader> make_topic_value_reader(const TopicFormat& format, std::vector<ReadColumn> columns,
                                                      const RunContext& run);

}  // namespace millrace
