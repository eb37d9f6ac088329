#pragma once

#include "flow/check.h"

namespace millrace {

// list.cc joins them.
extern const CheckComponent kRequiredCheck;
extern const CheckComponent kUniqueCheck;
extern const CheckComponent kNotFutureCheck;
extern const CheckComponent kEmailCheck;
extern const CheckComponent kUuidCheck;
extern const CheckComponent kUrlCheck;
extern const CheckComponent kPhoneCheck;
extern const CheckComponent kLengthCheck;
extern const CheckComponent kPatternCheck;
extern const CheckComponent kTypeCheck;
extern const CheckComponent kDateCheck;
extern const CheckComponent kTimestampCheck;
extern const CheckComponent kOneOfCheck;
extern const CheckComponent kRangeCheck;

}  // namespace millrace
