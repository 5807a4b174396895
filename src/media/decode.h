#ifndef JIKIMI_MEDIA_DECODE_H_
#define JIKIMI_MEDIA_DECODE_H_

#include <cstddef>
#include <span>

#include "base/result.h"
#include "media/frame_output.h"
#include "media/media.h"
#include "media/sniff.h"

namespace jikimi::media {

// Decodes in the calling thread and process, with the trust that this takes: a worker does it
// after it has given up its rights, fuzz targets and tests do it bare. Everybody else uses
// DecoderPool. All limits but the two on seconds are kept.
//
// `format` is Sniff() of the bytes. Frames go to `output` in the order shown.
Result<MediaInfo> DecodeHere(std::span<const std::byte> bytes, Format format,
                             const DecodeRequest& request, FrameOutput& output);

// The same, handing frames to `sink`.
Result<MediaInfo> DecodeHere(std::span<const std::byte> bytes, const DecodeRequest& request,
                             const FrameSink& sink);

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_DECODE_H_
