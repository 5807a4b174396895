#include "media/sampling_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace jikimi::media {
namespace {

using testing::ElementsAre;

// 'I' a key packet, 'P' a reference, 'B' any other; shown at the times given.
std::vector<PacketEntry> Packets(const std::string& types, const std::vector<int>& times_ms) {
  std::vector<PacketEntry> packets;
  for (std::size_t i = 0; i < types.size(); ++i) {
    packets.push_back({.time_us = times_ms[i] * 1000, .key = types[i] == 'I'});
  }
  return packets;
}

std::string Steps(const SamplingPlan& plan) {
  std::string steps;
  for (std::int64_t i = 0; i < plan.packets(); ++i) {
    steps += plan.step(i) == SamplingPlan::Step::kDrop   ? '.'
             : plan.step(i) == SamplingPlan::Step::kShow ? 'S'
                                                         : 'r';
  }
  return steps;
}

TEST(SamplingPlanTest, DecodesOnlyFromTheKeyPacketToTheWantedFrame) {
  const auto packets =
      Packets("IPPPIPPPIPPP", {0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100});
  const auto plan = SamplingPlan::Make(packets, FrameSelection::EveryNth(5));
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(Steps(*plan), "S...rS..rrS.");
  EXPECT_EQ(plan->frames(), 12);
  EXPECT_FALSE(plan->StartsAfresh(0));
  EXPECT_TRUE(plan->StartsAfresh(4));
  EXPECT_FALSE(plan->StartsAfresh(5));
}

TEST(SamplingPlanTest, FrameShownBeforeItsKeyPacketNeedsTheGroupBefore) {
  // The B at 300 stands after the key at 400 that it leans on, and leans on the P at 200 as well.
  const auto packets = Packets("IPPIBP", {0, 100, 200, 400, 300, 500});
  const auto plan = SamplingPlan::Make(packets, FrameSelection::EveryNth(3));
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(Steps(*plan), "SrrrS.");
}

TEST(SamplingPlanTest, IntervalTakesTheFirstFrameAtOrAfterEachMultiple) {
  const auto packets = Packets("IIIIII", {40, 440, 990, 1100, 3000, 3030});
  auto plan = SamplingPlan::Make(packets, FrameSelection::EveryMicroseconds(1'000'000));
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(Steps(*plan), "S..SS.");  // 0, 1.06 and 2.96 s after the first
  EXPECT_EQ(plan->Take(40'000), 0);
  EXPECT_EQ(plan->Take(440'000), std::nullopt);
  EXPECT_EQ(plan->Take(1'100'000), 3);
  EXPECT_EQ(plan->Take(3'030'000), 5) << "the wanted frame did not come, the next stands for it";
}

TEST(SamplingPlanTest, RefusesPacketsThatCanNotBeTold) {
  EXPECT_FALSE(SamplingPlan::Make({}, FrameSelection::EveryNth(2)).has_value());
  EXPECT_FALSE(SamplingPlan::Make(Packets("PI", {0, 1}), FrameSelection::EveryNth(2)).has_value());
  EXPECT_FALSE(SamplingPlan::Make(Packets("IP", {1, 1}), FrameSelection::EveryNth(2)).has_value());
}

TEST(SamplingPlanTest, PacketsThatAreNotShownAreNotCounted) {
  auto packets = Packets("IPPP", {-200, -100, 0, 100});
  packets[0].shown = packets[1].shown = false;
  const auto plan = SamplingPlan::Make(packets, FrameSelection::EveryNth(2));
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->frames(), 2);
  EXPECT_EQ(Steps(*plan), "rrS.");
}

}  // namespace
}  // namespace jikimi::media
