#pragma once

// The binds of the format family, by file; format.cc lists them with their descriptions.

#include "data/expr/function.h"

namespace millrace::formats {

using Args = std::span<const BindArg>;

BindResult bind_format_number(Args args);  // format_number.cc
BindResult bind_format_string(Args args);  // format_string.cc
// format_sql.cc
BindResult bind_to_char(Args args);
BindResult bind_to_number(Args args);

}  // namespace millrace::formats
