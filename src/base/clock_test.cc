#include "base/clock.h"

#include <gtest/gtest.h>

namespace jikimi {
namespace {

TEST(ClockTest, TheManualClockStandsUntilItIsMoved) {
  ManualClock clock(Timestamp(std::chrono::days(-1)));
  EXPECT_EQ(clock.Now(), Timestamp(std::chrono::days(-1)));
  clock.Advance(std::chrono::days(3));
  EXPECT_EQ(clock.Now(), Timestamp(std::chrono::days(2)));
  clock.Set(Timestamp());
  EXPECT_EQ(clock.Now(), Timestamp());
}

TEST(ClockTest, TheSystemClockIsTheSystems) {
  const auto before = std::chrono::system_clock::now();
  const Timestamp now = SystemClock().Now();
  const auto after = std::chrono::system_clock::now();
  EXPECT_GE(now + std::chrono::microseconds(1), before);
  EXPECT_LE(now, after);
}

}  // namespace
}  // namespace jikimi
