#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// A time zone: how far local time is from UTC, and since when. Immutable; shared between threads.
class Zone {
 public:
  struct Transition {
    int64_t us;         // UTC; the offset holds from here on
    int64_t offset_us;  // local time minus UTC
  };
  // Where one offset holds: [begin_us, end_us).
  struct Span {
    int64_t begin_us, end_us, offset_us;
  };

  // `first_offset_us` holds before the first transition. With `cyclic_from` the transitions at and after that instant
  // describe the 400 years from there, and repeat.
  Zone(std::string id, int64_t first_offset_us, const std::vector<Transition>& transitions = {},
       std::optional<int64_t> cyclic_from = std::nullopt);

  const std::string& id() const { return id_; }  // as it was written
  bool is_fixed() const { return offsets_us_.size() == 1; }
  Span at_utc(int64_t utc_us) const { return find(utc_starts_us_, utc_us); }
  // By local time, as java.time does it: of two instants the earlier; a time that does not exist moves on by the gap.
  Span at_local(int64_t local_us) const { return find(local_starts_us_, local_us); }

 private:
  Span find(const std::vector<int64_t>& starts_us, int64_t us) const;

  std::string id_;
  std::vector<int64_t> utc_starts_us_;    // [i]: from when offsets_us_[i] holds; [0] is the beginning of time
  std::vector<int64_t> local_starts_us_;  // the same on the local clock
  std::vector<int64_t> offsets_us_;
  std::optional<int64_t> cyclic_from_us_;
};

// A region id (Europe/Paris), an offset (Z, +1, +01, +0100, +01:00, +01:00:00, +1:00), one behind a prefix (UTC, GMT+8,
// UT-03:30), or one of Java's short ids (PST, IST). nullptr when there is no such zone. Case matters, as in Spark.
// Reads a file for a region: keep the result, or use a ZoneFinder.
std::shared_ptr<const Zone> find_zone(std::string_view text);

// The offset alone, in seconds: "Z", "+01:00" and the other forms above without a prefix; at most 18 hours.
std::optional<int32_t> parse_zone_offset(std::string_view text);

// Finds zones by name row after row: each is read once, misses are remembered too. Belongs to one thread.
class ZoneFinder {
 public:
  static constexpr size_t kRememberedMax = 1024;  // names; beyond that it forgets them all and starts again
  const Zone* find(std::string_view text);        // valid until the next find()

 private:
  struct Known {
    std::string text;
    std::shared_ptr<const Zone> zone;
  };
  std::vector<Known> known_;
  size_t last_ = 0;
};

// Converts a column of values: remembers the span it is in, so that neighbours are not searched for again. Belongs to
// one thread; borrows the zone. Values within 18 hours of the ends of time stay as they are at the end (they saturate).
class ZoneCursor {
 public:
  explicit ZoneCursor(const Zone& zone) : zone_(&zone) {}
  int64_t offset_at_utc(int64_t utc_us) {
    if (utc_us < utc_.begin_us || utc_us >= utc_.end_us) utc_ = zone_->at_utc(utc_us);
    return utc_.offset_us;
  }
  int64_t to_local(int64_t utc_us) { return saturating_add(utc_us, offset_at_utc(utc_us)); }
  int64_t to_utc(int64_t local_us) {
    if (local_us < local_.begin_us || local_us >= local_.end_us) local_ = zone_->at_local(local_us);
    return saturating_add(local_us, -local_.offset_us);
  }

 private:
  static int64_t saturating_add(int64_t a, int64_t b) {
    int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b < 0 ? INT64_MIN : INT64_MAX;
  }

  const Zone* zone_;
  Zone::Span utc_{0, 0, 0};  // empty: nothing is in it
  Zone::Span local_{0, 0, 0};
};

}  // namespace millrace
