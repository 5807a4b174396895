#ifndef JIKIMI_MEDIA_LUMA_H_
#define JIKIMI_MEDIA_LUMA_H_

#include <cstddef>
#include <cstdint>

namespace jikimi::media {

// 0.299 R + 0.587 G + 0.114 B of `pixels` RGB triples, rounded.
inline void LumaOfRgb(const std::uint8_t* rgb, std::size_t pixels, std::uint8_t* luma) {
  for (std::size_t i = 0; i < pixels; ++i) {
    const unsigned sum = 19595u * rgb[3 * i] + 38470u * rgb[3 * i + 1] + 7471u * rgb[3 * i + 2];
    luma[i] = static_cast<std::uint8_t>((sum + 32768u) >> 16);
  }
}

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_LUMA_H_
