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

class AvroSchema;

// What the values of a topic's records are, wherever the topic lies.
struct TopicFormat {
  std::string topic;
  ValueFormat value = ValueFormat::kJson;
  // Avro: what records are called ("users.UsersCreated"), for who writes them.
  std::string record = {};
  // Avro: what the columns are by, where that is a schema that others made, for who reads them; may be absent.
  std::shared_ptr<const AvroSchema> schema = nullptr;
  // Avro: the system that has the schemas; nullptr: they are where RunContext::schemas is.
  std::shared_ptr<System> schemas = nullptr;

  static TopicFormat of(const TopicDeclaration& topic);
};

// Avro that no flow of the file writes, and whose columns it does not declare: they are those of the newest schema in
// the registry, which is asked for it. Tells when there is none.
bool find_avro_columns(TopicDeclaration& topic, Place place, Diagnostics& diagnostics);

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

// When a sink is opened: whatever has to be arranged before the first record is arranged here. Avro needs a place for
// schemas, the format's or the run's.
Result<std::unique_ptr<TopicValueWriter>> make_topic_value_writer(const TopicFormat& format,
                                                                  const std::vector<VisibleColumn>& columns,
                                                                  const RunContext& run);

// Reads values of a topic, whose bytes are the origin's; one for each thread.
std::unique_ptr<RecordReader> make_topic_value_reader(const TopicFormat& format, std::vector<ReadColumn> columns,
                                                      const RunContext& run);

}  // namespace millrace
