#include "fingerprint/video_fingerprinter.h"

#include <algorithm>
#include <utility>

#include "fingerprint/fingerprint_picture.h"
#include "fingerprint/photo_word.h"

namespace jikimi::fingerprint {
namespace {

// Bits between a frame and the last key frame: above, something moved. Re-encoding alone moves a
// word by 2 to 8 bits; unrelated pictures are 86 and more apart. Within half a second a camera held
// in the hand goes as far as that: words can't tell it from a cut.
constexpr int kMoved = 10;
// Below this quality a frame is all but flat, and its word is noise.
constexpr int kFlatQuality = 5;

}  // namespace

VideoFingerprinter::VideoFingerprinter(const VideoOptions& options) : options_(options) {
  print_.kind = Kind::kVideo;
}

void VideoFingerprinter::See(const PixelsView& frame, std::uint32_t number, std::int64_t time_us,
                             const FullSize& full) {
  const bool wants_word = options_.word_every_us == 0 || time_us >= next_word_us_;
  const bool may_be_key = MayBecomeKeyFrame(time_us);
  if (!wants_word && !may_be_key) return;

  const int width = std::max(frame.width, full.width), height = std::max(frame.height, full.height);
  PhotoWords words;
  PhotoWord word;
  if (may_be_key) {
    words = PhotoWordsOf(frame, width, height);
    word = {words.words[static_cast<std::size_t>(Dihedral::kOriginal)], words.quality};
  } else {
    word = PhotoWordOf(frame, width, height);
  }
  if (wants_word) {
    print_.frames.push_back({number, time_us, word.word, word.quality});
    if (options_.word_every_us > 0) {
      next_word_us_ = (time_us / options_.word_every_us + 1) * options_.word_every_us;
    }
  }
  if (may_be_key && BecomesKeyFrame(word)) KeepKeyFrame(frame, words, time_us, full);
}

bool VideoFingerprinter::MayBecomeKeyFrame(std::int64_t time_us) {
  if (options_.max_key_frames <= 0) return false;
  if (options_.rule == KeyFrameRule::kByChange) return true;
  const std::int64_t look = time_us / kLookEvery_us;
  if (look == std::exchange(look_, look)) return false;
  return print_.key_frames.empty() || look - key_look_ >= spacing_;
}

bool VideoFingerprinter::BecomesKeyFrame(const PhotoWord& word) {
  const int moved =
      last_key_word_ ? HammingDistance(word.word, last_key_word_->word) : Word256::kBits;
  const bool flat =
      last_key_word_ && std::max(word.quality, last_key_word_->quality) < kFlatQuality;
  if (moved < kMoved || flat) return false;
  last_key_word_ = word;
  key_look_ = look_;
  return options_.rule == KeyFrameRule::kByTime || changes_++ % stride_ == 0;
}

void VideoFingerprinter::KeepKeyFrame(const PixelsView& frame, const PhotoWords& words,
                                      std::int64_t time_us, const FullSize& full) {
  print_.key_frames.push_back(
      {time_us, FingerprintPicture(frame, {.max_patches = options_.patches_per_key_frame,
                                           .full_width = full.width,
                                           .full_height = full.height,
                                           .working_area = options_.key_frame_area,
                                           .whole = &words})});
  if (print_.key_frames.size() >= static_cast<std::size_t>(std::max(2, options_.max_key_frames))) {
    ThinOut();
  }
}

// Drops every second key frame; new ones are kept half as often.
void VideoFingerprinter::ThinOut() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < print_.key_frames.size(); i += 2) {
    if (i != kept) print_.key_frames[kept] = std::move(print_.key_frames[i]);
    ++kept;
  }
  print_.key_frames.resize(kept);
  spacing_ *= 2;
  stride_ *= 2;
  changes_ = 0;
}

Fingerprint VideoFingerprinter::Take(std::int64_t duration_us) {
  print_.duration_us = duration_us;
  Fingerprint taken = std::move(print_);
  *this = VideoFingerprinter(options_);
  return taken;
}

}  // namespace jikimi::fingerprint
