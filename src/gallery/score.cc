#include "gallery/score.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "base/word256.h"

namespace jikimi::gallery {
namespace {

constexpr double kLn10 = 2.302585092994046;

// Log10 of the share of pairs of unrelated patches (same polarity, different photographs) that are
// at most 42, 48, … bits apart; further down it falls by one every 14 bits, as it does there.
constexpr int kOtherFirst = 42;
constexpr int kOtherStep = 6;
constexpr double kOtherTail = 14;
constexpr std::array<double, 19> kOtherBelow = {-6.91, -6.06, -5.59,  -5.24,  -4.81, -4.36, -3.86,
                                                -3.36, -2.84, -2.32,  -1.82,  -1.36, -0.96, -0.62,
                                                -0.36, -0.18, -0.079, -0.026, -0.007};

// Share of pairs of one patch seen twice that are 0 to 7, 8 to 15, … bits apart, each bit.
constexpr int kSameStep = 8;
constexpr std::array<double, 19> kSame = {0.0319, 0.0236, 0.0191,  0.0134,  0.0089, 0.0065, 0.0052,
                                          0.0046, 0.0035, 0.0029,  0.0020,  0.0014, 0.0009, 0.0006,
                                          0.0003, 0.0002, 0.00008, 0.00002, 0.00001};

// Of unrelated pairs of pictures, 10^-(kRareAt0 + s / kRarerTenfold) reach log-odds of s: a line
// through the upper tail of 225,946 measured pairs (doc/patches.md).
constexpr double kRareAt0 = 2.55;
constexpr double kRarerTenfold = 8;
constexpr double kItems = 10'000;       // that a query is asked of
constexpr double kKnownQueries = 0.01;  // share of queries that show a registered item
constexpr double kUnderOneMark = 0.05;  // pairs that agree by a mark, to one that is one picture

double LogOtherBelow(int distance) {
  if (distance < kOtherFirst) return kOtherBelow[0] - (kOtherFirst - distance) / kOtherTail;
  const auto step = static_cast<std::size_t>((distance - kOtherFirst) / kOtherStep);
  if (step + 1 >= kOtherBelow.size()) return 0;
  const double part = static_cast<double>((distance - kOtherFirst) % kOtherStep) / kOtherStep;
  return kOtherBelow[step] + part * (kOtherBelow[step + 1] - kOtherBelow[step]);
}

double Same(int distance) {
  // Between the middles of the steps.
  const double at = std::max(0.0, (distance - 0.5 * (kSameStep - 1)) / kSameStep);
  const auto step = static_cast<std::size_t>(at);
  if (step + 1 >= kSame.size()) return kSame.back();
  return kSame[step] + (at - static_cast<double>(step)) * (kSame[step + 1] - kSame[step]);
}

struct Densities {
  std::array<double, Word256::kBits + 1> same, other, above;
  Densities() {
    double before = 0;
    for (int d = 0; d <= Word256::kBits; ++d) {
      const auto at = static_cast<std::size_t>(d);
      const double below = std::exp(kLn10 * LogOtherBelow(d));
      same[at] = Same(d);
      other[at] = std::max(d == 0 ? below : below - before, 1e-12);
      above[at] = std::max(1 - below, 1e-6);
      // The steps of the tables must not make a farther pair tell more than a nearer one.
      if (d > 0) other[at] = std::max(other[at], same[at] * other[at - 1] / same[at - 1]);
      before = below;
    }
  }
};

double Power(double base, int exponent) {
  constexpr int kFew = 16;  // which multiplying is faster for
  if (exponent > kFew) return std::pow(base, exponent);
  double power = 1;
  for (int i = 0; i < exponent; ++i) power *= base;
  return power;
}

const Densities& Tables() {
  static const Densities tables;
  return tables;
}

}  // namespace

double PairLogOdds(int distance, int rivals, double found_again) {
  const Densities& tables = Tables();
  const auto at = static_cast<std::size_t>(std::clamp(distance, 0, Word256::kBits));
  const int others = std::max(rivals, 1);
  // Density of the least of several unrelated distances.
  const double nearest = others * tables.other[at] * Power(tables.above[at], others - 1);
  const double ratio = tables.same[at] / std::max(nearest, 1e-12);
  return std::min(std::log(1 - found_again + found_again * ratio), kMostPairLogOdds);
}

double MissingLogOdds(double found_again) { return std::log(1 - found_again); }

double Confidence(double log_odds) {
  const double false_ones = kItems * std::exp(-kLn10 * (kRareAt0 + log_odds / kRarerTenfold));
  return 1 / (1 + false_ones / kKnownQueries);
}

double Confidence(double log_odds, double own_log_odds) {
  return Confidence(log_odds) / (1 + kUnderOneMark * std::exp(-own_log_odds));
}

}  // namespace jikimi::gallery
