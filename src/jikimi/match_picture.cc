#include "jikimi/match_picture.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace jikimi {
namespace {

constexpr int kGap = 16;  // pixels around and between the pictures

struct Colour {
  std::uint8_t red, green, blue;
};
constexpr Colour kGround = {24, 26, 30};
constexpr Colour kRegion = {255, 196, 0};
constexpr Colour kPairs[] = {{86, 180, 233},
                             {0, 158, 115},
                             {213, 94, 0},
                             {204, 121, 167},
                             {240, 228, 66}};  // Okabe and Ito: told apart by colour-blind eyes

struct Frame {  // where one picture was put on the canvas
  int left = 0, top = 0, width = 0, height = 0;

  Place At(const Place& share) const {
    return {left + share.x * (width - 1), top + share.y * (height - 1)};
  }
};

void Blend(Pixels& canvas, int x, int y, Colour colour, double strength) {
  if (x < 0 || y < 0 || x >= canvas.width() || y >= canvas.height()) return;
  std::uint8_t* pixel = canvas.row(y) + 3 * x;
  const std::uint8_t goal[3] = {colour.red, colour.green, colour.blue};
  for (int c = 0; c < 3; ++c) {
    pixel[c] = static_cast<std::uint8_t>(std::lround(pixel[c] + (goal[c] - pixel[c]) * strength));
  }
}

// A line `thickness` pixels wide: every pixel near it is blended by how much of it is covered.
void DrawLine(Pixels& canvas, Place from, Place to, Colour colour, double thickness,
              double strength) {
  const double dx = to.x - from.x, dy = to.y - from.y;
  const double length = std::hypot(dx, dy);
  const int steps = std::max(1, static_cast<int>(std::ceil(std::max(std::abs(dx), std::abs(dy)))));
  const bool steep = std::abs(dy) > std::abs(dx);
  const double slope = length == 0 ? 1 : (steep ? std::abs(dy) : std::abs(dx)) / length;
  const double half = thickness / 2 / slope;  // measured across, along the other axis
  for (int i = 0; i <= steps; ++i) {
    const double x = from.x + dx * i / steps, y = from.y + dy * i / steps;
    const double across = steep ? x : y;
    for (int a = static_cast<int>(std::floor(across - half));
         a <= static_cast<int>(std::ceil(across + half)); ++a) {
      const double cover = std::clamp(half + 0.5 - std::abs(a - across), 0.0, 1.0);
      const int along = static_cast<int>(std::lround(steep ? y : x));
      Blend(canvas, steep ? a : along, steep ? along : a, colour, cover * strength);
    }
  }
}

void DrawPolygon(Pixels& canvas, const Frame& frame, const std::vector<Place>& polygon) {
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const Place from = frame.At(polygon[i]), to = frame.At(polygon[(i + 1) % polygon.size()]);
    DrawLine(canvas, from, to, {0, 0, 0}, 5, 0.6);
    DrawLine(canvas, from, to, kRegion, 3, 1);
  }
}

Frame FrameFor(const PixelsView& picture, int left, int height) {
  if (picture.empty()) return {left, kGap, 0, 0};
  const auto width = std::lround(static_cast<double>(height) * picture.width / picture.height);
  return {left, kGap, std::clamp(static_cast<int>(width), 1, 8 * height), height};
}

// Puts the picture into its frame; each pixel is the mean of the pixels that fall into it, or the
// nearest one where the picture is smaller than its frame.
void PutPicture(Pixels& canvas, const PixelsView& picture, const Frame& frame) {
  const auto span = [](int i, int from, int to) {
    const int begin = static_cast<int>(std::int64_t{i} * from / to);
    const int end = static_cast<int>(std::int64_t{i + 1} * from / to);
    return std::pair(begin, std::max(begin + 1, end));
  };
  for (int y = 0; y < frame.height; ++y) {
    const auto [top, bottom] = span(y, picture.height, frame.height);
    for (int x = 0; x < frame.width; ++x) {
      const auto [left, right] = span(x, picture.width, frame.width);
      int sum[3] = {0, 0, 0};
      for (int row = top; row < bottom; ++row) {
        const std::uint8_t* pixel = picture.row(row) + left * picture.channels;
        for (int column = left; column < right; ++column, pixel += picture.channels) {
          for (int c = 0; c < 3; ++c) sum[c] += pixel[picture.channels == 3 ? c : 0];
        }
      }
      const int count = (bottom - top) * (right - left);
      std::uint8_t* out = canvas.row(frame.top + y) + 3 * (frame.left + x);
      for (int c = 0; c < 3; ++c) out[c] = static_cast<std::uint8_t>(sum[c] / count);
    }
  }
}

}  // namespace

Pixels DrawMatch(const PixelsView& item, const PixelsView& query, const MatchDrawing& match,
                 int height) {
  const Frame item_frame = FrameFor(item, kGap, height);
  const Frame query_frame =
      FrameFor(query, kGap + (item_frame.width > 0 ? item_frame.width + kGap : 0), height);
  Pixels canvas(query_frame.left + query_frame.width + kGap, height + 2 * kGap);
  for (int y = 0; y < canvas.height(); ++y) {
    for (int x = 0; x < canvas.width(); ++x) Blend(canvas, x, y, kGround, 1);
  }
  if (!item.empty()) PutPicture(canvas, item, item_frame);
  if (!query.empty()) PutPicture(canvas, query, query_frame);
  if (!item.empty() && !query.empty()) {
    for (std::size_t i = 0; i < match.pairs.size(); ++i) {
      DrawLine(canvas, item_frame.At(match.pairs[i].item), query_frame.At(match.pairs[i].query),
               kPairs[i % std::size(kPairs)], 1.2, 0.75);
    }
  }
  if (!item.empty()) DrawPolygon(canvas, item_frame, match.region_in_item);
  if (!query.empty()) DrawPolygon(canvas, query_frame, match.region_in_query);
  return canvas;
}

}  // namespace jikimi
