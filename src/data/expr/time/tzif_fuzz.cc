#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "data/expr/time/tzif.h"

// Whatever the bytes, each instant has exactly one span, and the span has it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::optional<millrace::Zone> zone = millrace::parse_tzif("fuzz", bytes);
  if (!zone) return 0;
  for (const int64_t us : {INT64_MIN, int64_t{-62'135'596'800'000'000}, int64_t{0}, int64_t{4'102'444'800'000'000},
                           int64_t{253'402'300'799'000'000}, INT64_MAX - 1}) {
    const millrace::Zone::Span utc = zone->at_utc(us);
    const millrace::Zone::Span local = zone->at_local(us);
    if (us < utc.begin_us || us >= utc.end_us || us < local.begin_us || us >= local.end_us) std::abort();
  }
  return 0;
}
