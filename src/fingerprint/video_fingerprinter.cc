#include "fingerprint/video_fingerprinter.h"

#include <algorithm>
#include <utility>

#include "fingerprint/fingerprint_picture.h"
#include "fingerprint/photo_word.h"

namespace jikimi::fingerprint {
namespace {

constexpr std::int64_t kSpacing_us = 1'000'000;
// Bits between a frame and the last key frame: above, something moved; far above, it is another
// scene. Re-encoding alone moves a word by 2 to 8 bits; unrelated pictures are 86 and more apart.
constexpr int kMoved = 10;
constexpr int kCut = 60;
// Below this quality a frame is all but flat, and its word is noise.
constexpr int kFlatQuality = 5;

}  // namespace

VideoFingerprinter::VideoFingerprinter(const VideoOptions& options)
    : options_(options), spacing_us_(kSpacing_us) {
  print_.kind = Kind::kVideo;
}

void VideoFingerprinter::See(const PixelsView& frame, std::uint32_t number, std::int64_t time_us,
                             const FullSize& full) {
  const bool wants_word = options_.word_every_us == 0 || time_us >= next_word_us_;
  const std::int64_t since_us =
      print_.key_frames.empty() ? spacing_us_ : time_us - print_.key_frames.back().time_us;
  const bool may_be_key =
      options_.max_key_frames > 0 && (options_.rule == KeyFrameRule::kByChange ||
                                      since_us >= std::min(spacing_us_, kLookEvery_us));
  if (!wants_word && !may_be_key) return;

  const PhotoWord word =
      PhotoWordOf(frame, std::max(frame.width, full.width), std::max(frame.height, full.height));
  if (wants_word) {
    print_.frames.push_back({number, time_us, word.word, word.quality});
    if (options_.word_every_us > 0) {
      next_word_us_ = (time_us / options_.word_every_us + 1) * options_.word_every_us;
    }
  }
  if (may_be_key && BecomesKeyFrame(word, since_us)) KeepKeyFrame(frame, time_us, full);
}

bool VideoFingerprinter::BecomesKeyFrame(const PhotoWord& word, std::int64_t since_us) {
  const int moved =
      last_key_word_ ? HammingDistance(word.word, last_key_word_->word) : Word256::kBits;
  const bool flat =
      last_key_word_ && std::max(word.quality, last_key_word_->quality) < kFlatQuality;
  if (moved < kMoved || flat) return false;
  if (options_.rule == KeyFrameRule::kByTime && moved < kCut && since_us < spacing_us_)
    return false;
  last_key_word_ = word;
  return options_.rule == KeyFrameRule::kByTime || changes_++ % stride_ == 0;
}

void VideoFingerprinter::KeepKeyFrame(const PixelsView& frame, std::int64_t time_us,
                                      const FullSize& full) {
  print_.key_frames.push_back(
      {time_us, FingerprintPicture(frame, {.max_patches = options_.patches_per_key_frame,
                                           .full_width = full.width,
                                           .full_height = full.height})});
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
  spacing_us_ *= 2;
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
