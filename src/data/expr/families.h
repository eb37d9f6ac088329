#pragma once

#include <span>

#include "data/expr/function.h"

namespace millrace {

// One list per family, each in the file of its name; registry.cc joins them.
std::span<const Function> math_functions();           // functions/math.cc
std::span<const Function> conditional_functions();    // functions/conditional.cc
std::span<const Function> string_functions();         // functions/string.cc
std::span<const Function> string_search_functions();  // functions/string_search.cc
std::span<const Function> encode_functions();         // functions/encode.cc
std::span<const Function> regex_functions();          // functions/regex.cc
std::span<const Function> date_functions();           // functions/date.cc
std::span<const Function> collection_functions();     // functions/collection.cc
std::span<const Function> format_functions();         // functions/format.cc
std::span<const Function> lambda_functions();         // functions/lambda.cc
std::span<const Function> json_functions();           // functions/json.cc
std::span<const Function> hash_functions();           // functions/hash.cc
std::span<const Function> mask_functions();           // functions/mask.cc

}  // namespace millrace
