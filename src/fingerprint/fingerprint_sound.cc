#include <cmath>
#include <string>

#include "fingerprint/fingerprint_form.h"

namespace jikimi::fingerprint {
namespace {

constexpr float kTurn = 6.2831855f;

Error Unsound(const std::string& where, const std::string& what) {
  return {ErrorCode::kInvalidArgument, where + ": " + what};
}

bool Within(float value, float low, float high) { return value >= low && value <= high; }

bool IsQuality(int quality) { return quality >= 0 && quality <= 100; }

// A region is computed by scaling, so it may stick out by rounding.
bool Contains(const PictureFingerprint& picture, const Region& region) {
  const auto width = static_cast<float>(picture.width), height = static_cast<float>(picture.height);
  return region.x >= 0 && region.y >= 0 && region.width > 0 && region.height > 0 &&
         region.x + region.width <= width * 1.0001f && region.y + region.height <= height * 1.0001f;
}

Result<void> CheckPicture(const PictureFingerprint& picture, const std::string& where) {
  if (picture.width < 0 || picture.width > kMaxSide || picture.height < 0 ||
      picture.height > kMaxSide) {
    return Unsound(where, "a size of " + std::to_string(picture.width) + " x " +
                              std::to_string(picture.height) + " pixels is not from 0 to 2^24");
  }
  if (!IsQuality(picture.whole_quality)) return Unsound(where, "its quality is not 0 to 100");
  if (picture.inner.size() > kMaxInner) return Unsound(where, "over 3 inner pictures");
  for (const auto& inner : picture.inner) {
    if (!IsQuality(inner.quality)) return Unsound(where, "an inner quality is not 0 to 100");
    if (!Contains(picture, inner.region)) {
      return Unsound(where, "an inner picture is not inside of it");
    }
  }
  if (picture.patches.size() > kMaxPatches) return Unsound(where, "over 4096 patches");
  for (std::size_t i = 0; i < picture.patches.size(); ++i) {
    const Patch& patch = picture.patches[i];
    if (!Within(patch.x, 0, static_cast<float>(picture.width)) ||
        !Within(patch.y, 0, static_cast<float>(picture.height)) ||
        !(std::isfinite(patch.scale) && patch.scale >= 0) || !Within(patch.angle, 0, kTurn)) {
      return Unsound(where, "patch " + std::to_string(i) + " is not inside of it");
    }
  }
  return {};
}

Result<void> CheckTime(std::int64_t time_us, std::int64_t last_us, const std::string& where) {
  if (time_us < 0 || time_us > kMaxTime_us) return Unsound(where, "its time is out of bounds");
  if (time_us < last_us) return Unsound(where, "its time is before the last");
  return {};
}

}  // namespace

Result<void> CheckSound(const Fingerprint& fingerprint) {
  if (fingerprint.kind != Kind::kPhoto && fingerprint.kind != Kind::kVideo) {
    return Unsound("fingerprint", "neither a photo nor a video");
  }
  if (fingerprint.kind == Kind::kPhoto &&
      (!fingerprint.frames.empty() || !fingerprint.key_frames.empty() ||
       fingerprint.duration_us != 0)) {
    return Unsound("fingerprint", "a photo with frames or a duration");
  }
  if (fingerprint.kind == Kind::kVideo && !fingerprint.pictures.empty()) {
    return Unsound("fingerprint", "a video with pictures besides its key frames");
  }
  if (fingerprint.pictures.size() > kMaxPictures) return Unsound("pictures", "too many");
  if (fingerprint.frames.size() > kMaxFrameWords) return Unsound("frames", "too many");
  if (fingerprint.key_frames.size() > kMaxKeyFrames) return Unsound("key frames", "too many");
  TRY(CheckTime(fingerprint.duration_us, 0, "duration"));
  for (std::size_t i = 0; i < fingerprint.pictures.size(); ++i) {
    TRY(CheckPicture(fingerprint.pictures[i], "picture " + std::to_string(i)));
  }
  const FrameWord* last = nullptr;
  for (std::size_t i = 0; i < fingerprint.frames.size(); ++i) {
    const FrameWord& frame = fingerprint.frames[i];
    const std::string where = "frame " + std::to_string(i);
    TRY(CheckTime(frame.time_us, last == nullptr ? 0 : last->time_us, where));
    if (!IsQuality(frame.quality)) return Unsound(where, "its quality is not 0 to 100");
    if (last != nullptr && frame.frame <= last->frame) {
      return Unsound(where, "its number is not after the last");
    }
    last = &frame;
  }
  std::int64_t last_us = 0;
  for (std::size_t i = 0; i < fingerprint.key_frames.size(); ++i) {
    const std::string where = "key frame " + std::to_string(i);
    TRY(CheckTime(fingerprint.key_frames[i].time_us, last_us, where));
    TRY(CheckPicture(fingerprint.key_frames[i].picture, where));
    last_us = fingerprint.key_frames[i].time_us;
  }
  return {};
}

}  // namespace jikimi::fingerprint
