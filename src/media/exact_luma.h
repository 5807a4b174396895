#ifndef JIKIMI_MEDIA_EXACT_LUMA_H_
#define JIKIMI_MEDIA_EXACT_LUMA_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace jikimi::media {

// 8-bit planes of one frame, chroma halved both ways. Width and height are even.
struct Yuv420View {
  const std::uint8_t *y = nullptr, *u = nullptr, *v = nullptr;
  std::ptrdiff_t y_stride = 0, u_stride = 0, v_stride = 0;
  int width = 0, height = 0;
  bool full_range = false;  // luma is 0 to 255 instead of 16 to 235
};

// Luma (0.299 R + 0.587 G + 0.114 B, in 256ths) of RGB rows, or of the RGB that libswscale's
// portable code makes of YUV 4:2:0 with SWS_ACCURATE_RND and BT.601, which is what the vPDQ
// reference hashes: the same R, G and B to the bit, without the detour over memory. They matter:
// in dark frames their clipping and rounding are as large as the picture.
class ExactLuma {
 public:
  // Row `row` of the frame; width() 256ths, valid until the next call.
  const std::uint16_t* RowOf(const Yuv420View& frame, int row);
  const std::uint16_t* RowOfRgb(const std::uint8_t* rgb, int width);

 private:
  std::vector<std::int16_t> red_, green_, blue_;  // what chroma adds, in steps of luma
  std::vector<std::uint16_t> luma_;
};

// Rounds a frame's rows to bytes, from the top down. What a pixel loses or gains is made up for by
// the one below it, so that means over areas, which is what words are made of, are kept to far less
// than a byte's step.
class LumaRounder {
 public:
  void Begin(int width);
  void Round(const std::uint16_t* row, std::uint8_t* rounded);

 private:
  std::vector<std::uint16_t> left_;  // 256ths
};

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_EXACT_LUMA_H_
