#pragma once

#include <optional>
#include <string_view>

#include "data/formats/avro/schema.h"

namespace millrace {

// Words of schemas: "long", "timestamp-micros".
std::optional<AvroKind> avro_kind_of_name(std::string_view name);
std::string_view avro_logical_name(AvroLogical logical);
AvroLogical avro_logical_of_name(std::string_view name);  // kNone: it is not known

}  // namespace millrace
