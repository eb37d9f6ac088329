#include "cli/quickstart.h"

namespace millrace {

std::string_view quickstart_pipeline() {
  static constexpr std::string_view kText =
#include "cli/quickstart_pipeline.inc"
      ;
  return kText;
}

}  // namespace millrace
