#include "flow/steps/claims.h"

#include <algorithm>

#include <fmt/format.h>

#include "data/cql/bytes.h"

namespace millrace {
namespace {

// Keys of the state: 'k', part (4), where the bucket begins (8), the key (16) -> time (8), place (8); 'w', part (4) ->
// generation of the books (8), watermark (8). All big endian, times with the sign bit turned.
constexpr char kClaim = 'k';
constexpr char kWatermark = 'w';
constexpr size_t kBucketKeyBytes = 1 + 4 + 8;
constexpr int64_t kBucketsWithin = 2;

uint64_t ordered(int64_t value) { return static_cast<uint64_t>(value) ^ (uint64_t{1} << 63); }
int64_t unordered(uint64_t value) { return static_cast<int64_t>(value ^ (uint64_t{1} << 63)); }

std::string bucket_key(int32_t part, int64_t bucket) {
  std::string key(1, kClaim);
  append_be(static_cast<uint32_t>(part), key);
  append_be(ordered(bucket), key);
  return key;
}

std::string watermark_key(int32_t part) {
  std::string key(1, kWatermark);
  append_be(static_cast<uint32_t>(part), key);
  return key;
}

std::string pair_of(uint64_t first, uint64_t second) {
  std::string bytes;
  append_be(first, bytes);
  append_be(second, bytes);
  return bytes;
}

// b - a < within, whatever a and b are.
bool less_apart(int64_t a, int64_t b, int64_t within) {
  int64_t apart = 0;
  if (__builtin_sub_overflow(b, a, &apart)) return b < a;
  return apart < within;
}

}  // namespace

Result<std::unique_ptr<Claims>> Claims::load(StepState* kept, std::optional<int64_t> within_us) {
  std::unique_ptr<Claims> claims(new Claims(kept, within_us));
  if (kept != nullptr) {
    if (Status read = claims->read(); !read.ok()) return read.error().with_context("what dedupe remembers");
  }
  return claims;
}

Status Claims::read() {
  std::string after;
  while (true) {
    TRY(entries, kept_->next_entries(after));
    if (entries.empty()) return {};
    for (const StepState::Entry& entry : entries) TRY_STATUS(add_read(entry));
    after = entries.back().key;
  }
}

Status Claims::add_read(const StepState::Entry& entry) {
  const std::string_view key = entry.key;
  const std::string_view value = entry.value;
  const bool claim = key.size() == kBucketKeyBytes + ValueKey::kBytes && key[0] == kClaim;
  const bool watermark = key.size() == 1 + 4 && key[0] == kWatermark;
  if (value.size() != 16 || (!claim && !watermark)) {
    return Error(ErrorCode::kCorruption, "an entry has a form that this program does not know");
  }
  Part& part = parts_[static_cast<int32_t>(read_be<uint32_t>(key.substr(1)))];
  if (watermark) {
    if (read_be<uint64_t>(value) == kept_->generation()) {
      part.watermark_us = unordered(read_be<uint64_t>(value.substr(8)));
    }
    return {};
  }
  Bucket& bucket = part.buckets[unordered(read_be<uint64_t>(key.substr(5)))];
  bucket.filter.add(ValueKey::of_bytes(key.substr(kBucketKeyBytes)).place());
  bucket.newest_us = std::max(bucket.newest_us, unordered(read_be<uint64_t>(value)));
  ++bucket.keys;
  ++keys_;
  return {};
}

int64_t Claims::watermark_us(int32_t part) const {
  const auto found = parts_.find(part);
  return found == parts_.end() ? INT64_MIN : found->second.watermark_us;
}

bool Claims::forgotten(int64_t time_us, int64_t watermark_us) const {
  return within_us_ && !less_apart(time_us, watermark_us, *within_us_);
}

// The same record may come again, and is no duplicate of itself.
Claims::Holder Claims::holder(const Claim& claim, const Record& record) const {
  if (claim.place == record.place) return claim.time_us == record.time_us ? Holder::kItself : Holder::kNobody;
  if (!within_us_) return Holder::kOther;
  const bool close =
      less_apart(claim.time_us, record.time_us, *within_us_) && less_apart(record.time_us, claim.time_us, *within_us_);
  return close && !forgotten(claim.time_us, record.watermark_us) ? Holder::kOther : Holder::kNobody;
}

Result<Claims::Holder> Claims::holder(const Record& record) const {
  Holder holder_so_far = Holder::kNobody;
  const auto [first, last] = fresh_.equal_range({record.part, record.key});
  for (auto at = first; at != last; ++at) {
    holder_so_far = std::max(holder_so_far, holder(at->second, record));
  }
  const auto part = parts_.find(record.part);
  if (holder_so_far != Holder::kNobody || kept_ == nullptr || part == parts_.end()) return holder_so_far;
  for (const auto& [begin, bucket] : part->second.buckets) {
    if (!bucket.filter.may_contain(record.key.place())) continue;
    std::string key = bucket_key(record.part, begin);
    record.key.append_to(key);
    TRY(found, kept_->get(key));
    if (!found) continue;
    const std::string_view bytes = *found;
    holder_so_far = std::max(holder_so_far,
                             holder({unordered(read_be<uint64_t>(bytes)), read_be<uint64_t>(bytes.substr(8))}, record));
  }
  return holder_so_far;
}

int64_t Claims::bucket_width_us() const { return std::max<int64_t>(1, *within_us_ / kBucketsWithin); }

int64_t Claims::bucket_of(int64_t time_us) const {
  if (!within_us_) return INT64_MIN;
  const int64_t rest = time_us % bucket_width_us();
  const int64_t into = rest < 0 ? rest + bucket_width_us() : rest;
  return time_us < INT64_MIN + into ? INT64_MIN : time_us - into;
}

Status Claims::claim(const Record& record, StateChanges& changes) {
  if (forgotten(record.time_us, record.watermark_us)) return {};
  forget_fresh();
  ++changes_;
  fresh_.emplace(PartKey{record.part, record.key}, Claim{record.time_us, record.place});
  fresh_order_.push_back({{record.part, record.key}, record.time_us, changes_});
  if (kept_ == nullptr) return {};
  if (keys_ >= kKeysMax) {
    return Error(
        ErrorCode::kResource,
        fmt::format("dedupe remembers {} keys, which is as many as it can; give it a `within`, or a shorter one",
                    kKeysMax));
  }
  const int64_t begin = bucket_of(record.time_us);
  std::string key = bucket_key(record.part, begin);
  record.key.append_to(key);
  changes.put(key, pair_of(ordered(record.time_us), record.place));
  Bucket& bucket = parts_[record.part].buckets[begin];
  bucket.filter.add(record.key.place());
  bucket.newest_us = std::max(bucket.newest_us, record.time_us);
  ++bucket.keys;
  ++keys_;
  return {};
}

// What is committed is found in the state; without one, what is to be forgotten goes.
void Claims::forget_fresh() {
  const uint64_t committed = kept_ == nullptr ? 0 : kept_->committed();
  while (!fresh_order_.empty()) {
    const Fresh& oldest = fresh_order_.front();
    const bool gone =
        kept_ != nullptr ? oldest.change <= committed : forgotten(oldest.time_us, watermark_us(oldest.key.part));
    if (!gone) return;
    const auto [first, last] = fresh_.equal_range(oldest.key);
    const auto claim = std::find_if(first, last, [&](const auto& one) { return one.second.time_us == oldest.time_us; });
    fresh_.erase(claim);
    fresh_order_.pop_front();
  }
}

void Claims::advance(int32_t part_number, int64_t watermark_us, StateChanges& changes) {
  if (!within_us_) return;
  Part& part = parts_[part_number];
  if (watermark_us <= part.watermark_us) return;
  part.watermark_us = watermark_us;
  if (kept_ == nullptr) return;
  ++changes_;
  changes.put(watermark_key(part_number), pair_of(kept_->generation(), ordered(watermark_us)));
  for (auto bucket = part.buckets.begin(); bucket != part.buckets.end();) {
    // Also what may still come into it: a commit removes behind all that it puts.
    const int64_t last_us = std::max(bucket->second.newest_us, bucket->first + bucket_width_us() - 1);
    if (!forgotten(last_us, watermark_us)) {
      ++bucket;
      continue;
    }
    ++changes_;
    changes.remove_range(bucket_key(part_number, bucket->first), bucket_key(part_number, bucket->first + 1));
    keys_ -= bucket->second.keys;
    bucket = part.buckets.erase(bucket);
  }
}

}  // namespace millrace
