#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "flow/checks/value_set.h"
#include "flow/step.h"
#include "flow/step_state.h"
#include "flow/steps/key_filter.h"

namespace millrace {

// Which keys `dedupe` has let through, when, and out of which record. Records are of a part of the source (a
// partition), which has a time of its own; a key belongs to the part that it came in with.
//
// Claims that are committed are in the state of the step, in buckets by time; of each bucket a filter is in memory, so
// that only a key that has most likely been there is looked up. Newer claims are in memory whole. Without a state all
// are, and end with the run.
class Claims final : public StepMemory {
 public:
  static constexpr uint64_t kKeysMax = 50'000'000;  // with a state; about 8 bytes of memory each

  struct Record {
    int32_t part = 0;
    ValueKey key;
    int64_t time_us = 0;
    // How far time has got in this part when the record comes: what is `within` behind is forgotten.
    int64_t watermark_us = 0;
    uint64_t place = 0;  // of the record in its source
  };

  // Reads the filters from what is kept; nullptr: nothing is. `kept` must outlive the claims.
  static Result<std::unique_ptr<Claims>> load(StepState* kept, std::optional<int64_t> within_us);

  int64_t watermark_us(int32_t part) const;
  enum class Holder { kNobody, kOther, kItself };  // kOther: another record, close in time
  Result<Holder> holder(const Record& record) const;
  // The record has come through; nobody has the key. The error: there are kKeysMax keys.
  Status claim(const Record& record, StateChanges& changes);
  // No record of the part with an earlier watermark comes any more: forgets what is to be forgotten.
  void advance(int32_t part, int64_t watermark_us, StateChanges& changes);

 private:
  struct Bucket {
    KeyFilter filter;
    int64_t newest_us = INT64_MIN;
    uint64_t keys = 0;
  };
  struct Part {
    int64_t watermark_us = INT64_MIN;
    std::map<int64_t, Bucket> buckets;  // by where they begin
  };
  struct Claim {
    int64_t time_us;
    uint64_t place;
  };
  struct PartKey {
    int32_t part;
    ValueKey key;
    bool operator==(const PartKey&) const = default;
  };
  struct PartKeyHash {
    size_t operator()(const PartKey& of) const { return of.key.place() + static_cast<size_t>(of.part); }
  };
  struct Fresh {
    PartKey key;
    int64_t time_us;
    uint64_t change;  // number of the change that it is
  };

  Claims(StepState* kept, std::optional<int64_t> within_us) : kept_(kept), within_us_(within_us) {}
  Status read();
  Status add_read(const StepState::Entry& entry);
  Holder holder(const Claim& claim, const Record& record) const;
  bool forgotten(int64_t time_us, int64_t watermark_us) const;
  int64_t bucket_width_us() const;
  int64_t bucket_of(int64_t time_us) const;
  void forget_fresh();

  StepState* const kept_;
  const std::optional<int64_t> within_us_;
  std::map<int32_t, Part> parts_;
  uint64_t keys_ = 0;
  std::unordered_multimap<PartKey, Claim, PartKeyHash> fresh_;  // not known to be committed
  std::deque<Fresh> fresh_order_;
  uint64_t changes_ = 0;  // made so far
};

}  // namespace millrace
