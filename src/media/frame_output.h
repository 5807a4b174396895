#ifndef JIKIMI_MEDIA_FRAME_OUTPUT_H_
#define JIKIMI_MEDIA_FRAME_OUTPUT_H_

#include <cstdint>

#include "base/result.h"
#include "media/media.h"

namespace jikimi::media {

// Where a decoder puts its frames: first it takes room, writes packed pixels, then hands them over.
class FrameOutput {
 public:
  virtual ~FrameOutput() = default;

  // Room for width x height pixels of `color`, valid until Finish().
  virtual Result<std::uint8_t*> Reserve(int width, int height, Color color) = 0;

  // The reserved pixels are written. An error ends decoding.
  virtual Result<void> Finish(const FrameInfo& frame) = 0;
};

// kResourceExhausted if a picture of this size is over `limits.pixels`; kCorrupt if a side is not
// positive.
Result<void> CheckPictureSize(std::int64_t width, std::int64_t height, const Limits& limits);

// The largest whole number to shrink a picture by so that its longer side stays >= target_side;
// 1 if target_side is 0.
int ShrinkFactor(int width, int height, int target_side);

// Decides frame by frame, in the order shown, which are wanted.
class FrameSelector {
 public:
  explicit FrameSelector(const FrameSelection& selection) : selection_(selection) {}

  bool Take(std::int64_t number, std::int64_t time_us);

 private:
  FrameSelection selection_;
  std::int64_t next_us_ = 0;
};

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_FRAME_OUTPUT_H_
