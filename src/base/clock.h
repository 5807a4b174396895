#ifndef JIKIMI_BASE_CLOCK_H_
#define JIKIMI_BASE_CLOCK_H_

#include <atomic>
#include <chrono>

namespace jikimi {

// A moment in UTC without leap seconds, to the microsecond; before 1970 is negative.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

// Where code learns what time it is: injected, so that a test lives through 15 days in a second.
// Wall-clock time, which may jump either way; never a measure of how long something took.
class Clock {
 public:
  virtual ~Clock() = default;

  // Safe to call from any thread.
  virtual Timestamp Now() const = 0;
};

// The system's clock.
class SystemClock : public Clock {
 public:
  Timestamp Now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }
};

// Stands still until it is set or moved, from any thread.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Timestamp now) : now_(now.time_since_epoch().count()) {}

  Timestamp Now() const override { return Timestamp(std::chrono::microseconds(now_.load())); }
  void Set(Timestamp now) { now_ = now.time_since_epoch().count(); }
  void Advance(std::chrono::microseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::chrono::microseconds::rep> now_;
};

}  // namespace jikimi

#endif  // JIKIMI_BASE_CLOCK_H_
