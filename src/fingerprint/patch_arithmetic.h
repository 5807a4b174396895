#ifndef JIKIMI_FINGERPRINT_PATCH_ARITHMETIC_H_
#define JIKIMI_FINGERPRINT_PATCH_ARITHMETIC_H_

#include <algorithm>
#include <cmath>

// Elementary functions out of +, -, *, / and square roots alone, which IEEE 754 rounds the same on
// every machine; libm's last bit differs between libraries, and a patch word must not.
namespace jikimi::fingerprint {

inline constexpr float kPi = 3.14159265F;
inline constexpr float kTwoPi = 6.28318531F;

// exp(-x) for 0 <= x <= 100.
inline double ExpMinus(double x) {
  const double small = -x / 1024;
  double result = 1 + small * (1 + small / 2 * (1 + small / 3 * (1 + small / 4)));
  for (int i = 0; i < 10; ++i) result *= result;
  return result;
}

// The direction of (x, y) in [-pi, pi], within 2e-4 radians; 0 for the zero vector.
inline float Direction(float y, float x) {
  const float ax = std::abs(x);
  const float ay = std::abs(y);
  const float most = std::max(ax, ay);
  const float t = std::min(ax, ay) / std::max(most, 1e-20F);
  const float s = t * t;
  float angle =
      t * (0.9998660F + s * (-0.3302995F + s * (0.1801410F + s * (-0.0851330F + s * 0.0208351F))));
  angle = ay > ax ? 0.5F * kPi - angle : angle;
  angle = x < 0 ? kPi - angle : angle;
  return y < 0 ? -angle : angle;
}

struct SineCosine {
  float sine = 0, cosine = 1;
};

// Of `angle` in [-2 pi, 4 pi], within 1e-6.
inline SineCosine SineCosineOf(float angle) {
  constexpr double kHalfPi = 1.5707963267948966;
  const double turned = static_cast<double>(angle);
  const int quarter = static_cast<int>(std::floor(turned / kHalfPi + 0.5));
  const double r = turned - quarter * kHalfPi;
  const double s = r * r;
  const double sine = r * (1 - s / 6 * (1 - s / 20 * (1 - s / 42 * (1 - s / 72))));
  const double cosine = 1 - s / 2 * (1 - s / 12 * (1 - s / 30 * (1 - s / 56)));
  switch (quarter & 3) {
    case 0:
      return {static_cast<float>(sine), static_cast<float>(cosine)};
    case 1:
      return {static_cast<float>(cosine), static_cast<float>(-sine)};
    case 2:
      return {static_cast<float>(-sine), static_cast<float>(-cosine)};
    default:
      return {static_cast<float>(-cosine), static_cast<float>(sine)};
  }
}

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_PATCH_ARITHMETIC_H_
