#ifndef JIKIMI_GALLERY_STILL_SCENE_H_
#define JIKIMI_GALLERY_STILL_SCENE_H_

#include <cstdint>
#include <optional>
#include <span>

#include "fingerprint/fingerprint.h"
#include "gallery/verdict.h"

namespace jikimi::gallery {

// A video as its frame words tell of it. They are about one a second.
struct FramesSide {
  std::int64_t duration_us = 0;
  std::span<const fingerprint::FrameWord> frames;  // in time order; none: nothing is known
};

// The scene around `stretch` in which the video stands still: every frame looks like the one in the
// middle of the stretch, so that no picture tells one moment from another. Nothing where something
// moves within the stretch, its first and last second left out, or where its frames are too plain
// to tell; a scene has two frames at least. Exact to the time between two frames.
std::optional<TimeSpan> StillAround(const FramesSide& video, const TimeSpan& stretch);

// The segment with what is known of its times where both videos stand still: the shorter of the two
// scenes is all of it, and it lies anywhere in the longer one (Segment::query_within, item_within),
// at the place nearest to where the segment was. Other segments stay as they are.
Segment Settled(const Segment& segment, const FramesSide& query, const FramesSide& item);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_STILL_SCENE_H_
