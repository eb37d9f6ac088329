#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/avro/schema.h"
#include "data/type.h"

namespace millrace {

// The schema of records with these columns, all of which may be null and are by default. What has a type of Avro's has
// it: decimals are bytes, timestamps count microseconds; a map whose keys are no texts is an array of key and value.
// The columns' names must be Avro's (avro_name_problem).
AvroSchema avro_schema_of(std::span<const Field> columns, std::string_view record_name);

// What to call the records of a topic: "users" and "users_created" give "users.UsersCreated".
std::string avro_record_name(std::string_view pipeline, std::string_view topic);

// Which name of a column, or of a field inside of one, cannot be a field of Avro's; nullopt: none.
std::optional<std::string> avro_name_problem(std::span<const Field> columns);

// The columns that the records of a schema have. A union of one type and null is that type; one of more is a struct of
// member0, member1, ..., of which one is not null, as Spark has it.
struct AvroColumns {
  std::vector<Field> columns;
  std::vector<std::string> left_out;  // those that no column can hold, and why: "next: a type inside of itself"
};
// kInvalidArgument: it is no record.
Result<AvroColumns> avro_columns_of(const AvroSchema& schema);

}  // namespace millrace
