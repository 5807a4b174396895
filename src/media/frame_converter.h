#ifndef JIKIMI_MEDIA_FRAME_CONVERTER_H_
#define JIKIMI_MEDIA_FRAME_CONVERTER_H_

#include <cstdint>
#include <vector>

#include "media/exact_luma.h"
#include "media/frame_output.h"
#include "media/libav.h"
#include "media/media.h"

namespace jikimi::media {

// Turns libav's frames into packed pixels of the size, colour and orientation asked for.
//
// As the vPDQ reference does, YUV becomes RGB by swscale with its default matrix (ITU-R BT.601)
// whatever the file says. Luma is that of this RGB, to less than a byte's step over any area,
// unless the frame is shrunk: then it is the file's own. Non-square pixels stay as they are. Alpha
// is laid on white.
class FrameConverter {
 public:
  // `request` must outlive the converter. `orientation` is applied unless the request says
  // kAsStored or names an exact size.
  FrameConverter(const DecodeRequest& request, Orientation orientation);

  Result<void> Emit(const AVFrame& frame, const FrameInfo& info, FrameOutput& output);

 private:
  Result<void> EmitExactLuma(const AVFrame& frame, FrameOutput& output);
  Result<void> EmitShrunkLuma(const AVFrame& frame, int shrink, FrameOutput& output);
  Result<void> EmitScaled(const AVFrame& frame, int width, int height, FrameOutput& output);
  Result<std::uint8_t*> Reserve(int width, int height, FrameOutput& output);
  void PutRow(const std::uint8_t* row, int y, int width, int height, std::uint8_t* shown) const;

  const DecodeRequest& request_;
  Orientation orientation_;
  Libav<SwsContext> scaler_;
  Libav<AVFrame> scaled_;
  std::vector<std::uint32_t> sums_;
  std::vector<std::uint8_t> row_;
  ExactLuma luma_;
  LumaRounder rounder_;
};

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_FRAME_CONVERTER_H_
