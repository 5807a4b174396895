#include "gallery/key_frame_choice.h"

#include <algorithm>

#include "base/vector_clones.h"
#include "base/word256.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Patch;
using fingerprint::PictureFingerprint;

// Patches of one place are this near a second later; of 160 unrelated ones hardly any is.
constexpr int kSamePatch = 48;  // bits
constexpr std::size_t kCompared = 64;
constexpr std::size_t kFew = 20;
// From this share on a scene goes on. A picture that is put into it, as large as half of it, brings
// it down below.
constexpr double kGoesOn = 0.4;
constexpr std::size_t kMostLeftOut = 2;

JIKIMI_POPCOUNT_CLONES bool AnyLike(const Word256& word, const Patch* patches, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (HammingDistance(word, patches[i].word) <= kSamePatch) return true;
  }
  return false;
}

}  // namespace

double ShareSeenBefore(const PictureFingerprint& picture, const PictureFingerprint& before) {
  const std::size_t compared = std::min(picture.patches.size(), kCompared);
  if (compared < kFew) return 0;
  std::size_t seen = 0;
  for (std::size_t i = 0; i < compared; ++i) {
    if (AnyLike(picture.patches[i].word, before.patches.data(), before.patches.size())) ++seen;
  }
  return static_cast<double>(seen) / static_cast<double>(compared);
}

KeyFrameChoice::KeyFrameChoice(std::span<const fingerprint::KeyFrame> key_frames)
    : size_(key_frames.size()) {
  for (std::size_t i = 0; i < size_; ++i) {
    const bool left_out =
        i > 0 && i - first_.back() <= kMostLeftOut &&
        ShareSeenBefore(key_frames[i].picture, key_frames[i - 1].picture) >= kGoesOn;
    if (!left_out) first_.push_back(i);
  }
}

std::vector<std::size_t> KeyFrameChoice::Around(std::size_t at) const {
  const std::size_t begin = at == 0 ? 0 : first_[at - 1] + 1;
  const std::size_t end = at + 1 < first_.size() ? first_[at + 1] : size_;
  std::vector<std::size_t> around;
  for (std::size_t i = begin; i < end; ++i) {
    if (i != first_[at]) around.push_back(i);
  }
  return around;
}

}  // namespace jikimi::gallery
