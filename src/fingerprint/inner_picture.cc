#include "fingerprint/inner_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "fingerprint/screen_picture.h"

namespace jikimi::fingerprint {
namespace {

constexpr int kGridSide = 256;         // samples along the longer side at most
constexpr int kLineSamples = 128;      // samples of one line of pixels
constexpr int kSmallestSide = 24;      // pixels
constexpr double kLargestArea = 0.97;  // of the picture
// Sum over three channels that JPEG noise stays under on a flat ground.
constexpr int kSameColor = 40;

// A border is as flat as this.
constexpr double kFlat = 0.93;
// Mean colour step across the seam between a picture and its blurred copy.
constexpr double kSeam = 14;

// The axis along which lines are counted: kDown looks at rows, kAcross at columns.
enum class Axis { kDown, kAcross };

struct Range {
  int from = 0, to = 0;  // half-open
};

Range Along(const Box& box, Axis axis) {
  return axis == Axis::kDown ? Range{box.top, box.bottom} : Range{box.left, box.right};
}

// Colours evenly spread over line `at` inside of `box`.
class Line {
 public:
  Line(const PixelsView& picture, const Box& box, Axis axis, int at) {
    const Range other = Along(box, axis == Axis::kDown ? Axis::kAcross : Axis::kDown);
    size_ = std::min(kLineSamples, other.to - other.from);
    for (int i = 0; i < size_; ++i) {
      const int along = other.from + static_cast<int>((i + 0.5) * (other.to - other.from) / size_);
      colors_[static_cast<std::size_t>(i)] =
          axis == Axis::kDown ? ColorAt(picture, along, at) : ColorAt(picture, at, along);
    }
  }

  // The middle value of each channel.
  Color Median() const {
    Color median = {};
    for (std::size_t channel = 0; channel < 3; ++channel) {
      std::array<int, kLineSamples> values;
      for (int i = 0; i < size_; ++i) {
        values[static_cast<std::size_t>(i)] = colors_[static_cast<std::size_t>(i)][channel];
      }
      const auto middle = values.begin() + size_ / 2;
      std::nth_element(values.begin(), middle, values.begin() + size_);
      median[channel] = *middle;
    }
    return median;
  }

  // The share of samples of about this colour.
  double ShareOf(const Color& color) const {
    int count = 0;
    for (int i = 0; i < size_; ++i) {
      count += Difference(colors_[static_cast<std::size_t>(i)], color) <= kSameColor;
    }
    return static_cast<double>(count) / size_;
  }

  // The share of samples that differ from the other line's, and by how much on the mean.
  double MeanDifference(const Line& other) const {
    int sum = 0;
    for (int i = 0; i < size_; ++i) {
      const auto at = static_cast<std::size_t>(i);
      sum += std::min(Difference(colors_[at], other.colors_[at]), 90);
    }
    return static_cast<double>(sum) / size_;
  }

 private:
  int size_ = 0;
  std::array<Color, kLineSamples> colors_;
};

// The picture and a coarse copy of it, of every n-th pixel, in which things are looked for before
// they are looked at.
struct Views {
  explicit Views(const PixelsView& picture) : full(picture) {
    const double scale =
        std::max(1.0, static_cast<double>(std::max(picture.width, picture.height)) / kGridSide);
    const int width = std::max(1, static_cast<int>(picture.width / scale));
    const int height = std::max(1, static_cast<int>(picture.height / scale));
    small = Pixels(width, height, picture.channels);
    scale_x = static_cast<double>(picture.width) / width;
    scale_y = static_cast<double>(picture.height) / height;
    for (int y = 0; y < height; ++y) {
      const std::uint8_t* in = picture.row(static_cast<int>((y + 0.5) * scale_y));
      std::uint8_t* out = small.row(y);
      for (int x = 0; x < width; ++x) {
        const std::uint8_t* pixel =
            in + std::ptrdiff_t{static_cast<int>((x + 0.5) * scale_x)} * picture.channels;
        for (int channel = 0; channel < picture.channels; ++channel) *out++ = pixel[channel];
      }
    }
  }

  double scale(Axis axis) const { return axis == Axis::kDown ? scale_y : scale_x; }
  // The box in the coarse copy; at least one pixel.
  Box Coarse(const Box& box) const {
    Box coarse = {static_cast<int>(std::lround(box.left / scale_x)),
                  static_cast<int>(std::lround(box.top / scale_y)),
                  static_cast<int>(std::lround(box.right / scale_x)),
                  static_cast<int>(std::lround(box.bottom / scale_y))};
    coarse.left = std::clamp(coarse.left, 0, small.width() - 1);
    coarse.top = std::clamp(coarse.top, 0, small.height() - 1);
    coarse.right = std::clamp(coarse.right, coarse.left + 1, small.width());
    coarse.bottom = std::clamp(coarse.bottom, coarse.top + 1, small.height());
    return coarse;
  }

  PixelsView full;
  Pixels small;
  double scale_x = 1, scale_y = 1;  // pixels a coarse pixel
};

// How many lines from one end of `box` on are flat and of one colour.
int FlatLines(const Views& views, const Box& box, Axis axis, bool from_end) {
  const auto count_flat = [&](const PixelsView& picture, const Box& part, const Color& color,
                              int from) {
    const Range range = Along(part, axis);
    int count = from;
    while (count < range.to - range.from &&
           Line(picture, part, axis, from_end ? range.to - 1 - count : range.from + count)
                   .ShareOf(color) >= kFlat) {
      ++count;
    }
    return count;
  };
  const Range range = Along(box, axis);
  const Color color = Line(views.full, box, axis, from_end ? range.to - 1 : range.from).Median();
  const int coarse = count_flat(views.small.view(), views.Coarse(box), color, 0);
  const int sure = static_cast<int>((coarse - 2) * views.scale(axis));
  return count_flat(views.full, box, color, std::clamp(sure, 0, range.to - range.from));
}

// A resampled edge mixes border and picture; that line belongs to neither.
int WithoutMixedLine(int lines) { return lines > 0 ? lines + 1 : 0; }

// `box` without the flat borders at its four sides, each of a colour of its own.
Box WithoutBorder(const Views& views, const Box& box) {
  Box inner = box;
  for (const Axis axis : {Axis::kDown, Axis::kAcross}) {
    const int first = WithoutMixedLine(FlatLines(views, inner, axis, false));
    const int last = WithoutMixedLine(FlatLines(views, inner, axis, true));
    const Range range = Along(inner, axis);
    if (range.to - range.from - first - last < kSmallestSide) return box;
    (axis == Axis::kDown ? inner.top : inner.left) += first;
    (axis == Axis::kDown ? inner.bottom : inner.right) -= last;
  }
  return inner;
}

// Where neighbouring lines differ most, near `at`.
int SharpestLine(const PixelsView& picture, const Box& box, Axis axis, int at, int reach) {
  const Range range = Along(box, axis);
  if (at <= range.from + 1 || at >= range.to - 1) return at;
  const int first = std::max(range.from + 1, at - reach);
  const int last = std::min(range.to - 1, at + reach);
  int best = at;
  double best_difference = 0;
  Line before(picture, box, axis, first - 1);
  for (int i = first; i <= last; ++i) {
    const Line line(picture, box, axis, i);
    const double difference = line.MeanDifference(before);
    if (difference > best_difference) {
      best_difference = difference;
      best = i;
    }
    before = line;
  }
  return best;
}

// The picture on a screen.
std::optional<Box> OnScreen(const Views& views, const Box& whole) {
  const std::optional<Box> cells = FindOnScreen(views.small.view());
  if (!cells) return std::nullopt;

  const auto pixel = [](int cell_number, double scale) {
    return static_cast<int>(std::lround(cell_number * scale));
  };
  Box box = {pixel(cells->left, views.scale_x), pixel(cells->top, views.scale_y),
             pixel(cells->right, views.scale_x), pixel(cells->bottom, views.scale_y)};
  const int reach_x = static_cast<int>(2 * views.scale_x) + 1;
  const int reach_y = static_cast<int>(2 * views.scale_y) + 1;
  const Box band = {box.left, whole.top, box.right, whole.bottom};
  box.top = SharpestLine(views.full, band, Axis::kDown, box.top, reach_y);
  box.bottom = SharpestLine(views.full, band, Axis::kDown, box.bottom, reach_y);
  const Box strip = {whole.left, box.top, whole.right, box.bottom};
  box.left = SharpestLine(views.full, strip, Axis::kAcross, box.left, reach_x);
  box.right = SharpestLine(views.full, strip, Axis::kAcross, box.right, reach_x);
  if (box.width() < kSmallestSide || box.height() < kSmallestSide) return std::nullopt;
  return WithoutBorder(views, box);
}

// Bars of a blurred copy: two seams across the whole picture, as far from one end as from the
// other, far sharper than what lies outside of them.
std::optional<Box> BetweenSeams(const Views& views, const Box& whole, Axis axis) {
  const PixelsView small = views.small.view();
  const Box coarse = {0, 0, small.width, small.height};
  const int length = Along(coarse, axis).to;
  if (length < 2 * kSmallestSide) return std::nullopt;
  // steps[i] is how far line i is from line i - 1. Bars are at most 40 % each.
  const int widest = length * 2 / 5;
  std::vector<double> steps(static_cast<std::size_t>(length), 0.0);
  const auto scan = [&](int from, int to) {
    Line before(small, coarse, axis, from - 1);
    for (int i = from; i < to; ++i) {
      const Line line(small, coarse, axis, i);
      steps[static_cast<std::size_t>(i)] = line.MeanDifference(before);
      before = line;
    }
  };
  scan(1, widest);
  scan(length - widest, length);
  int best = 0;
  double best_step = 0;
  for (int i = std::max(3, length / 40); i < widest - 1; ++i) {
    for (const int mirrored : {length - i - 1, length - i, length - i + 1}) {
      const double both =
          std::min(steps[static_cast<std::size_t>(i)], steps[static_cast<std::size_t>(mirrored)]);
      if (both > best_step) {
        best_step = both;
        best = i;
      }
    }
  }
  if (best_step < kSeam) return std::nullopt;
  std::vector<double> outside(steps.begin() + 1, steps.begin() + best - 1);
  outside.insert(outside.end(), steps.end() - best + 2, steps.end());
  const auto high = outside.begin() + static_cast<std::ptrdiff_t>(outside.size() * 9 / 10);
  std::nth_element(outside.begin(), high, outside.end());
  if (best_step < 3 * *high) return std::nullopt;
  const double scale = views.scale(axis);
  const int reach = static_cast<int>(2 * scale) + 1;
  const int first = SharpestLine(views.full, whole, axis, static_cast<int>(best * scale), reach);
  const int last =
      SharpestLine(views.full, whole, axis, static_cast<int>((length - best) * scale), reach);
  Box box = whole;
  (axis == Axis::kDown ? box.top : box.left) = first;
  (axis == Axis::kDown ? box.bottom : box.right) = last;
  return box;
}

bool Near(const Region& a, const Box& b) {
  const double slack = 0.01 * std::max(a.width, a.height) + 1;
  return std::abs(a.x - static_cast<float>(b.left)) <= slack &&
         std::abs(a.y - static_cast<float>(b.top)) <= slack &&
         std::abs(a.x + a.width - static_cast<float>(b.right)) <= slack &&
         std::abs(a.y + a.height - static_cast<float>(b.bottom)) <= slack;
}

}  // namespace

std::vector<Region> FindInnerPictures(const PixelsView& picture) {
  std::vector<Region> regions;
  if (picture.width < 2 * kSmallestSide || picture.height < 2 * kSmallestSide) return regions;
  const Box whole = {0, 0, picture.width, picture.height};
  const auto add = [&](const std::optional<Box>& box) {
    if (!box || regions.size() >= kInnerPictures) return;
    if (box->width() < kSmallestSide || box->height() < kSmallestSide) return;
    if (box->area() < kSmallestInnerArea * whole.area()) return;
    if (box->area() > kLargestArea * whole.area()) return;
    for (const Region& region : regions) {
      if (Near(region, *box)) return;
    }
    regions.push_back({static_cast<float>(box->left), static_cast<float>(box->top),
                       static_cast<float>(box->width()), static_cast<float>(box->height())});
  };
  const Views views(picture);
  // A frame within bars shows once the bars are gone; so, at times, does the ground under a sky.
  const Box once = WithoutBorder(views, whole);
  add(once);
  add(WithoutBorder(views, WithoutBorder(views, once)));
  add(OnScreen(views, whole));
  if (!regions.empty()) return regions;
  for (const Axis axis : {Axis::kAcross, Axis::kDown}) add(BetweenSeams(views, whole, axis));
  return regions;
}

}  // namespace jikimi::fingerprint
