#include "gallery/alignment_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace jikimi::gallery {
namespace {

constexpr double kMostScale = 12;
constexpr double kMostSqueeze = 2.6;
constexpr double kMostForeshortening = 4;  // of local areas between corners
constexpr int kNewtonSteps = 3;

// Solves the symmetric positive system a * x = b of `n` unknowns in place (Cholesky); false when it
// is singular.
template <std::size_t kMost>
bool SolveSymmetric(std::array<std::array<double, kMost>, kMost>& a, std::array<double, kMost>& b,
                    std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const double before = a[i][i];
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i][j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i][k] * a[j][k];
      if (i == j) {
        if (!(sum > 1e-10 * before) || !(before > 0)) return false;
        a[i][i] = std::sqrt(sum);
      } else {
        a[i][j] = sum / a[j][j];
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
  return true;
}

// Moves weighted places to their centre and to unit spread, for well-conditioned systems.
struct Frame {
  double x = 0, y = 0, spread = 1;
  double X(Point p) const { return (static_cast<double>(p.x) - x) / spread; }
  double Y(Point p) const { return (static_cast<double>(p.y) - y) / spread; }
};

Frame FrameOf(std::span<const PlacePair> pairs, Point PlacePair::*place) {
  Frame frame;
  double sum = 0;
  for (const PlacePair& pair : pairs) {
    frame.x += pair.weight * static_cast<double>((pair.*place).x);
    frame.y += pair.weight * static_cast<double>((pair.*place).y);
    sum += pair.weight;
  }
  frame.x /= sum;
  frame.y /= sum;
  double squares = 0;
  for (const PlacePair& pair : pairs) {
    const double dx = static_cast<double>((pair.*place).x) - frame.x;
    const double dy = static_cast<double>((pair.*place).y) - frame.y;
    squares += pair.weight * (dx * dx + dy * dy);
  }
  frame.spread = std::max(std::sqrt(squares / sum), 1e-9);
  return frame;
}

using Matrix = std::array<double, 9>;

Matrix Product(const Matrix& a, const Matrix& b) {
  Matrix c = {};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 3; ++k) c[3 * i + j] += a[3 * i + k] * b[3 * k + j];
    }
  }
  return c;
}

// From item pixels to query pixels, given the placement between the two frames.
Placement Unframed(const Matrix& matrix, const Frame& item, const Frame& query) {
  const Matrix in = {1 / item.spread,
                     0,
                     -item.x / item.spread,
                     0,
                     1 / item.spread,
                     -item.y / item.spread,
                     0,
                     0,
                     1};
  const Matrix out = {query.spread, 0, query.x, 0, query.spread, query.y, 0, 0, 1};
  Placement placement;
  placement.matrix = Product(out, Product(matrix, in));
  const double last = placement.matrix[8];
  for (double& entry : placement.matrix) entry /= last;
  return placement;
}

std::optional<Matrix> FitSimilarity(std::span<const PlacePair> pairs, const Frame& item,
                                    const Frame& query) {
  double along = 0, across = 0, norm = 0;
  for (const PlacePair& pair : pairs) {
    const double x = item.X(pair.item), y = item.Y(pair.item);
    const double u = query.X(pair.query), v = query.Y(pair.query);
    along += pair.weight * (x * u + y * v);
    across += pair.weight * (x * v - y * u);
    norm += pair.weight * (x * x + y * y);
  }
  if (!(norm > 0)) return std::nullopt;
  const double a = along / norm;
  const double b = across / norm;
  return Matrix{a, -b, 0, b, a, 0, 0, 0, 1};
}

std::optional<Matrix> FitAffine(std::span<const PlacePair> pairs, const Frame& item,
                                const Frame& query) {
  std::array<std::array<double, 3>, 3> normal = {};
  std::array<double, 3> right_u = {}, right_v = {};
  for (const PlacePair& pair : pairs) {
    const std::array<double, 3> row = {item.X(pair.item), item.Y(pair.item), 1};
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) normal[i][j] += pair.weight * row[i] * row[j];
      right_u[i] += pair.weight * row[i] * query.X(pair.query);
      right_v[i] += pair.weight * row[i] * query.Y(pair.query);
    }
  }
  auto copy = normal;
  if (!SolveSymmetric(normal, right_u, 3) || !SolveSymmetric(copy, right_v, 3)) return std::nullopt;
  return Matrix{right_u[0], right_u[1], right_u[2], right_v[0], right_v[1], right_v[2], 0, 0, 1};
}

std::optional<Matrix> FitProjective(std::span<const PlacePair> pairs, const Frame& item,
                                    const Frame& query, Matrix matrix) {
  double weights = 0;
  for (const PlacePair& pair : pairs) weights += pair.weight;
  for (int step = 0; step < kNewtonSteps; ++step) {
    std::array<std::array<double, 8>, 8> normal = {};
    std::array<double, 8> right = {};
    // A little resistance against perspective that the pairs don't ask for.
    normal[6][6] = normal[7][7] = 1e-3 * weights;
    right[6] = -1e-3 * weights * matrix[6];
    right[7] = -1e-3 * weights * matrix[7];
    for (const PlacePair& pair : pairs) {
      const double x = item.X(pair.item), y = item.Y(pair.item);
      const double w = matrix[6] * x + matrix[7] * y + 1;
      if (!(w > 0.2)) return std::nullopt;
      const double u = (matrix[0] * x + matrix[1] * y + matrix[2]) / w;
      const double v = (matrix[3] * x + matrix[4] * y + matrix[5]) / w;
      const std::array<double, 8> du = {x / w, y / w, 1 / w, 0, 0, 0, -u * x / w, -u * y / w};
      const std::array<double, 8> dv = {0, 0, 0, x / w, y / w, 1 / w, -v * x / w, -v * y / w};
      const double eu = query.X(pair.query) - u;
      const double ev = query.Y(pair.query) - v;
      for (std::size_t i = 0; i < 8; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
          normal[i][j] += pair.weight * (du[i] * du[j] + dv[i] * dv[j]);
        }
        right[i] += pair.weight * (du[i] * eu + dv[i] * ev);
      }
    }
    if (!SolveSymmetric(normal, right, 8)) return std::nullopt;
    for (std::size_t i = 0; i < 8; ++i) matrix[i] += right[i];
  }
  return matrix;
}

}  // namespace

std::optional<Placement> FitPlacement(std::span<const PlacePair> pairs, Motion motion) {
  const std::size_t least = motion == Motion::kSimilarity ? 2 : motion == Motion::kAffine ? 3 : 4;
  if (pairs.size() < least) return std::nullopt;
  const Frame item = FrameOf(pairs, &PlacePair::item);
  const Frame query = FrameOf(pairs, &PlacePair::query);
  if (motion == Motion::kSimilarity) {
    const auto matrix = FitSimilarity(pairs, item, query);
    if (!matrix) return std::nullopt;
    return Unframed(*matrix, item, query);
  }
  auto matrix = FitAffine(pairs, item, query);
  if (matrix && motion == Motion::kProjective) matrix = FitProjective(pairs, item, query, *matrix);
  if (!matrix) return std::nullopt;
  return Unframed(*matrix, item, query);
}

LocalMotion MotionAt(const Placement& placement, Point item) {
  const auto& m = placement.matrix;
  const double x = static_cast<double>(item.x), y = static_cast<double>(item.y);
  const double w = m[6] * x + m[7] * y + m[8];
  const double u = (m[0] * x + m[1] * y + m[2]) / w;
  const double v = (m[3] * x + m[4] * y + m[5]) / w;
  return {(m[0] - u * m[6]) / w, (m[1] - u * m[7]) / w, (m[3] - v * m[6]) / w,
          (m[4] - v * m[7]) / w};
}

bool Plausible(const Placement& placement, PictureSize item) {
  const auto& m = placement.matrix;
  for (const double entry : m) {
    if (!std::isfinite(entry)) return false;
  }
  const double width = item.width, height = item.height;
  const std::array<Point, 5> places = {
      Point{0, 0}, Point{static_cast<float>(width), 0}, Point{0, static_cast<float>(height)},
      Point{static_cast<float>(width), static_cast<float>(height)},
      Point{static_cast<float>(width / 2), static_cast<float>(height / 2)}};
  double least = 1e300, most = 0;
  for (const Point& place : places) {
    const double w =
        m[6] * static_cast<double>(place.x) + m[7] * static_cast<double>(place.y) + m[8];
    if (!(w > 0.05)) return false;
    const LocalMotion motion = MotionAt(placement, place);
    const double area = motion.Determinant();
    if (!(area > 0)) return false;
    least = std::min(least, area);
    most = std::max(most, area);
    // Singular values from the sum of squares and the determinant.
    const double squares = motion.xx * motion.xx + motion.xy * motion.xy + motion.yx * motion.yx +
                           motion.yy * motion.yy;
    const double squeeze = squares / (2 * area);  // (r + 1/r) / 2
    if (squeeze > 0.5 * (kMostSqueeze + 1 / kMostSqueeze)) return false;
    if (area > kMostScale * kMostScale || area * kMostScale * kMostScale < 1) return false;
  }
  return most <= kMostForeshortening * least;
}

}  // namespace jikimi::gallery
