#include "gallery/still_scene.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "base/word256.h"

namespace jikimi::gallery {
namespace {

using fingerprint::FrameWord;

// Bits between two frames that can't be told apart in time. A swaying tree's are up to 14 apart,
// those of a still camera before which people walk 38 and more.
constexpr int kStill = 20;
// How exact a stretch's ends are, and by how much a scene must be longer than what lies in it for
// the place to be unsure.
constexpr std::int64_t kExact_us = 1'000'000;

bool Tells(const FrameWord& frame) { return frame.quality >= fingerprint::kPlainQuality; }

// The number of the frame that is shown at a time.
std::size_t ShownAt(std::span<const FrameWord> frames, std::int64_t time_us) {
  const auto after = std::upper_bound(
      frames.begin(), frames.end(), time_us,
      [](std::int64_t time, const FrameWord& frame) { return time < frame.time_us; });
  return after == frames.begin() ? 0 : static_cast<std::size_t>(after - frames.begin()) - 1;
}

// A stretch of that length in `scene`, which is no shorter, as near to `from_us` as it can begin.
TimeSpan MovedInto(const TimeSpan& scene, std::int64_t from_us, std::int64_t length_us) {
  const std::int64_t from = std::clamp(from_us, scene.from_us, scene.to_us - length_us);
  return {from, from + length_us};
}

}  // namespace

std::optional<TimeSpan> StillAround(const FramesSide& video, const TimeSpan& stretch) {
  const std::span<const FrameWord> frames = video.frames;
  if (frames.empty()) return std::nullopt;
  const std::int64_t middle_us = stretch.from_us + stretch.length_us() / 2;
  const std::size_t middle = ShownAt(frames, middle_us);
  if (!Tells(frames[middle])) return std::nullopt;
  const auto like_middle = [&](std::size_t i) {
    return Tells(frames[i]) && HammingDistance(frames[i].word, frames[middle].word) <= kStill;
  };
  std::size_t first = middle, last = middle;
  while (first > 0 && like_middle(first - 1)) --first;
  while (last + 1 < frames.size() && like_middle(last + 1)) ++last;
  if (first == last) return std::nullopt;
  const TimeSpan still = {first == 0 ? 0 : frames[first].time_us,
                          last + 1 < frames.size()
                              ? frames[last + 1].time_us
                              : std::max(video.duration_us, frames[last].time_us)};
  if (stretch.from_us + kExact_us < still.from_us || stretch.to_us - kExact_us > still.to_us) {
    return std::nullopt;
  }
  return still;
}

Segment Settled(const Segment& segment, const FramesSide& query, const FramesSide& item) {
  const auto in_query = StillAround(query, {segment.query_from_us, segment.query_to_us});
  const auto in_item = StillAround(item, {segment.item_from_us, segment.item_to_us});
  if (!in_query || !in_item) return segment;
  const std::int64_t longer = in_item->length_us() - in_query->length_us();
  if (std::abs(longer) <= kExact_us) return segment;
  const std::int64_t offset_us = segment.item_from_us - segment.query_from_us;
  TimeSpan of_query = *in_query, of_item = *in_item;
  Segment settled;
  if (longer > 0) {
    of_item = MovedInto(*in_item, of_query.from_us + offset_us, of_query.length_us());
    settled.item_within = in_item;
  } else {
    of_query = MovedInto(*in_query, of_item.from_us - offset_us, of_item.length_us());
    settled.query_within = in_query;
  }
  settled.query_from_us = of_query.from_us;
  settled.query_to_us = of_query.to_us;
  settled.item_from_us = of_item.from_us;
  settled.item_to_us = of_item.to_us;
  return settled;
}

}  // namespace jikimi::gallery
