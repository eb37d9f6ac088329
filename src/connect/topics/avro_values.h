#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/topics/topic_values.h"
#include "data/formats/avro/schema.h"
#include "data/formats/record_writer.h"
#include "store/schemas/schema_registry.h"

// Values in Confluent's wire format: a zero byte, the id of the writer's schema as four bytes with the highest first,
// and the record as Avro has it.
namespace millrace {

inline constexpr size_t kAvroHeaderBytes = 5;
std::string avro_value_header(int32_t schema_id);
// nullopt: the value has no such header.
std::optional<int32_t> avro_schema_id(std::string_view value);

// Writes records of the schema that the columns have, which the registry gets to know first.
Result<std::unique_ptr<TopicValueWriter>> make_avro_value_writer(const TopicFormat& format,
                                                                 std::vector<WriteColumn> columns,
                                                                 SchemaRegistry& schemas);

// Reads records each by its own writer's schema, which is asked for once. One whose schema is not known, or does not
// fit the columns, has a fault; where the registry is away, reading stops. `reader`: what fields are called besides,
// and what they are where the writer does not have them; may be absent.
std::unique_ptr<RecordReader> make_avro_value_reader(std::vector<ReadColumn> columns, SchemaRegistry& schemas,
                                                     std::shared_ptr<const AvroSchema> reader);

// For people: a value as JSON, by its own schema. kInvalidArgument: it is none, or not known.
Result<std::string> avro_value_as_json(std::string_view value, SchemaRegistry& schemas);
// And back, by the latest schema of the topic. kInvalidArgument: it does not fit, or the schema is not one that
// millrace derived from columns.
Result<std::string> avro_value_of_json(std::string_view json, const std::string& topic, SchemaRegistry& schemas);

}  // namespace millrace
