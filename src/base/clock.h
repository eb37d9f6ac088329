#pragma once

#include <atomic>
#include <cstdint>

namespace millrace {

// Where time comes from. Given through constructors, so that a test or a simulation decides what time it is.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t wall_us() const = 0;       // microseconds since 1970-01-01 UTC
  virtual int64_t monotonic_us() const = 0;  // never goes back; only differences mean anything
};

class SystemClock final : public Clock {
 public:
  int64_t wall_us() const override;
  int64_t monotonic_us() const override;
};

// A clock that stands still until told. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t wall_us) : now_us_(wall_us) {}
  int64_t wall_us() const override { return now_us_.load(); }
  int64_t monotonic_us() const override { return now_us_.load(); }
  void advance(int64_t by_us) { now_us_ += by_us; }

 private:
  std::atomic<int64_t> now_us_;
};

}  // namespace millrace
