#ifndef JIKIMI_GALLERY_VIDEO_MATCH_H_
#define JIKIMI_GALLERY_VIDEO_MATCH_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "fingerprint/fingerprint.h"
#include "gallery/verdict.h"

namespace jikimi::gallery {

// A moment of the query that looks like a moment of the item.
struct MomentMatch {
  std::int64_t query_us = 0;
  std::int64_t item_us = 0;
  // Natural log of P(this likeness | the same moment) / P(it | unrelated), at least 0, with the
  // rarity of what is seen weighed in: an Alignment's log_odds, or by MatchFrameWords().
  double log_odds = 0;
  // What is seen was turned, mirrored, inverted, cut or put into another picture.
  bool altered = false;
};

// The frame words of one video. `rarity[i]`, where given, is the natural log of how rare frame i's
// word is among registered items (0 = everywhere, such as a station's logo): it bounds the
// evidence.
struct FrameWordSide {
  std::span<const fingerprint::FrameWord> frames;  // in time order
  std::span<const float> rarity;                   // empty, or one a frame
};

// Every pair of frames within `radius` bits of each other in one of the eight turns and mirrors or
// the negative of those. Frames of quality under kPlainQuality are left out. The pairs of a scene
// that stands still share the evidence of one. Costs 16 word comparisons a pair of frames (about 10
// ms for two videos of ten minutes at one a second).
std::vector<MomentMatch> MatchFrameWords(const FrameWordSide& query, const FrameWordSide& item,
                                         int radius = 31);

// One video as a line of moments: those at which it was looked at (frame words and key frames).
struct VideoSide {
  std::int64_t duration_us = 0;
  std::span<const std::int64_t> moments_us;  // in order, none twice
  // In order of time; tell where it stands still. None: that isn't known.
  std::span<const fingerprint::FrameWord> frames = {};
};

// What two videos share.
struct VideoMatch {
  Likeness likeness = Likeness::kClip;
  double log_odds = 0;  // of all segments together, less the price of having searched for them
  double speed = 1;     // of the strongest segment: item seconds a query second, 0.5 to 2
  std::vector<Segment> segments;  // in query time order
  double query_share = 0;         // of the query's duration inside of segments, 0 to 1
  double item_share = 0;
};

// Finds the stretches of time in which `matches` run along a line: the same order at one speed.
// Evidence that only repeats itself (one moment of the item for many of the query, a scene that
// stands still) counts once, and a stretch in which both stand still says so (Segment::item_within,
// still_scene.h). Nothing with log-odds of at least kConvincing (score.h): nullopt.
//
// likeness: kSame when one stretch at unchanged speed is nearly all of both and nothing is altered;
// kAltered when the stretches are nearly all of both; kClip otherwise.
//
// Deterministic; the order of `matches` doesn't matter. Pure: safe from any thread. Milliseconds.
std::optional<VideoMatch> MatchInTime(const VideoSide& query, const VideoSide& item,
                                      std::span<const MomentMatch> matches);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_VIDEO_MATCH_H_
