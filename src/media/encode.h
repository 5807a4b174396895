#ifndef JIKIMI_MEDIA_ENCODE_H_
#define JIKIMI_MEDIA_ENCODE_H_

#include <cstddef>
#include <vector>

#include "base/pixels.h"
#include "base/result.h"

// Our own pictures as files, made in this process: the pixels are trusted, so no sandbox is needed.
namespace jikimi::media {

// A PNG of grey (1 channel) or RGB (3 channels) pixels. Empty pixels are kInvalidArgument.
Result<std::vector<std::byte>> WritePng(const PixelsView& pixels);

// A JPEG of `quality` 1 to 100, colours at half resolution below 90. A side over 65,500 pixels, a
// quality out of range and empty pixels are kInvalidArgument.
Result<std::vector<std::byte>> WriteJpeg(const PixelsView& pixels, int quality = 85);

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_ENCODE_H_
