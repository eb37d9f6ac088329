#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "flow/passage.h"
#include "flow/step.h"

namespace millrace {

// Watches the `at_most` of a flow's checks. A limit without `per` is judged at the end of the run, one with it at the
// end of each span of that length in the time records came in, and at the end of the run. Counts are judged as soon as
// they are passed.
class Thresholds {
 public:
  explicit Thresholds(const std::vector<CheckInfo>& checks);

  std::optional<Error> add(const std::vector<CheckCounts>& counts, int64_t ingested_at_us);
  std::optional<Error> finish() const;

 private:
  struct Watched {
    size_t check;
    std::string name;
    Limit limit;
    CheckCounts counts;  // since the span began
    int64_t span_begin_us = 0;
  };
  static std::optional<Error> judge(const Watched& watched, bool at_end);

  std::vector<Watched> watched_;
};

}  // namespace millrace
