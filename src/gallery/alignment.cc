#include "gallery/alignment.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "gallery/alignment_candidates.h"
#include "gallery/alignment_evidence.h"
#include "gallery/alignment_fit.h"
#include "gallery/alignment_query.h"
#include "gallery/alignment_votes.h"
#include "gallery/score.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Form;
using fingerprint::Patch;

constexpr int kMostCandidates = 400;
constexpr std::size_t kFewestPairs = 6;
constexpr std::size_t kAffinePairs = 6;
constexpr std::size_t kProjectivePairs = 14;
// Natural log of how many placements are as good as tried for each pair of pictures.
constexpr double kTried = 12;
// A logo or a caption is a small part of what should be seen: pairs must spread over this much.
constexpr double kLeastCover = 0.28;
// Screen chrome and ornate frames spread, but leave the middle out.
constexpr double kLeastAgreement = 0.45;

std::vector<PlacePair> PlacesOf(const std::vector<Alignment::Pair>& pairs,
                                std::span<const Patch> query, std::span<const Patch> item) {
  std::vector<PlacePair> places;
  places.reserve(pairs.size());
  for (const Alignment::Pair& pair : pairs) {
    const Patch& q = query[static_cast<std::size_t>(pair.query)];
    const Patch& i = item[static_cast<std::size_t>(pair.item)];
    // A patch is placed to a fixed part of its scale.
    const double scale = static_cast<double>(q.scale);
    places.push_back({{i.x, i.y}, {q.x, q.y}, 1 / (scale * scale + 1)});
  }
  return places;
}

std::optional<Placement> Fitted(const std::vector<PlacePair>& places, Motion most,
                                PictureSize item) {
  if (most == Motion::kProjective && places.size() >= kProjectivePairs) {
    const auto placement = FitPlacement(places, Motion::kProjective);
    if (placement && Plausible(*placement, item)) return placement;
  }
  if (most != Motion::kSimilarity && places.size() >= kAffinePairs) {
    const auto placement = FitPlacement(places, Motion::kAffine);
    if (placement && Plausible(*placement, item)) return placement;
  }
  const auto placement = FitPlacement(places, Motion::kSimilarity);
  if (placement && Plausible(*placement, item)) return placement;
  return std::nullopt;
}

struct Judged {
  Placement placement;
  Evidence evidence;
};

// Makes a guess exact: fits it to what it explains, and looks again.
std::optional<Judged> Refined(const Guess& guess, std::span<const Candidate> candidates,
                              const BothSides& sides) {
  const std::span<const Patch> query = sides.query.patches;
  const Side& item = sides.item;
  std::vector<Alignment::Pair> pairs;
  for (const int i : guess.agreeing) {
    const Candidate& one = candidates[static_cast<std::size_t>(i)];
    pairs.push_back({one.query, one.item, one.distance});
  }
  Judged best;
  Placement placement = guess.placement;
  if (pairs.size() >= 4) {
    const auto first = Fitted(PlacesOf(pairs, query, item.patches), Motion::kSimilarity, item.size);
    if (first) placement = *first;
  }
  if (!Plausible(placement, item.size)) return std::nullopt;
  struct Step {
    Motion motion;
    double slack;
  };
  constexpr Step kSteps[] = {
      {Motion::kAffine, 2.5}, {Motion::kAffine, 1.5}, {Motion::kProjective, 1.0}};
  for (const Step& step : kSteps) {
    pairs = PairsAt(placement, sides, step.slack);
    if (pairs.size() < 3) return std::nullopt;
    const auto next = Fitted(PlacesOf(pairs, query, item.patches), step.motion, item.size);
    if (!next) break;
    placement = *next;
  }
  best.placement = placement;
  best.evidence = Weigh(placement, sides, 1);
  return best;
}

Point Mixed(Point a, Point b, float part) {
  return {a.x + part * (b.x - a.x), a.y + part * (b.y - a.y)};
}

// The polygon's part where a * x + b * y + c >= 0 (Sutherland and Hodgman).
std::vector<Point> Clipped(const std::vector<Point>& polygon, float a, float b, float c) {
  std::vector<Point> result;
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Point& from = polygon[i];
    const Point& to = polygon[(i + 1) % polygon.size()];
    const float at_from = a * from.x + b * from.y + c;
    const float at_to = a * to.x + b * to.y + c;
    if (at_from >= 0) result.push_back(from);
    if ((at_from >= 0) != (at_to >= 0))
      result.push_back(Mixed(from, to, at_from / (at_from - at_to)));
  }
  return result;
}

void FillPolygons(const PictureSize& item, const PictureSize& query, Alignment& alignment) {
  const float width = static_cast<float>(item.width), height = static_cast<float>(item.height);
  std::vector<Point> seen;
  for (const Point corner :
       {Point{0, 0}, Point{width, 0}, Point{width, height}, Point{0, height}}) {
    seen.push_back(alignment.placement.Apply(corner));
  }
  seen = Clipped(seen, 1, 0, 0);
  seen = Clipped(seen, -1, 0, static_cast<float>(query.width));
  seen = Clipped(seen, 0, 1, 0);
  seen = Clipped(seen, 0, -1, static_cast<float>(query.height));
  const Placement back = alignment.placement.Inverted();
  for (const Point& point : seen) {
    const Point in_item = back.Apply(point);
    alignment.visible_in_item.push_back(
        {std::clamp(in_item.x, 0.0F, width), std::clamp(in_item.y, 0.0F, height)});
  }
  alignment.place_in_query = std::move(seen);
}

// The placement in the query as it was found, given that in the mirrored query, and back.
Placement Unmirrored(const Placement& placement, int query_width) {
  Placement result = placement;
  auto& m = result.matrix;
  for (std::size_t i = 0; i < 3; ++i) m[i] = query_width * m[6 + i] - m[i];
  return result;
}

bool IsMirrored(Form form) { return form == Form::kMirrored || form == Form::kMirroredNegative; }

Alignment AlignmentOf(Judged judged, const QueryInForm& query, const BothSides& sides) {
  Alignment alignment;
  alignment.log_odds = judged.evidence.log_odds - kTried;
  alignment.cover = judged.evidence.cover;
  alignment.agreement = AgreementOf(judged.evidence, sides);
  alignment.form = query.form;
  alignment.placement =
      IsMirrored(query.form) ? Unmirrored(judged.placement, query.size.width) : judged.placement;
  alignment.pairs = std::move(judged.evidence.pairs);
  FillPolygons(sides.item.size, query.size, alignment);
  return alignment;
}

}  // namespace

Point Placement::Apply(Point item) const {
  const double x = static_cast<double>(item.x), y = static_cast<double>(item.y);
  const double w = matrix[6] * x + matrix[7] * y + matrix[8];
  return {static_cast<float>((matrix[0] * x + matrix[1] * y + matrix[2]) / w),
          static_cast<float>((matrix[3] * x + matrix[4] * y + matrix[5]) / w)};
}

double Placement::ScaleAt(Point item) const {
  return std::sqrt(std::abs(MotionAt(*this, item).Determinant()));
}

double Placement::RotationDegreesAt(Point item) const {
  // The turn of the nearest rotation, after mirroring the item left to right if that is what is
  // seen.
  const LocalMotion motion = MotionAt(*this, item);
  const double sign = motion.Determinant() < 0 ? -1 : 1;
  const double radians = std::atan2(sign * motion.yx - motion.xy, sign * motion.xx + motion.yy);
  const double degrees = radians * 57.295779513082323;
  return degrees <= -180 ? degrees + 360 : degrees;
}

bool Placement::Mirrored() const { return MotionAt(*this, {0, 0}).Determinant() < 0; }

Placement Placement::Inverted() const {
  const auto& m = matrix;
  Placement inverse;
  inverse.matrix = {
      m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
      m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
      m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]};
  const double unit = inverse.matrix[8];
  if (unit != 0) {
    for (double& one : inverse.matrix) one /= unit;
  }
  return inverse;
}

Placement Placement::After(const Placement& first) const {
  Placement both;
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      double sum = 0;
      for (std::size_t i = 0; i < 3; ++i) sum += matrix[3 * row + i] * first.matrix[3 * i + column];
      both.matrix[3 * row + column] = sum;
    }
  }
  return both;
}

std::optional<Alignment> BestAlignment(const Side& query, const Side& item, Form form) {
  return BestAlignment(QueryInForm(query.size, query.patches, form), item);
}

std::optional<Alignment> BestAlignment(const QueryInForm& query, const Side& item) {
  const std::vector<Candidate> candidates =
      LookAlikes(query.patches, item.patches, kMostCandidates);
  if (candidates.size() < kFewestPairs) return std::nullopt;
  const BothSides sides(query, item);

  std::optional<Judged> best;
  for (const Guess& guess : BestGuesses(candidates, query.patches, item.patches)) {
    auto judged = Refined(guess, candidates, sides);
    if (judged && (!best || judged->evidence.log_odds > best->evidence.log_odds)) {
      best = std::move(judged);
    }
  }
  if (!best) return std::nullopt;
  return AlignmentOf(std::move(*best), query, sides);
}

std::optional<Alignment> AlignmentNear(const Placement& placement, const QueryInForm& query,
                                       const Side& item) {
  const BothSides sides(query, item);
  Guess guess;
  guess.placement = IsMirrored(query.form) ? Unmirrored(placement, query.size.width) : placement;
  auto judged = Refined(guess, {}, sides);
  if (!judged) return std::nullopt;
  return AlignmentOf(std::move(*judged), query, sides);
}

bool Convincing(const Alignment& alignment) {
  return alignment.log_odds >= kConvincing && alignment.pairs.size() >= kFewestPairs &&
         alignment.cover >= kLeastCover && alignment.agreement >= kLeastAgreement;
}

std::optional<Alignment> Align(const Side& query, const Side& item, Form form) {
  auto alignment = BestAlignment(query, item, form);
  if (!alignment || !Convincing(*alignment)) return std::nullopt;
  return alignment;
}

}  // namespace jikimi::gallery
