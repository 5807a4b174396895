#include "jikimi/in_order.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <vector>

namespace jikimi {
namespace {

constexpr auto kNeverStop = [] { return false; };

TEST(InOrderTest, ResultsComeInOrderFromManyThreads) {
  std::vector<std::size_t> taken;
  const auto work = [](std::size_t i) {
    std::this_thread::sleep_for(std::chrono::microseconds((i * 7919) % 500));
    return i * i;
  };
  const auto take = [&](std::size_t i, std::size_t square) {
    EXPECT_EQ(square, i * i);
    taken.push_back(i);
  };
  EXPECT_EQ(InOrder(200, 4, work, take, kNeverStop), 200u);
  ASSERT_EQ(taken.size(), 200u);
  for (std::size_t i = 0; i < taken.size(); ++i) EXPECT_EQ(taken[i], i);
}

TEST(InOrderTest, NothingToDoTakesNothing) {
  const auto work = [](std::size_t) -> int {
    ADD_FAILURE();
    return 0;
  };
  EXPECT_EQ(InOrder(
                0, 4, work, [](std::size_t, int) { ADD_FAILURE(); }, kNeverStop),
            0u);
}

TEST(InOrderTest, WorkStaysWithinBoundsOfWhatWasTaken) {
  std::atomic<std::size_t> started = 0, taken = 0, furthest = 0;
  const auto work = [&](std::size_t i) {
    ++started;
    const std::size_t ahead = i - std::min<std::size_t>(i, taken);
    if (ahead > furthest) furthest = ahead;
    return i;
  };
  const auto take = [&](std::size_t, std::size_t) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    ++taken;
  };
  EXPECT_EQ(InOrder(100, 3, work, take, kNeverStop), 100u);
  EXPECT_LE(furthest, 7u);
}

TEST(InOrderTest, StoppingKeepsWhatWasTakenContiguous) {
  std::atomic<bool> stop = false;
  std::vector<std::size_t> taken;
  const auto take = [&](std::size_t i, std::size_t) {
    taken.push_back(i);
    if (i == 20) stop = true;
  };
  const std::size_t count = InOrder(
      1000, 4, [](std::size_t i) { return i; }, take, [&] { return stop.load(); });
  EXPECT_GE(count, 21u);
  EXPECT_LT(count, 60u);
  ASSERT_EQ(taken.size(), count);
  for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(taken[i], i);
}

}  // namespace
}  // namespace jikimi
