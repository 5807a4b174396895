#ifndef JIKIMI_TESTS_FUZZ_MEDIA_FUZZ_H_
#define JIKIMI_TESTS_FUZZ_MEDIA_FUZZ_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "media/decode.h"

// What holds for any bytes at all: frames keep to the limits and to their request's channels, their
// numbers rise and their times don't fall, and there is either a frame or an error that says why.
namespace jikimi::media {

inline void CheckDecoding(std::span<const std::byte> bytes, const DecodeRequest& request) {
  std::int64_t frames = 0, last_number = -1, last_time = 0;
  const auto info = DecodeHere(bytes, request, [&](const PixelsView& view, const FrameInfo& frame) {
    CHECK(view.width > 0 && view.height > 0);
    CHECK(std::int64_t{view.width} * view.height <= request.limits.pixels);
    CHECK(view.channels == static_cast<int>(request.color));
    CHECK(view.stride == std::ptrdiff_t{view.width} * view.channels);
    CHECK(frame.number > last_number && frame.time_us >= last_time);
    last_number = frame.number;
    last_time = frame.time_us;
    ++frames;
    return Result<void>();
  });
  if (!info.has_value()) {
    CHECK(!info.error().message.empty());
    return;
  }
  CHECK(frames > 0 && frames <= info->frames);
  CHECK(info->width > 0 && info->height > 0 && info->duration_us >= 0);
}

// Limits small enough that thousands of inputs a second go through.
inline DecodeRequest SmallRequest() {
  DecodeRequest request;
  request.limits = {.input_bytes = 1 << 20,
                    .pixels = 1 << 18,
                    .frames = 64,
                    .animation_frames = 16,
                    .output_bytes = 32 << 20};
  return request;
}

}  // namespace jikimi::media

#endif  // JIKIMI_TESTS_FUZZ_MEDIA_FUZZ_H_
