#include "gallery/picture_relation.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace jikimi::gallery {
namespace {

using fingerprint::Dihedral;
using fingerprint::kDihedrals;
using fingerprint::kPlainQuality;
using fingerprint::Region;

// Where a point of the item's unit square is in the query's, when the query's word in `dihedral` is
// the item's: x = xx * u + xy * v + x0, and so on.
struct UnitMotion {
  int xx, xy, x0, yx, yy, y0;
};
constexpr UnitMotion kUnitMotions[kDihedrals] = {
    {1, 0, 0, 0, 1, 0},    // kOriginal
    {0, -1, 1, 1, 0, 0},   // kRotate90
    {-1, 0, 1, 0, -1, 1},  // kRotate180
    {0, 1, 0, -1, 0, 1},   // kRotate270
    {1, 0, 0, 0, -1, 1},   // kFlipX
    {-1, 0, 1, 0, 1, 0},   // kFlipY
    {0, 1, 0, 1, 0, 0},    // kFlipPlus1
    {0, -1, 1, -1, 0, 1},  // kFlipMinus1
};

std::vector<Point> Corners(const PictureSize& size) {
  const auto width = static_cast<float>(size.width), height = static_cast<float>(size.height);
  return {{0, 0}, {width, 0}, {width, height}, {0, height}};
}

// Whether the polygon has a corner near each of the picture's.
bool Covers(const std::vector<Point>& polygon, const PictureSize& size, double slack) {
  const auto corners = Corners(size);
  return std::all_of(corners.begin(), corners.end(), [&](const Point& corner) {
    return std::any_of(polygon.begin(), polygon.end(), [&](const Point& point) {
      return std::abs(point.x - corner.x) <= slack * size.width + 1 &&
             std::abs(point.y - corner.y) <= slack * size.height + 1;
    });
  });
}

std::vector<Point> Corners(const Region& region) {
  const float right = region.x + region.width, bottom = region.y + region.height;
  return {{region.x, region.y}, {right, region.y}, {right, bottom}, {region.x, bottom}};
}

// Whether the placement lays the corners of the item's part on those of the query's.
bool Covers(const Placement& placement, const Region& item_part, const Region& query_part) {
  constexpr float kSlack = 0.04F;  // of a side
  std::vector<Point> laid;
  for (const Point& corner : Corners(item_part)) laid.push_back(placement.Apply(corner));
  const auto corners = Corners(query_part);
  return std::all_of(corners.begin(), corners.end(), [&](const Point& corner) {
    return std::any_of(laid.begin(), laid.end(), [&](const Point& point) {
      return std::abs(point.x - corner.x) <= kSlack * query_part.width + 1 &&
             std::abs(point.y - corner.y) <= kSlack * query_part.height + 1;
    });
  });
}

}  // namespace

QueryWords WordsToAsk(const fingerprint::PictureFingerprint& picture) {
  QueryWords asked;
  asked.parts.push_back(
      {0, 0, static_cast<float>(picture.width), static_cast<float>(picture.height)});
  const auto add = [&](const std::array<Word256, kDihedrals>& words, int part) {
    for (int d = 0; d < kDihedrals; ++d) {
      for (const bool negative : {false, true}) {
        const Word256& word = words[static_cast<std::size_t>(d)];
        asked.words.push_back(negative ? ~word : word);
        asked.forms.push_back({part, static_cast<Dihedral>(d), negative});
      }
    }
  };
  if (picture.whole_quality >= kPlainQuality) add(picture.whole, 0);
  for (std::size_t i = 0; i < picture.inner.size(); ++i) {
    asked.parts.push_back(picture.inner[i].region);
    if (picture.inner[i].quality >= kPlainQuality) {
      add(picture.inner[i].words, static_cast<int>(i) + 1);
    }
  }
  return asked;
}

std::optional<WordMatch> MatchWords(const QueryWords& query, std::span<const PartWord> item) {
  std::optional<WordMatch> best;
  for (std::size_t i = 0; i < query.words.size(); ++i) {
    for (const PartWord& part : item) {
      const int distance = HammingDistance(query.words[i], part.word);
      if (distance > kWordRadius || (best && distance >= best->distance)) continue;
      const QueryWords::Form& form = query.forms[i];
      best = WordMatch{distance, form.dihedral, form.negative, form.part, part.part};
    }
  }
  return best;
}

double WordLogOdds(int distance) {
  // Distances between unrelated photographs: a mean of 128 bits and a spread of 13 (the nearest
  // pair in half a million is 86). The tail of that normal law; of one picture's copies nearly all
  // are within the radius.
  const double spreads = (128.0 - distance) / 13.0;
  return 0.5 * spreads * spreads;
}

Placement PlacementByWord(const WordMatch& match, const Region& query_part,
                          const Region& item_part) {
  const UnitMotion& unit = kUnitMotions[static_cast<std::size_t>(match.dihedral)];
  const double from_width = 1 / std::max(1.0, static_cast<double>(item_part.width));
  const double from_height = 1 / std::max(1.0, static_cast<double>(item_part.height));
  const double item_x = static_cast<double>(item_part.x), item_y = static_cast<double>(item_part.y);
  const auto row = [&](int by_u, int by_v, int offset, double size, double start) {
    const double u = by_u * from_width * size, v = by_v * from_height * size;
    return std::array<double, 3>{u, v, start + offset * size - u * item_x - v * item_y};
  };
  const auto x = row(unit.xx, unit.xy, unit.x0, static_cast<double>(query_part.width),
                     static_cast<double>(query_part.x));
  const auto y = row(unit.yx, unit.yy, unit.y0, static_cast<double>(query_part.height),
                     static_cast<double>(query_part.y));
  return Placement{{x[0], x[1], x[2], y[0], y[1], y[2], 0, 0, 1}};
}

How HowOf(const Placement& placement, bool negative, const PictureSize& query,
          const PictureSize& item) {
  How how;
  const Point middle = {static_cast<float>(item.width) / 2, static_cast<float>(item.height) / 2};
  how.rotation_degrees = placement.RotationDegreesAt(middle);
  how.scale = placement.ScaleAt(middle);
  how.mirrored = placement.Mirrored();
  how.negative = negative;
  how.visible_in_item = Corners(item);
  for (const Point& corner : how.visible_in_item) {
    how.place_in_query.push_back(placement.Apply(corner));
  }
  how.item_size = item;
  how.query_size = query;
  return how;
}

How HowOf(const Alignment& alignment, const PictureSize& query, const PictureSize& item) {
  const bool negative = alignment.form == fingerprint::Form::kNegative ||
                        alignment.form == fingerprint::Form::kMirroredNegative;
  How how = HowOf(alignment.placement, negative, query, item);
  how.visible_in_item = alignment.visible_in_item;
  how.place_in_query = alignment.place_in_query;
  if (!how.visible_in_item.empty()) {
    Point middle;
    for (const Point& point : how.visible_in_item) {
      middle.x += point.x / static_cast<float>(how.visible_in_item.size());
      middle.y += point.y / static_cast<float>(how.visible_in_item.size());
    }
    how.rotation_degrees = alignment.placement.RotationDegreesAt(middle);
    how.scale = alignment.placement.ScaleAt(middle);
  }
  return how;
}

std::optional<int> WordDistanceAt(const Placement& placement, const QueryWords& query,
                                  std::span<const PartWord> item) {
  std::optional<int> innermost;
  double least_area = 0;
  for (const PartWord& word : item) {
    const double area =
        static_cast<double>(word.region.width) * static_cast<double>(word.region.height);
    if (innermost && area > least_area) continue;
    std::vector<bool> covered;
    for (const Region& part : query.parts) covered.push_back(Covers(placement, word.region, part));
    std::optional<int> nearest;
    for (std::size_t i = 0; i < query.words.size(); ++i) {
      if (!covered[static_cast<std::size_t>(query.forms[i].part)]) continue;
      const int distance = HammingDistance(query.words[i], word.word);
      if (!nearest || distance < *nearest) nearest = distance;
    }
    if (!nearest) continue;
    const bool as_small = innermost && area == least_area;
    innermost = as_small ? std::min(*innermost, *nearest) : *nearest;
    least_area = area;
  }
  return innermost;
}

bool FillsUnchanged(const How& how) {
  constexpr double kSlack = 0.02;  // of a side
  if (how.mirrored || how.negative) return false;
  const double width_scale = static_cast<double>(how.query_size.width) / how.item_size.width;
  const double height_scale = static_cast<double>(how.query_size.height) / how.item_size.height;
  // Small pictures are rounded to whole pixels.
  const double rounding = 1.0 / std::min({how.query_size.width, how.query_size.height,
                                          how.item_size.width, how.item_size.height});
  if (std::abs(width_scale / height_scale - 1) > kSlack + rounding) return false;
  if (!Covers(how.visible_in_item, how.item_size, kSlack) ||
      !Covers(how.place_in_query, how.query_size, kSlack)) {
    return false;
  }
  return std::abs(how.rotation_degrees) < 2;
}

}  // namespace jikimi::gallery
