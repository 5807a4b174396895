#include "vault/epoch_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "base/bytes.h"
#include "base/random.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

constexpr Day kToday{20'000};
Day After(int days) { return {kToday.days + days}; }

Context KeyringOf(CaseId id) {
  return {.purpose = Purpose::kKeyring, .of = id, .about = {}, .field = {}, .version = 1};
}

class EpochRingTest : public testing::Test {
 protected:
  EpochRing ring_ = EpochRing::Create(kToday);
  Context context_ = KeyringOf(CaseId::Random());
};

TEST_F(EpochRingTest, ALayerComesOffAgain) {
  const auto sealed = ring_.SealLayer(context_, AsBytes("wrapped key"));
  EXPECT_EQ(TextOf(ring_.OpenLayer(context_, sealed).value()), "wrapped key");
  EXPECT_EQ(EpochRing::Create(kToday).OpenLayer(context_, sealed).error().code,
            ErrorCode::kPermissionDenied);
}

TEST_F(EpochRingTest, WhatWasNotResealedDiesWithItsEpoch) {
  const auto destroyed = ring_.SealLayer(context_, AsBytes("destroyed"));
  const auto live = ring_.SealLayer(context_, AsBytes("live"));
  ASSERT_TRUE(ring_.Rotate(After(1)).has_value());
  const auto resealed = ring_.Reseal(context_, live).value();
  ring_.FinishRotation();
  EXPECT_TRUE(ring_.DropExpired(After(6)).empty());
  EXPECT_TRUE(ring_.OpenLayer(context_, destroyed).has_value());  // a backup can be restored
  EXPECT_EQ(ring_.DropExpired(After(7)), std::vector<std::uint32_t>{1});
  const auto dead = ring_.OpenLayer(context_, destroyed);
  ASSERT_FALSE(dead.has_value());
  EXPECT_EQ(dead.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(dead.error().message, testing::HasSubstr("whose key was dropped"));
  EXPECT_EQ(TextOf(ring_.OpenLayer(context_, resealed).value()), "live");
}

TEST_F(EpochRingTest, ARotationKilledHalfWayGoesOn) {
  const auto live = ring_.SealLayer(context_, AsBytes("live"));
  ASSERT_TRUE(ring_.Rotate(After(1)).has_value());
  auto restarted = EpochRing::Parse(ring_.ToBytes().bytes()).value();
  EXPECT_EQ(restarted.Rotate(After(1)).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(restarted.DropExpired(After(1000)).empty()) << "live rows need it, whatever the day";
  EXPECT_EQ(restarted.LastCopyDies(After(1)).error().code, ErrorCode::kUnavailable);
  const auto resealed = restarted.Reseal(context_, live).value();
  EXPECT_EQ(restarted.Reseal(context_, resealed)->bytes(), resealed.bytes());
  restarted.FinishRotation();
  EXPECT_EQ(restarted.DropExpired(After(8)).size(), 1u);
  EXPECT_TRUE(restarted.OpenLayer(context_, resealed).has_value());
}

TEST_F(EpochRingTest, NothingIsPromisedWhileARotationIsDue) {
  EXPECT_TRUE(ring_.LastCopyDies(kToday).has_value());
  EXPECT_TRUE(ring_.IsDue(After(1)));
  EXPECT_EQ(ring_.LastCopyDies(After(1)).error().code, ErrorCode::kUnavailable);
}

TEST_F(EpochRingTest, AClockThatGoesBackRotatesNothing) {
  EXPECT_EQ(ring_.Rotate(After(-1)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ring_.epochs().size(), 1u);
}

TEST_F(EpochRingTest, ThePromisedDayIsKeptOverAYearOfRotations) {
  // Each day rows are written, some deleted (their sealed bytes kept by us, as a backup would), and
  // the ring is rotated by a clock that sometimes skips days. No deleted row opens on its day.
  SplitMix64 random(7);
  struct Deleted {
    SealedUnder<KeyKind::kEpoch> sealed;
    Day dies;
  };
  std::vector<Deleted> deleted;
  std::vector<SealedUnder<KeyKind::kEpoch>> live;
  for (int day = 0; day < 365; day += 1 + static_cast<int>(random.Below(2))) {
    const Day today = After(day);
    if (ring_.IsDue(today)) {
      ASSERT_TRUE(ring_.Rotate(today).has_value());
      for (auto& row : live) row = ring_.Reseal(context_, row).value();
      ring_.FinishRotation();
    }
    ring_.DropExpired(today);
    for (const auto& row : live) ASSERT_TRUE(ring_.OpenLayer(context_, row).has_value());
    for (const auto& row : deleted) {
      if (row.dies <= today) {
        ASSERT_FALSE(ring_.OpenLayer(context_, row.sealed).has_value()) << "day " << day;
      }
    }
    live.push_back(ring_.SealLayer(context_, AsBytes("row")));
    if (live.size() > 3) {
      const auto dies = ring_.LastCopyDies(today).value();
      EXPECT_LE(dies.days - today.days, 7);
      deleted.push_back({live.front(), dies});
      live.erase(live.begin());
    }
  }
  EXPECT_GT(deleted.size(), 100u);
  EXPECT_LE(ring_.epochs().size(), 8u);
}

TEST_F(EpochRingTest, CutOrContradictoryFilesAreRefused) {
  ASSERT_TRUE(ring_.Rotate(After(1)).has_value());
  ring_.FinishRotation();
  const auto form = CopyOf(ring_.ToBytes().bytes());
  EXPECT_EQ(CopyOf(EpochRing::Parse(form)->ToBytes().bytes()), form);
  for (std::size_t size = 0; size < form.size(); ++size) {
    EXPECT_FALSE(EpochRing::Parse(std::span(form).first(size)).has_value()) << size;
  }
  auto none = CopyOf(std::span(form).first(22));
  none[18] = std::byte{0};
  EXPECT_THAT(EpochRing::Parse(none).error().message, testing::HasSubstr("no current epoch"));
}

}  // namespace
}  // namespace jikimi::vault
