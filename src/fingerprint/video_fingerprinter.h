#ifndef JIKIMI_FINGERPRINT_VIDEO_FINGERPRINTER_H_
#define JIKIMI_FINGERPRINT_VIDEO_FINGERPRINTER_H_

#include <cstdint>
#include <optional>

#include "base/pixels.h"
#include "fingerprint/fingerprint.h"
#include "fingerprint/photo_word.h"

namespace jikimi::fingerprint {

// When a frame becomes a key frame.
enum class KeyFrameRule : std::uint8_t {
  kByTime,    // videos: one a second while things move, none while they stand still
  kByChange,  // animations, pages: whenever it looks different from the last
};

struct VideoOptions {
  KeyFrameRule rule = KeyFrameRule::kByTime;
  // A frame word for the first frame at or after each multiple of this, microseconds; 0: for every
  // frame that is seen. vPDQ's default is one a second.
  std::int64_t word_every_us = 1'000'000;
  int max_key_frames = 3600;  // a longer film's are thinned out evenly; 0: none
  int patches_per_key_frame = 160;
  // Pixels of the plane on which a key frame's patches are looked for (PatchOptions).
  double key_frame_area = 150'000;
};

// Of a frame before it was shrunk, pixels; 0: it wasn't.
struct FullSize {
  int width = 0, height = 0;
};

// Makes the fingerprint of a video (or of an animation's frames) from its frames, one after the
// other. It keeps words and key frames only, never pixels of more than the frame at hand.
//
// The first frame is a key frame, a scene that stands still has one, and KeyFrameRule says the
// rest. Key frames don't depend on word_every_us, nor on whether more frames are seen than kByTime
// looks at: the first in each second.
class VideoFingerprinter {
 public:
  // How often frames must be seen for kByTime to be as promised.
  static constexpr std::int64_t kLookEvery_us = 1'000'000;

  explicit VideoFingerprinter(const VideoOptions& options);

  // The next frame. `number` and `time_us` (from the first frame) never fall. A frame that was
  // shrunk while decoding needs its full size for its words to be those of the full one.
  void See(const PixelsView& frame, std::uint32_t number, std::int64_t time_us,
           const FullSize& full = {});

  // What was seen, as a video's fingerprint, `duration_us` long. Leaves nothing behind.
  Fingerprint Take(std::int64_t duration_us);

 private:
  bool MayBecomeKeyFrame(std::int64_t time_us);
  bool BecomesKeyFrame(const PhotoWord& word);
  void KeepKeyFrame(const PixelsView& frame, const PhotoWords& words, std::int64_t time_us,
                    const FullSize& full);
  void ThinOut();

  VideoOptions options_;
  Fingerprint print_;
  std::int64_t next_word_us_ = 0;
  // Of the last frame that was looked at and of the last key frame, counted in kLookEvery_us.
  std::int64_t look_ = -1, key_look_ = 0;
  // Grow as key frames are thinned out: looks from one to the next, changes a key frame.
  std::int64_t spacing_ = 1, stride_ = 1;
  std::int64_t changes_ = 0;
  std::optional<PhotoWord> last_key_word_;
};

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_VIDEO_FINGERPRINTER_H_
