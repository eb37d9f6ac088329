#pragma once

#include <string_view>

#include "base/result.h"
#include "data/builder.h"

namespace millrace {

// Character sets by Spark's names (case ignored): UTF-8, US-ASCII, ISO-8859-1, UTF-16 (with a byte order mark),
// UTF-16BE, UTF-16LE, UTF-32. An error names what does not fit; the row may hold a part of the result then.
Status add_encoded(std::string_view text, std::string_view charset, StringBuilder& out);
Status add_decoded(std::string_view bytes, std::string_view charset, StringBuilder& out);

}  // namespace millrace
