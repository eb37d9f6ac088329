#pragma once

#include <memory>
#include <string>

#include "flow/check.h"

namespace millrace {

// `range` of a column of whole numbers, doubles, dates or timestamps, compared without a program. nullptr where only
// the program can say: other types, and bounds that are no constants of the type. `explained` is what explain() gives.
std::unique_ptr<Check> make_range_check(const VisibleColumn& column, const RangeText& range, std::string wanted,
                                        std::string explained);

}  // namespace millrace
