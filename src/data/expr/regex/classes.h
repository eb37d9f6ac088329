#pragma once

#include <optional>
#include <string_view>

#include "data/expr/regex/char_set.h"

namespace millrace {

// \d \s \w \h \v and, by the capital letter, their complements; nullopt for any other letter.
std::optional<CharSet> escape_class(char32_t letter);

// What stands in \p{...}: a general category, a POSIX or java name, Is + property, category or script, script=, gc=.
// `fold` is (?i), under which the case properties match every case.
std::optional<CharSet> property_class(std::string_view name, bool fold);

// What Java matches under (?i) where `set` stands: ASCII letters only, or with `unicode` (the flag u) all.
CharSet fold_case(const CharSet& set, bool unicode);

}  // namespace millrace
