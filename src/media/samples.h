#ifndef JIKIMI_MEDIA_SAMPLES_H_
#define JIKIMI_MEDIA_SAMPLES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/pixels.h"
#include "media/media.h"

// Real files for tests, made by real encoders in memory. Failures CHECK. For tests, fuzz seeds and
// benchmarks only.
namespace jikimi::media::samples {

using Bytes = std::vector<std::byte>;

// A colourful picture that looks different whichever way it is turned: its corners are red (top
// left), green (top right), blue (bottom left) and white, in between is a soft gradient.
Pixels Scene(int width, int height);

// `pixels` as libvips writes a file for `suffix` with options, such as ".jpg[Q=90]" or ".webp".
// `orientation` goes into EXIF where it is not 1. `alpha` >= 0 adds an alpha channel of that value.
struct PictureOptions {
  std::string suffix = ".png";
  int orientation = 1;
  int alpha = -1;
  std::string interpretation = {};  // "", "cmyk", "rgb16", "grey16", "b-w"
  int pages = 1;                    // > 1: an animation of the picture and its mirror, turn about
  int delay_ms = 40;
};
Bytes Picture(const Pixels& pixels, const PictureOptions& options);

// A 24-bit BMP.
Bytes Bmp(const Pixels& pixels);

// A PNG whose header says width x height and whose rows are all zero: small, huge when decoded.
Bytes BombPng(int width, int height);

// A video of frames that are told apart by their grey: Level(i) in the middle of frame i, with the
// four corner colours of Scene().
struct VideoOptions {
  std::string container = "mp4";  // libav's name of a muxer
  std::string codec = "mpeg4";    // libav's name of an encoder
  int width = 160, height = 120;
  int frames = 30;
  int fps = 10;
  int gop = 10, b_frames = 0;
  std::vector<std::int64_t> times = {};  // of each frame in 1/1000 s; empty: even
  int rotation = 0;                      // degrees clockwise for showing, a multiple of 90
  bool small_stream_first = false;       // a second video stream of half the size before it
  bool cover_art = false;                // an attached picture
};
Bytes Video(const VideoOptions& options);
inline constexpr int kLevels = 20;  // after so many frames the greys come again
int Level(std::int64_t frame);

// Which of the first kLevels frames has this grey in its middle; -1 if none has.
std::int64_t FrameOfLevel(const PixelsView& view);

}  // namespace jikimi::media::samples

#endif  // JIKIMI_MEDIA_SAMPLES_H_
