#ifndef JIKIMI_MEDIA_MEDIA_H_
#define JIKIMI_MEDIA_MEDIA_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/pixels.h"
#include "base/result.h"
#include "media/orientation.h"

// What is asked of a decoder and what it answers, whether it runs in this process (decode.h) or in
// a sandboxed one (decoder_pool.h).
namespace jikimi::media {

enum class MediaKind : std::uint8_t { kPhoto = 1, kAnimation = 2, kVideo = 3 };

// "photo", "animation", "video".
std::string MediaKindName(MediaKind kind);

// Bounds on one input. Going over one is kResourceExhausted, and the message names it.
struct Limits {
  std::int64_t input_bytes = std::int64_t{8} << 30;
  std::int64_t pixels = 150'000'000;  // of one picture or frame, before any shrinking
  std::int64_t frames = 2'000'000;    // of a video
  // Of an animation; also the pages of a TIFF. libvips stops counting a GIF's at 4,097.
  std::int64_t animation_frames = 4'000;
  std::int64_t output_bytes = std::int64_t{1} << 40;  // all pixels handed out, together
  double seconds = 3600;                              // from the call to its return, wall clock
  double silent_seconds = 60;                         // without a frame or an end

  friend bool operator==(const Limits&, const Limits&) = default;
};

enum class Color : std::uint8_t {
  kRgb = 3,   // sRGB
  kLuma = 1,  // 0.299 R + 0.587 G + 0.114 B; far cheaper where the file keeps luma apart
};

// kAsShown applies the orientation that the file asks for (EXIF, display matrix).
enum class Facing : std::uint8_t { kAsShown = 0, kAsStored = 1 };

// Which frames of a video or animation are wanted. The first always is.
struct FrameSelection {
  std::int64_t stride = 1;       // every stride-th frame by number; at least 1
  std::int64_t interval_us = 0;  // > 0: the first frame at or after each multiple of it instead

  static FrameSelection All() { return {}; }
  static FrameSelection EveryNth(std::int64_t n) { return {n, 0}; }
  static FrameSelection EveryMicroseconds(std::int64_t us) { return {1, us}; }
};

struct DecodeRequest {
  // > 0: pixels may be shrunk by a whole number as long as the longer side stays at least this, so
  // that a picture comes out at less than about twice this. 0: as large as it is.
  int target_side = 0;
  // Both > 0: exactly this size whatever the shape, without turning, averaging over areas
  // (swscale's SWS_AREA). With 0, kRgb and kAsStored a video's pixels are those that the vPDQ
  // reference hashes. Video only; photos and animations ignore it.
  int exact_width = 0;
  int exact_height = 0;
  Color color = Color::kRgb;
  Facing facing = Facing::kAsShown;
  FrameSelection frames = {};
  Limits limits = {};
};

// One frame that was handed out.
struct FrameInfo {
  std::int64_t number = 0;   // among all frames of the file, in the order shown, from 0
  std::int64_t time_us = 0;  // presentation time from the first frame; never falls
};

struct MediaInfo {
  MediaKind kind = MediaKind::kPhoto;
  std::string format;         // "JPEG", "Matroska or WebM", …
  int width = 0, height = 0;  // pixels of the picture as shown, before any shrinking
  Orientation orientation = Orientation::kAsIs;  // what the file asks for; applied if kAsShown
  std::int64_t frames = 0;       // in the file, as far as they were counted; a photo has 1
  std::int64_t duration_us = 0;  // of a video or animation, the last frame's own time included
  double frame_rate = 0;         // mean frames a second that the container states, or 0
};

// Gets one frame after the other. The pixels are valid during the call only. An error returned
// stops decoding and becomes the result of the call that decodes.
using FrameSink = std::function<Result<void>(const PixelsView&, const FrameInfo&)>;

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_MEDIA_H_
