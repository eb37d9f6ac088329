#include "flow/checks/list.h"

#include <array>

#include "flow/catalog.h"

namespace millrace {

std::span<const CheckComponent> all_checks() {
  static const std::array checks = {kRequiredCheck, kTypeCheck,    kEmailCheck,     kUuidCheck,     kUrlCheck,
                                    kPhoneCheck,    kDateCheck,    kTimestampCheck, kOneOfCheck,    kRangeCheck,
                                    kLengthCheck,   kPatternCheck, kUniqueCheck,    kNotFutureCheck};
  return checks;
}

}  // namespace millrace
