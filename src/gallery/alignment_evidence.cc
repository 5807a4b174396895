#include "gallery/alignment_evidence.h"

#include <algorithm>
#include <cmath>
#include <limits>

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

// The patch as it should be seen in the query.
PlacedPatch Predicted(const Placement& placement, const PlacedPatch& patch) {
  const Point at = placement.Apply({patch.x, patch.y});
  const LocalMotion motion = MotionAt(placement, {patch.x, patch.y});
  const double c = static_cast<double>(patch.cosine), s = static_cast<double>(patch.sine);
  const double u = motion.xx * c + motion.xy * s;
  const double v = motion.yx * c + motion.yy * s;
  const double length = std::sqrt(u * u + v * v);
  PlacedPatch result = patch;
  result.x = at.x;
  result.y = at.y;
  result.cosine = static_cast<float>(u / length);
  result.sine = static_cast<float>(v / length);
  result.log_scale += 0.5F * std::log(static_cast<float>(std::abs(motion.Determinant())));
  return result;
}

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
Expected LookedFor(const PlacedPatch& at, const BothSides& sides, float reach_scale) {
  Expected one;
  one.item = at.index;
  const Word256& word = sides.item.patches[at.index].word;
  const float reach = reach_scale * std::exp(at.log_scale);
  const auto first =
      std::lower_bound(sides.query_patches.begin(), sides.query_patches.end(), at.x - reach,
                       [](const PlacedPatch& patch, float x) { return patch.x < x; });
  for (auto seen = first; seen != sides.query_patches.end() && seen->x <= at.x + reach; ++seen) {
    const float dx = seen->x - at.x, dy = seen->y - at.y;
    if (seen->bright != at.bright || dx * dx + dy * dy > reach * reach ||
        std::abs(seen->log_scale - at.log_scale) > kScaleTolerance ||
        seen->cosine * at.cosine + seen->sine * at.sine < kTurnTolerance) {
      continue;
    }
    ++one.rivals;
    const int distance = HammingDistance(sides.query.patches[seen->index].word, word);
    if (distance < one.distance) {
      one.distance = distance;
      one.query = static_cast<int>(seen->index);
    }
  }
  return one;
}

// Whether a pair already counted shows nearly the same part of the item.
bool Retold(const std::vector<Alignment::Pair>& pairs, const std::vector<PlacedPatch>& item,
            const PlacedPatch& patch) {
  const float near = kSamePlace * std::exp(patch.log_scale);
  return std::any_of(pairs.begin(), pairs.end(), [&](const Alignment::Pair& told) {
    const PlacedPatch& before = item[static_cast<std::size_t>(told.item)];
    const float dx = before.x - patch.x, dy = before.y - patch.y;
    return dx * dx + dy * dy < near * near &&
           std::abs(before.log_scale - patch.log_scale) < kSameScale;
  });
}

}  // namespace

std::vector<PlacedPatch> Placed(std::span<const Patch> patches) {
  std::vector<PlacedPatch> placed;
  placed.reserve(patches.size());
  for (std::size_t i = 0; i < patches.size(); ++i) {
    const Patch& patch = patches[i];
    placed.push_back({patch.x, patch.y, std::log(std::max(patch.scale, 1e-6F)),
                      std::cos(patch.angle), std::sin(patch.angle), patch.bright, i});
  }
  return placed;
}

BothSides::BothSides(const Side& query_side, const Side& item_side)
    : query(query_side),
      item(item_side),
      query_patches(Placed(query_side.patches)),
      item_patches(Placed(item_side.patches)) {
  std::stable_sort(query_patches.begin(), query_patches.end(),
                   [](const PlacedPatch& a, const PlacedPatch& b) { return a.x < b.x; });
  least_log_scale = std::numeric_limits<float>::max();
  most_log_scale = -least_log_scale;
  for (const PlacedPatch& patch : query_patches) {
    least_log_scale = std::min(least_log_scale, patch.log_scale);
    most_log_scale = std::max(most_log_scale, patch.log_scale);
  }
}

Evidence Weigh(const Placement& placement, const BothSides& sides, double slack) {
  std::vector<Expected> expected;
  expected.reserve(sides.item_patches.size());
  Spread visible;
  const float width = static_cast<float>(sides.query.size.width);
  const float height = static_cast<float>(sides.query.size.height);
  const float reach_scale = kPlaceTolerance * static_cast<float>(slack);
  double present = 0;
  for (const PlacedPatch& patch : sides.item_patches) {
    const PlacedPatch at = Predicted(placement, patch);
    if (!(at.x >= 0 && at.x < width && at.y >= 0 && at.y < height)) continue;
    if (!(at.log_scale >= sides.least_log_scale && at.log_scale <= sides.most_log_scale)) continue;
    expected.push_back(LookedFor(at, sides, reach_scale));
    present += expected.back().rivals > 0 ? 1 : 0;
    visible.Add(patch);
  }
  Evidence evidence;
  if (expected.empty()) return evidence;
  for (const Expected& one : expected) evidence.expected.push_back(one.item);
  // A query spends its patches on all that it shows, so fewer can be there than the item has.
  const double found_again =
      std::clamp(present / static_cast<double>(expected.size()), kLeastFoundAgain, kMostFoundAgain);

  std::stable_sort(expected.begin(), expected.end(),
                   [](const Expected& a, const Expected& b) { return a.distance < b.distance; });
  Spread matched;
  std::vector<bool> used(sides.query.patches.size(), false);
  for (const Expected& one : expected) {
    if (one.query < 0) {
      evidence.log_odds += MissingLogOdds(found_again);
      continue;
    }
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

double AgreementOf(const Evidence& evidence, const BothSides& sides) {
  const std::vector<std::size_t>& expected = evidence.expected;
  if (expected.empty() || evidence.pairs.empty()) return 0;
  const auto squared_distance = [&](std::size_t a, std::size_t b) {
    const PlacedPatch& one = sides.item_patches[a];
    const PlacedPatch& other = sides.item_patches[b];
    const float dx = one.x - other.x, dy = one.y - other.y;
    return dx * dx + dy * dy;
  };
  const double share =
      static_cast<double>(evidence.pairs.size()) / static_cast<double>(expected.size());
  const auto neighbours = static_cast<std::ptrdiff_t>(kNeighbours / share) + 1;
  std::size_t among = 0;
  for (const std::size_t patch : expected) {
    float nearest = std::numeric_limits<float>::max();
    for (const Alignment::Pair& pair : evidence.pairs) {
      nearest = std::min(nearest, squared_distance(patch, static_cast<std::size_t>(pair.item)));
    }
    const auto nearer = std::count_if(expected.begin(), expected.end(), [&](std::size_t other) {
      return squared_distance(patch, other) < nearest;
    });
    if (nearer < neighbours) ++among;
  }
  return static_cast<double>(among) / static_cast<double>(expected.size());
}

}  // namespace jikimi::gallery
