#include "fingerprint/screen_picture.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace jikimi::fingerprint {
namespace {

// Sum over three channels that a screen's ground stays under, which must not be taken for a bright
// sky.
constexpr int kSameGround = 18;
// The ground of a screen shows through between its text this much.
constexpr double kGround = 0.42;
// A screen's ground covers at least one part in so many, a bubble's or a bar's on it one in more.
// Of the latter most is within this of its mean, which tells it from a clear sky.
constexpr std::int64_t kPartsOfGround = 8, kPartsOfBubble = 25;
constexpr int kSameBubble = 3;
constexpr double kFlatBubble = 0.8;
// A picture on a screen fills its box this much; the rest looks like the ground.
constexpr double kBoxFilled = 0.6;

struct Range {
  int from = 0, to = 0;  // half-open
};

// The colours of a screen's ground: the most common one, if it covers enough, and those of bubbles
// and bars on it, which are as flat as a photograph never is.
std::vector<Color> GroundColors(const PixelsView& picture) {
  constexpr int kLevels = 16;
  constexpr int kMostGrounds = 4;
  std::vector<int> counts(kLevels * kLevels * kLevels);
  const auto bin = [](const Color& color) {
    return static_cast<std::size_t>((color[0] / 16 * kLevels + color[1] / 16) * kLevels +
                                    color[2] / 16);
  };
  const auto each = [&](const auto& visit) {
    for (int y = 0; y < picture.height; ++y) {
      for (int x = 0; x < picture.width; ++x) visit(ColorAt(picture, x, y));
    }
  };
  each([&](const Color& color) { ++counts[bin(color)]; });
  const std::int64_t all = std::int64_t{picture.width} * picture.height;
  std::vector<Color> grounds;
  while (grounds.size() < kMostGrounds) {
    const auto most = std::max_element(counts.begin(), counts.end());
    const std::int64_t count = *most;
    if (count * (grounds.empty() ? kPartsOfGround : kPartsOfBubble) < all) break;
    const auto wanted = static_cast<std::size_t>(most - counts.begin());
    std::array<std::int64_t, 3> sums = {};
    each([&](const Color& color) {
      if (bin(color) != wanted) return;
      for (std::size_t i = 0; i < 3; ++i) sums[i] += color[i];
    });
    Color mean;
    for (std::size_t i = 0; i < 3; ++i) mean[i] = static_cast<int>((sums[i] + count / 2) / count);
    std::int64_t flat = 0;
    each([&](const Color& color) {
      flat += bin(color) == wanted && Difference(color, mean) <= kSameBubble ? 1 : 0;
    });
    *most = 0;
    if (grounds.empty() || static_cast<double>(flat) >= kFlatBubble * static_cast<double>(count)) {
      grounds.push_back(mean);
    }
  }
  return grounds;
}

// The stretch of lines that shows the ground least: the largest sum of kGround - share.
Range LeastGround(const std::vector<double>& shares) {
  Range best;
  double best_sum = 0, sum = 0;
  int from = 0;
  for (int i = 0; i < static_cast<int>(shares.size()); ++i) {
    if (sum <= 0) {
      sum = 0;
      from = i;
    }
    sum += kGround - shares[static_cast<std::size_t>(i)];
    if (sum > best_sum) {
      best_sum = sum;
      best = {from, i + 1};
    }
  }
  return best;
}

double MeanOutside(const std::vector<double>& shares, Range range) {
  double sum = 0;
  int count = 0;
  for (int i = 0; i < static_cast<int>(shares.size()); ++i) {
    if (i >= range.from && i < range.to) continue;
    sum += shares[static_cast<std::size_t>(i)];
    ++count;
  }
  return count == 0 ? 1.0 : sum / count;
}

// Where a screen's ground shows, by pixel.
struct Ground {
  int width = 0, height = 0;
  std::vector<std::uint8_t> is_ground;  // by row

  bool At(int x, int y) const {
    return is_ground[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                     static_cast<std::size_t>(x)] != 0;
  }
};

std::optional<Ground> GroundOf(const PixelsView& samples) {
  const std::vector<Color> colors = GroundColors(samples);
  if (colors.empty()) return std::nullopt;
  Ground ground = {samples.width, samples.height, {}};
  for (int y = 0; y < samples.height; ++y) {
    for (int x = 0; x < samples.width; ++x) {
      const Color color = ColorAt(samples, x, y);
      ground.is_ground.push_back(std::any_of(colors.begin(), colors.end(), [&](const Color& one) {
        return Difference(color, one) <= kSameGround;
      }));
    }
  }
  return ground;
}

// The rows, and of those the columns, that show the ground least.
std::optional<Box> LeastGroundBox(const Ground& ground) {
  const auto rows = [&](Range columns) {
    std::vector<double> shares(static_cast<std::size_t>(ground.height));
    for (int y = 0; y < ground.height; ++y) {
      int count = 0;
      for (int x = columns.from; x < columns.to; ++x) count += ground.At(x, y) ? 1 : 0;
      shares[static_cast<std::size_t>(y)] =
          static_cast<double>(count) / (columns.to - columns.from);
    }
    return shares;
  };
  const auto columns = [&](Range lines) {
    std::vector<double> shares(static_cast<std::size_t>(ground.width));
    for (int x = 0; x < ground.width; ++x) {
      int count = 0;
      for (int y = lines.from; y < lines.to; ++y) count += ground.At(x, y) ? 1 : 0;
      shares[static_cast<std::size_t>(x)] = static_cast<double>(count) / (lines.to - lines.from);
    }
    return shares;
  };
  // A picture with wide margins shows in no row as a whole: the columns come first then.
  const std::vector<double> all_rows = rows({0, ground.width});
  Range down = LeastGround(all_rows);
  if (down.to == down.from) down = {0, ground.height};
  Range across = LeastGround(columns(down));
  if (across.to == across.from) return std::nullopt;
  down = LeastGround(rows(across));
  if (down.to == down.from) return std::nullopt;
  across = LeastGround(columns(down));
  if (across.to == across.from) return std::nullopt;
  if (MeanOutside(all_rows, down) < 0.5) return std::nullopt;
  return Box{across.from, down.from, across.to, down.to};
}

// The largest piece without ground that is a box for the most part: a picture between bubbles,
// which fills neither its rows nor its columns.
std::optional<Box> LargestPiece(const Ground& ground) {
  std::vector<std::uint8_t> seen = ground.is_ground;
  const auto at = [&](int x, int y) -> std::uint8_t& {
    return seen[static_cast<std::size_t>(y) * static_cast<std::size_t>(ground.width) +
                static_cast<std::size_t>(x)];
  };
  Box best;
  std::int64_t most = 0;
  std::vector<std::pair<int, int>> open;
  for (int top = 0; top < ground.height; ++top) {
    for (int left = 0; left < ground.width; ++left) {
      if (at(left, top) != 0) continue;
      Box box = {left, top, left + 1, top + 1};
      std::int64_t cells = 0;
      at(left, top) = 1;
      open.emplace_back(left, top);
      while (!open.empty()) {
        const auto [x, y] = open.back();
        open.pop_back();
        ++cells;
        box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x + 1),
               std::max(box.bottom, y + 1)};
        for (const auto& [u, v] : {std::pair(x - 1, y), {x + 1, y}, {x, y - 1}, {x, y + 1}}) {
          if (u < 0 || v < 0 || u >= ground.width || v >= ground.height || at(u, v) != 0) continue;
          at(u, v) = 1;
          open.emplace_back(u, v);
        }
      }
      if (cells > most && static_cast<double>(cells) >= kBoxFilled * box.area()) {
        most = cells;
        best = box;
      }
    }
  }
  if (static_cast<double>(most) < kSmallestInnerArea * ground.width * ground.height)
    return std::nullopt;
  return best;
}

}  // namespace

std::optional<Box> FindOnScreen(const PixelsView& screen) {
  const std::optional<Ground> ground = GroundOf(screen);
  if (!ground) return std::nullopt;
  const std::optional<Box> box = LeastGroundBox(*ground);
  return box ? box : LargestPiece(*ground);
}

}  // namespace jikimi::fingerprint
