#ifndef JIKIMI_ACCESS_ARGON2_GATE_H_
#define JIKIMI_ACCESS_ARGON2_GATE_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <utility>

#include "access/source.h"
#include "base/result.h"

namespace jikimi::access {

// Bounds how many passwords and words are stretched at once, since each takes 128 MiB and a quarter
// of a second of a core. Who has to wait is served in turns, one of each source, so that a flood
// from one place makes that place wait and hardly anybody else. Thread-safe.
class Argon2Gate {
 public:
  struct Limits {
    int at_once = 2;
    int waiting_of_a_source = 4;
    int waiting = 256;
    std::chrono::milliseconds patience{10'000};
  };
  explicit Argon2Gate(const Limits& limits) : limits_(limits) {}

  // The right to do one computation while it lives.
  class Pass {
   public:
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->Leave();
    }

   private:
    friend class Argon2Gate;
    explicit Pass(Argon2Gate* gate) : gate_(gate) {}
    Argon2Gate* gate_;
  };

  // Waits for its turn. kUnavailable when too many wait already, or `patience` is over.
  Result<Pass> Enter(const Source& source);

 private:
  struct Waiter {
    bool called = false;
    std::condition_variable ready;
  };
  void Leave();
  void CallNext();

  const Limits limits_;
  std::mutex mutex_;
  int inside_ = 0;
  int waiting_ = 0;
  std::map<Source, std::deque<Waiter*>> queues_;  // none is empty
  std::list<Source> turns_;                       // each source of queues_ once
};

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_ARGON2_GATE_H_
