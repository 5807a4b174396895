#ifndef JIKIMI_GALLERY_PAINTED_MARKS_H_
#define JIKIMI_GALLERY_PAINTED_MARKS_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/pixels.h"
#include "base/random.h"
#include "gallery/painted_pictures.h"

// What unrelated pictures share, for tests: marks painted onto pictures of 400 x 300.
namespace jikimi::gallery::painted {

struct Mark {
  std::string name;
  std::function<Pixels(Pixels)> add;
};

inline Pixels Glyphs(std::uint64_t seed, int width, int height, int size) {
  // Rows of letter-like boxes of strokes.
  SplitMix64 random(seed);
  Pixels strip(width, height, 1);
  std::fill(strip.bytes().begin(), strip.bytes().end(), std::uint8_t{245});
  for (int top = size / 3; top + size < height; top += size * 5 / 3) {
    for (int left = size / 2; left + size < width; left += size) {
      for (int stroke = 0; stroke < 4; ++stroke) {
        const int x =
            left + static_cast<int>(random.Below(static_cast<std::uint32_t>(size * 2 / 3)));
        const int y =
            top + static_cast<int>(random.Below(static_cast<std::uint32_t>(size * 2 / 3)));
        const bool upright = random.Below(2) == 0;
        for (int i = 0; i < size / 2; ++i) {
          for (int t = 0; t < std::max(1, size / 8); ++t) {
            const int px = x + (upright ? t : i), py = y + (upright ? i : t);
            if (px < width && py < height) strip.row(py)[px] = 20;
          }
        }
      }
    }
  }
  return strip;
}

// A small picture among bubbles: most of the screen is everybody's, and two screenshots alone can't
// tell.
inline Pixels InChat(const Pixels& picture) {
  Pixels screen(400, 720, 1);
  std::fill(screen.bytes().begin(), screen.bytes().end(), std::uint8_t{170});
  for (int bubble = 0; bubble < 9; ++bubble) {
    if (bubble == 3 || bubble == 4) continue;
    const auto seed = static_cast<std::uint64_t>(10 + bubble);
    Paste(screen, Glyphs(seed, 250, 50, 20), bubble % 2 == 0 ? 20 : 130, 15 + 78 * bubble);
  }
  Paste(screen, Resized(picture, 190, 143), 20, 245);
  return screen;
}

inline const std::vector<Mark>& Marks() {
  static const std::vector<Mark> marks = {
      {"Logo",
       [](Pixels p) {
         Paste(p, Picture(31337, 110, 70), 280, 220);
         return p;
       }},
      {"Frame",
       [](Pixels p) {
         Pixels framed = Picture(4242, 480, 380);
         Paste(framed, p, 40, 40);
         return framed;
       }},
      {"Subtitle",
       [](Pixels p) {
         Paste(p, Glyphs(1, 340, 50, 18), 30, 240);
         return p;
       }},
      {"PhoneChrome",
       [](Pixels p) {
         Pixels screen(400, 700, 1);
         Paste(screen, Glyphs(2, 400, 160, 16), 0, 0);
         Paste(screen, p, 0, 160);
         Paste(screen, Glyphs(3, 400, 240, 16), 0, 460);
         return screen;
       }},
      {"Watermark",
       [](Pixels p) {
         const Pixels mark = Glyphs(4, 400, 300, 40);
         for (int y = 0; y < 300; ++y) {
           for (int x = 0; x < 400; ++x) {
             if (mark.row(y)[x] < 100) {
               p.row(y)[x] = Byte(p.row(y)[x] * 0.6 + 100);
             }
           }
         }
         return p;
       }},
      {"TiledWatermark",
       [](Pixels p) {
         const Pixels mark = Glyphs(5, 90, 40, 22);
         for (int top = 10; top + 40 < 300; top += 70) {
           for (int left = 5 + (top / 70) % 2 * 40; left + 90 < 400; left += 125) {
             for (int y = 0; y < 40; ++y) {
               for (int x = 0; x < 90; ++x) {
                 std::uint8_t& pixel = p.row(top + y)[left + x];
                 if (mark.row(y)[x] < 100) pixel = Byte(pixel * 0.5 + 125);
               }
             }
           }
         }
         return p;
       }},
  };
  return marks;
}

inline const Mark& MarkNamed(const std::string& name) {
  for (const Mark& mark : Marks()) {
    if (mark.name == name) return mark;
  }
  CHECK(false);
  return Marks().front();
}

}  // namespace jikimi::gallery::painted

#endif  // JIKIMI_GALLERY_PAINTED_MARKS_H_
