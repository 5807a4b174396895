#ifndef JIKIMI_MEDIA_SAMPLING_PLAN_H_
#define JIKIMI_MEDIA_SAMPLING_PLAN_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "media/media.h"

namespace jikimi::media {

// One packet of a video stream, in the order of decoding.
struct PacketEntry {
  std::int64_t time_us = 0;  // presentation time
  bool key = false;          // decoding can start here
  bool shown = true;         // its frame is shown (false: cut away by an edit list)
};

// Which packets must be decoded to get the wanted frames of a video, and which need not.
//
// A wanted frame needs the packets from the last key packet that is shown no later than it, up to
// its own. All others are dropped; of those in between, frames that nothing refers to are skipped.
class SamplingPlan {
 public:
  enum class Step : std::uint8_t {
    kDrop,       // not needed
    kReference,  // decode; the frame itself is not wanted
    kShow,       // decode; the frame is wanted
  };

  // Nothing if the packets don't allow a plan: times missing twice, or no key packet at the start.
  static std::optional<SamplingPlan> Make(const std::vector<PacketEntry>& packets,
                                          const FrameSelection& selection);

  std::int64_t packets() const { return static_cast<std::int64_t>(steps_.size()); }
  Step step(std::int64_t packet) const { return steps_[static_cast<std::size_t>(packet)]; }
  // Packets were dropped just before this one, so that the decoder must start afresh.
  bool StartsAfresh(std::int64_t packet) const;

  // Frames in the whole video, and presentation times in the order shown.
  std::int64_t frames() const { return static_cast<std::int64_t>(times_us_.size()); }
  std::int64_t time_us(std::int64_t frame) const {
    return times_us_[static_cast<std::size_t>(frame)];
  }

  // The number of the frame shown at `time_us` (of the same clock as PacketEntry) if it is wanted,
  // or if the frame wanted before it did not come. Frames are asked in the order shown.
  std::optional<std::int64_t> Take(std::int64_t time_us);

 private:
  std::vector<Step> steps_;
  std::vector<std::int64_t> times_us_;  // sorted
  std::vector<std::int64_t> wanted_;    // frame numbers, rising
  std::size_t next_wanted_ = 0;
};

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_SAMPLING_PLAN_H_
