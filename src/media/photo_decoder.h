#ifndef JIKIMI_MEDIA_PHOTO_DECODER_H_
#define JIKIMI_MEDIA_PHOTO_DECODER_H_

#include <cstddef>
#include <span>

#include "base/result.h"
#include "media/frame_output.h"
#include "media/media.h"
#include "media/sniff.h"

namespace jikimi::media {

// Starts libvips with no loader but ours, no operation cache and one thread. Once is enough; more
// calls, from any thread, do nothing. Takes about 60 ms the first time.
Result<void> StartVips();

// Decodes a picture or animation of a format whose DecoderOf() is kVips, in the calling thread.
//
// Transparent pixels are laid on white, any colour space becomes sRGB, 16 bits become 8, EXIF
// orientation is applied (unless kAsStored). A JPEG is shrunk while its coefficients are decoded.
// The pages of a TIFF are handed out like frames of an animation, all at time 0. Of a HEIC or AVIF
// file it is the primary picture. A picture that is cut off is kCorrupt; small damage that the
// decoder gets over is not.
Result<MediaInfo> DecodePhoto(std::span<const std::byte> bytes, Format format,
                              const DecodeRequest& request, FrameOutput& output);

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_PHOTO_DECODER_H_
