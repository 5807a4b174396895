#ifndef JIKIMI_FINGERPRINT_PATCH_SCENE_H_
#define JIKIMI_FINGERPRINT_PATCH_SCENE_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/pixels.h"
#include "base/random.h"

namespace jikimi::fingerprint {

// For tests: a picture without pixels, of soft ellipses painted over each other, that can be looked
// at through any motion, so that no resampling of ours or others' stands between two views of it.
class Scene {
 public:
  Scene(double width, double height, std::uint64_t seed, int shapes = 160) {
    SplitMix64 random(seed);
    const double side = std::sqrt(width * height);
    for (int i = 0; i < shapes; ++i) {
      // Sizes spread evenly over the octaves, large ones behind.
      const double size = side * 0.22 * std::pow(0.06, static_cast<double>(i) / shapes);
      const double turn = random.Unit() * 6.283185307179586;
      shapes_.push_back({random.Unit() * width, random.Unit() * height, std::cos(turn),
                         std::sin(turn), size, size * (0.35 + 0.65 * random.Unit()),
                         20 + 215 * random.Unit()});
    }
  }

  // Grey, 0 to 255.
  double At(double x, double y) const {
    double grey = 128;
    for (const Shape& shape : shapes_) {
      const double dx = x - shape.x, dy = y - shape.y;
      const double u = (shape.cosine * dx + shape.sine * dy) / shape.along;
      const double v = (shape.cosine * dy - shape.sine * dx) / shape.across;
      const double inside = std::clamp((1 - (u * u + v * v)) * 3, 0.0, 1.0);
      grey += inside * (shape.grey - grey);
    }
    return grey;
  }

  // `width` x `height` pixels, each of which shows the scene's place that `place` gives for its
  // centre (four samples a pixel).
  struct Place {
    double x = 0, y = 0;
  };
  Pixels View(int width, int height, const std::function<Place(Place)>& place) const {
    Pixels pixels(width, height, 1);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        double sum = 0;
        for (const double dy : {0.25, 0.75}) {
          for (const double dx : {0.25, 0.75}) {
            const Place at = place({x + dx, y + dy});
            sum += At(at.x, at.y);
          }
        }
        pixels.row(y)[x] = static_cast<std::uint8_t>(std::clamp(sum / 4 + 0.5, 0.0, 255.0));
      }
    }
    return pixels;
  }
  Pixels View(int width, int height) const {
    return View(width, height, [](Place at) { return at; });
  }

 private:
  struct Shape {
    double x, y, cosine, sine, along, across, grey;
  };
  std::vector<Shape> shapes_;
};

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_PATCH_SCENE_H_
