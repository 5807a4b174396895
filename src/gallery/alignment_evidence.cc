#include "gallery/alignment_evidence.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/vector_clones.h"
#include "gallery/alignment_fit.h"
#include "gallery/score.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Patch;

constexpr float kPlaceTolerance = 2.0F;   // patch scales
constexpr float kScaleTolerance = 0.45F;  // natural log
constexpr float kTurnTolerance = 0.9F;    // cosine of the angle between: 26 degrees
constexpr double kMostFoundAgain = 0.4;   // of the patches that should be seen
constexpr double kLeastFoundAgain = 0.1;
constexpr float kSamePlace = 1.5F;  // patch scales: nearer ones tell the same thing twice
constexpr float kSameScale = 0.4F;  // natural log
constexpr double kRetold = 0.25;    // what the second tells
// If pairs were strewn evenly, none among so many times their mean distance would be chance: e^-3.
constexpr double kNeighbours = 3;

// An item's patch that should be seen, and what is there.
struct Expected {
  std::size_t item = 0;
  int query = -1;  // the nearest-looking patch there; -1: none
  int distance = Word256::kBits;
  int rivals = 0;  // patches there
};

// A placement, for asking where the patches of an item should be seen.
class Prediction {
 public:
  explicit Prediction(const Placement& placement) : m_(placement.matrix) {
    if (m_[6] == 0 && m_[7] == 0) {
      affine_ = true;
      per_last_ = 1 / m_[8];
      Move(MotionAt(placement, {0, 0}));
    }
  }

  PlacedPatch Of(const PlacedPatch& patch) {
    const double x = static_cast<double>(patch.x), y = static_cast<double>(patch.y);
    double u = m_[0] * x + m_[1] * y + m_[2], v = m_[3] * x + m_[4] * y + m_[5];
    if (affine_) {
      u *= per_last_;
      v *= per_last_;
    } else {
      const double per_w = 1 / (m_[6] * x + m_[7] * y + m_[8]);
      u *= per_w;
      v *= per_w;
      Move({(m_[0] - u * m_[6]) * per_w, (m_[1] - u * m_[7]) * per_w, (m_[3] - v * m_[6]) * per_w,
            (m_[4] - v * m_[7]) * per_w});
    }
    const double c = static_cast<double>(patch.cosine), s = static_cast<double>(patch.sine);
    const auto along_x = static_cast<float>(motion_.xx * c + motion_.xy * s);
    const auto along_y = static_cast<float>(motion_.yx * c + motion_.yy * s);
    const float per_length = 1 / std::sqrt(along_x * along_x + along_y * along_y);
    PlacedPatch result = patch;
    result.x = static_cast<float>(u);
    result.y = static_cast<float>(v);
    result.cosine = along_x * per_length;
    result.sine = along_y * per_length;
    result.scale *= scale_;
    result.log_scale += log_scale_;
    return result;
  }

 private:
  void Move(const LocalMotion& motion) {
    motion_ = motion;
    scale_ = std::sqrt(static_cast<float>(std::abs(motion.Determinant())));
    log_scale_ = std::log(scale_);
  }

  const std::array<double, 9>& m_;
  bool affine_ = false;  // the same motion everywhere
  double per_last_ = 1;
  LocalMotion motion_;
  float scale_ = 1, log_scale_ = 0;
};

// Area that places span: root of the determinant of their covariance.
class Spread {
 public:
  void Add(const PlacedPatch& patch) {
    const double x = static_cast<double>(patch.x), y = static_cast<double>(patch.y);
    n_ += 1;
    x_ += x;
    y_ += y;
    xx_ += x * x;
    xy_ += x * y;
    yy_ += y * y;
  }
  double Area() const {
    if (n_ < 3) return 0;
    const double mx = x_ / n_, my = y_ / n_;
    const double xx = xx_ / n_ - mx * mx, xy = xy_ / n_ - mx * my, yy = yy_ / n_ - my * my;
    return std::sqrt(std::max(0.0, xx * yy - xy * xy));
  }

 private:
  double n_ = 0, x_ = 0, y_ = 0, xx_ = 0, xy_ = 0, yy_ = 0;
};

// What the query has where the patch should be.
inline Expected LookedFor(const PlacedPatch& at, const BothSides& sides, float reach_scale) {
  Expected one;
  one.item = at.index;
  const Word256& word = sides.item.patches[at.index].word;
  const float reach = reach_scale * at.scale;
  sides.query.grid.ForEachNear(at.x, at.y, reach, at.bright, [&](const PlacedPatch& seen) {
    const float dx = seen.x - at.x, dy = seen.y - at.y;
    // As one condition: a processor can't foresee any of the three.
    const bool like = (dx * dx + dy * dy <= reach * reach) &
                      (std::abs(seen.log_scale - at.log_scale) <= kScaleTolerance) &
                      (seen.cosine * at.cosine + seen.sine * at.sine >= kTurnTolerance);
    if (!like) return;
    ++one.rivals;
    const int distance = HammingDistance(sides.query.patches[seen.index].word, word);
    if (distance < one.distance) {
      one.distance = distance;
      one.query = static_cast<int>(seen.index);
    }
  });
  return one;
}

// What of the item should be seen, and what is there.
JIKIMI_POPCOUNT_CLONES void LookForAll(const Placement& placement, const BothSides& sides,
                                       double slack, std::vector<Expected>& expected) {
  const float width = static_cast<float>(sides.query.size.width);
  const float height = static_cast<float>(sides.query.size.height);
  const float reach_scale = kPlaceTolerance * static_cast<float>(slack);
  Prediction prediction(placement);
  expected.reserve(sides.item_patches.size());
  for (const PlacedPatch& patch : sides.item_patches) {
    const PlacedPatch at = prediction.Of(patch);
    if (!(at.x >= 0 && at.x < width && at.y >= 0 && at.y < height)) continue;
    if (!(at.log_scale >= sides.query.least_log_scale &&
          at.log_scale <= sides.query.most_log_scale)) {
      continue;
    }
    expected.push_back(LookedFor(at, sides, reach_scale));
  }
}

// Those of which something is there, the nearest-looking first.
std::vector<std::uint32_t> InOrderOfDistance(const std::vector<Expected>& expected) {
  std::array<std::uint32_t, Word256::kBits + 2> starts = {};
  for (const Expected& one : expected) {
    if (one.query >= 0) ++starts[static_cast<std::size_t>(one.distance) + 1];
  }
  for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
  std::vector<std::uint32_t> order(starts.back());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i].query < 0) continue;
    order[starts[static_cast<std::size_t>(expected[i].distance)]++] = static_cast<std::uint32_t>(i);
  }
  return order;
}

// Whether a pair already counted shows nearly the same part of the item.
bool Retold(const std::vector<Alignment::Pair>& pairs, const std::vector<PlacedPatch>& item,
            const PlacedPatch& patch) {
  const float near = kSamePlace * patch.scale;
  return std::any_of(pairs.begin(), pairs.end(), [&](const Alignment::Pair& told) {
    const PlacedPatch& before = item[static_cast<std::size_t>(told.item)];
    const float dx = before.x - patch.x, dy = before.y - patch.y;
    return dx * dx + dy * dy < near * near &&
           std::abs(before.log_scale - patch.log_scale) < kSameScale;
  });
}

// Both in columns.
struct Places {
  std::vector<float> x, y;
  std::size_t size() const { return x.size(); }
  void Add(const PlacedPatch& patch) {
    x.push_back(patch.x);
    y.push_back(patch.y);
  }
};

// The square of the least distance of (x, y) from the places.
JIKIMI_VECTOR_CLONES float NearestSquare(float x, float y, const Places& places) {
  const float* xs = places.x.data();
  const float* ys = places.y.data();
  const std::size_t count = places.size();
  // Numbers that are not negative are in the order of their bits, and of integers a vector takes
  // the least at once.
  std::int32_t nearest = std::bit_cast<std::int32_t>(std::numeric_limits<float>::max());
  for (std::size_t i = 0; i < count; ++i) {
    const float dx = x - xs[i], dy = y - ys[i];
    const auto square = std::bit_cast<std::int32_t>(dx * dx + dy * dy);
    nearest = square < nearest ? square : nearest;
  }
  return std::bit_cast<float>(nearest);
}

// How many of the places are nearer to (x, y) than that.
JIKIMI_VECTOR_CLONES std::int32_t CountNearer(float x, float y, const Places& places,
                                              float square) {
  const float* xs = places.x.data();
  const float* ys = places.y.data();
  const std::size_t count = places.size();
  std::int32_t nearer = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float dx = x - xs[i], dy = y - ys[i];
    nearer += dx * dx + dy * dy < square ? 1 : 0;
  }
  return nearer;
}

}  // namespace

Evidence Weigh(const Placement& placement, const BothSides& sides, double slack) {
  std::vector<Expected> expected;
  LookForAll(placement, sides, slack, expected);
  Evidence evidence;
  if (expected.empty()) return evidence;
  Spread visible;
  double present = 0;
  evidence.expected.reserve(expected.size());
  for (const Expected& one : expected) {
    evidence.expected.push_back(one.item);
    visible.Add(sides.item_patches[one.item]);
    present += one.rivals > 0 ? 1 : 0;
  }
  const double all = static_cast<double>(expected.size());
  // A query spends its patches on all that it shows, so fewer can be there than the item has.
  const double found_again = std::clamp(present / all, kLeastFoundAgain, kMostFoundAgain);

  Spread matched;
  std::vector<bool> used(sides.query.patches.size(), false);
  evidence.log_odds = (all - present) * MissingLogOdds(found_again);
  for (const std::uint32_t i : InOrderOfDistance(expected)) {
    const Expected& one = expected[i];
    if (used[static_cast<std::size_t>(one.query)]) continue;
    double odds = PairLogOdds(one.distance, one.rivals, found_again);
    if (odds > 0) {
      const PlacedPatch& patch = sides.item_patches[one.item];
      used[static_cast<std::size_t>(one.query)] = true;
      if (!sides.item.rarity.empty()) {
        odds = std::min(odds, static_cast<double>(sides.item.rarity[one.item]));
      }
      if (Retold(evidence.pairs, sides.item_patches, patch)) odds *= kRetold;
      evidence.pairs.push_back({one.query, static_cast<int>(one.item), one.distance});
      matched.Add(patch);
    }
    evidence.log_odds += odds;
  }
  const double whole = visible.Area();
  evidence.cover = whole > 0 ? matched.Area() / whole : 0;
  return evidence;
}

std::vector<Alignment::Pair> PairsAt(const Placement& placement, const BothSides& sides,
                                     double slack) {
  std::vector<Expected> expected;
  LookForAll(placement, sides, slack, expected);
  std::vector<Alignment::Pair> pairs;
  std::vector<bool> used(sides.query.patches.size(), false);
  for (const std::uint32_t i : InOrderOfDistance(expected)) {
    const Expected& one = expected[i];
    if (used[static_cast<std::size_t>(one.query)]) continue;
    // Whether it is above 0 does not depend on how many are found again.
    if (PairLogOdds(one.distance, one.rivals, kMostFoundAgain) <= 0) continue;
    used[static_cast<std::size_t>(one.query)] = true;
    pairs.push_back({one.query, static_cast<int>(one.item), one.distance});
  }
  return pairs;
}

double AgreementOf(const Evidence& evidence, const BothSides& sides) {
  if (evidence.expected.empty() || evidence.pairs.empty()) return 0;
  Places expected, agreeing;
  for (const std::size_t i : evidence.expected) expected.Add(sides.item_patches[i]);
  for (const Alignment::Pair& pair : evidence.pairs) {
    agreeing.Add(sides.item_patches[static_cast<std::size_t>(pair.item)]);
  }
  const double share = static_cast<double>(agreeing.size()) / static_cast<double>(expected.size());
  const auto neighbours = static_cast<std::int32_t>(kNeighbours / share) + 1;
  std::size_t among = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const float nearest = NearestSquare(expected.x[i], expected.y[i], agreeing);
    if (CountNearer(expected.x[i], expected.y[i], expected, nearest) < neighbours) ++among;
  }
  return static_cast<double>(among) / static_cast<double>(expected.size());
}

}  // namespace jikimi::gallery
