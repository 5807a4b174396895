#include "media/frame_output.h"

#include <algorithm>
#include <string>

namespace jikimi::media {

std::string MediaKindName(MediaKind kind) {
  switch (kind) {
    case MediaKind::kPhoto:
      return "photo";
    case MediaKind::kAnimation:
      return "animation";
    case MediaKind::kVideo:
      return "video";
  }
  return "photo";
}

Result<void> CheckPictureSize(std::int64_t width, std::int64_t height, const Limits& limits) {
  const std::string size = std::to_string(width) + "x" + std::to_string(height);
  if (width <= 0 || height <= 0) return Error{ErrorCode::kCorrupt, "has a size of " + size};
  if (width > limits.pixels / height) {
    return Error{ErrorCode::kResourceExhausted, "has " + size + " pixels, over the limit of " +
                                                    std::to_string(limits.pixels) + " pixels"};
  }
  return {};
}

int ShrinkFactor(int width, int height, int target_side) {
  if (target_side <= 0) return 1;
  return std::max(1, std::max(width, height) / target_side);
}

bool FrameSelector::Take(std::int64_t number, std::int64_t time_us) {
  if (selection_.interval_us <= 0)
    return number % std::max<std::int64_t>(1, selection_.stride) == 0;
  if (time_us < next_us_) return false;
  next_us_ = (time_us / selection_.interval_us + 1) * selection_.interval_us;
  return true;
}

}  // namespace jikimi::media
