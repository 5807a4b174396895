#include "gallery/score.h"

#include <gtest/gtest.h>

namespace jikimi::gallery {
namespace {

TEST(ScoreTest, NearerPairsTellMore) {
  for (int distance = 1; distance <= 256; ++distance) {
    EXPECT_LE(PairLogOdds(distance, 1, 0.4), PairLogOdds(distance - 1, 1, 0.4) + 0.05) << distance;
  }
}

TEST(ScoreTest, PairsAmongMoreRivalsTellLess) {
  for (const int distance : {20, 60, 80, 100}) {
    EXPECT_LE(PairLogOdds(distance, 20, 0.4), PairLogOdds(distance, 1, 0.4)) << distance;
  }
}

TEST(ScoreTest, NoPairTellsMoreThanTheMost) {
  EXPECT_DOUBLE_EQ(PairLogOdds(0, 1, 0.4), kMostPairLogOdds);
  EXPECT_LE(PairLogOdds(-5, 0, 1), kMostPairLogOdds);
}

TEST(ScoreTest, DistancesOfUnrelatedPatchesTellAgainst) {
  EXPECT_LT(PairLogOdds(128, 1, 0.4), 0);
  EXPECT_LT(PairLogOdds(256, 1, 0.4), 0);
  EXPECT_GT(PairLogOdds(30, 1, 0.4), 3);
}

TEST(ScoreTest, WhatIsMissingTellsAgainstTheMoreItWasToBeFound) {
  EXPECT_LT(MissingLogOdds(0.4), MissingLogOdds(0.1));
  EXPECT_LT(MissingLogOdds(0.1), 0);
}

TEST(ScoreTest, ConfidenceGrowsFromNoneToOneAndIsHighWhereVerdictsBegin) {
  double before = 0;
  for (double log_odds = -50; log_odds <= 300; log_odds += 0.5) {
    const double confidence = Confidence(log_odds);
    EXPECT_GE(confidence, before);
    EXPECT_LE(confidence, 1);
    before = confidence;
  }
  EXPECT_LT(Confidence(0), 1e-3);
  EXPECT_GT(Confidence(kConvincing), 0.99);
  EXPECT_GT(Confidence(100), 0.999999);
}

TEST(ScoreTest, WhatMayBeAMarksIsLessSure) {
  double before = 0;
  for (double own = -10; own <= 15; own += 0.5) {
    const double confidence = Confidence(100, own);
    EXPECT_GE(confidence, before);
    EXPECT_LE(confidence, Confidence(100));
    before = confidence;
  }
  EXPECT_LT(Confidence(500, -6), 0.1);
  EXPECT_NEAR(Confidence(500, 0), 0.95, 0.01);
  EXPECT_GT(Confidence(500, 8), 0.9999);
  EXPECT_LT(Confidence(0, 8), 1e-3);
}

}  // namespace
}  // namespace jikimi::gallery
