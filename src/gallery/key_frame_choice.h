#ifndef JIKIMI_GALLERY_KEY_FRAME_CHOICE_H_
#define JIKIMI_GALLERY_KEY_FRAME_CHOICE_H_

#include <cstddef>
#include <span>
#include <vector>

#include "fingerprint/fingerprint.h"

namespace jikimi::gallery {

// The share of a picture's most telling patches that look like one of `before`, 0 to 1: nearly
// nothing between two scenes, a third to most of them a second later in the same one. A picture of
// few patches has seen none of them before.
double ShareSeenBefore(const fingerprint::PictureFingerprint& picture,
                       const fingerprint::PictureFingerprint& before);

// A video asks a gallery by one key frame after the other, which is most of its time. Where a scene
// goes on, one in three will do to tell whether anything is there: this chooses which are asked
// first. Where one of those finds something, the ones between it and the next and last of them are
// to be asked as well, so that times are as exact as if all were.
class KeyFrameChoice {
 public:
  explicit KeyFrameChoice(std::span<const fingerprint::KeyFrame> key_frames);

  // Indices into the key frames, rising: each scene's first, and no more than two are left out in a
  // row.
  const std::vector<std::size_t>& first() const { return first_; }

  // Those that were left out just before and after `first()[at]`, rising.
  std::vector<std::size_t> Around(std::size_t at) const;

 private:
  std::vector<std::size_t> first_;
  std::size_t size_;
};

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_KEY_FRAME_CHOICE_H_
