#ifndef JIKIMI_MEDIA_VIDEO_DECODER_H_
#define JIKIMI_MEDIA_VIDEO_DECODER_H_

#include <cstddef>
#include <span>

#include "base/result.h"
#include "media/frame_output.h"
#include "media/media.h"
#include "media/sniff.h"

namespace jikimi::media {

// Decodes what DecoderOf() gives to libav, in the calling thread: BMP, animated PNG, video.
//
// Only `bytes` are read: no protocol, no other file, and demuxers that name other places (HLS,
// DASH, concat, SDP, image sequences) are not on the list. Of several video streams the largest is
// taken; cover art, time thumbnails and sound are not looked at. When frames are left out, packets
// that nothing wanted leans on are not decoded; times and frame numbers stay those of the file.
//
// Frames before a damaged or missing end are handed out, and then the result is kCorrupt.
Result<MediaInfo> DecodeVideo(std::span<const std::byte> bytes, Format format,
                              const DecodeRequest& request, FrameOutput& output);

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_VIDEO_DECODER_H_
