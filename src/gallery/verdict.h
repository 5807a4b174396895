#ifndef JIKIMI_GALLERY_VERDICT_H_
#define JIKIMI_GALLERY_VERDICT_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "fingerprint/fingerprint.h"
#include "gallery/alignment.h"

namespace jikimi::gallery {

// The number under which an item is registered: opaque, chosen by whoever registers. Deliberately
// unordered: it says nothing of when or by whom.
struct ItemId {
  std::uint64_t value = 0;

  friend bool operator==(const ItemId&, const ItemId&) = default;
};

// What the query is, seen from the registered item.
enum class Likeness : std::uint8_t {
  kSame,     // the item itself, re-encoded or resized at most (tone and grey count as that)
  kAltered,  // the item's picture or video changed: turned, mirrored, cut, pasted, written over …
  kClip,     // they share a stretch of time: an excerpt of a video, one inside a compilation, a
             // frame of a video as a picture, a picture shown in a video
};

// "same", "altered", "clip".
std::string_view LikenessName(Likeness likeness);

// What was done to the item's picture to find it as it is in the query. For a video, of the pair of
// key frames that agree best.
struct How {
  // At the middle of what is visible: clockwise as shown, in (-180, 180], mirror undone; and query
  // pixels an item pixel.
  double rotation_degrees = 0;
  double scale = 1;
  bool mirrored = false;
  bool negative = false;
  // The part of the item that is seen, in item pixels, and the same polygon in query pixels.
  std::vector<Point> visible_in_item;
  std::vector<Point> place_in_query;
  PictureSize item_size;
  PictureSize query_size;
};

// A stretch of one video, microseconds.
struct TimeSpan {
  std::int64_t from_us = 0, to_us = 0;

  std::int64_t length_us() const { return to_us - from_us; }
  friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};

// A stretch of time that a query and an item share, microseconds. A picture's side is 0 to 0.
struct Segment {
  std::int64_t query_from_us = 0, query_to_us = 0;
  std::int64_t item_from_us = 0, item_to_us = 0;
  // Where nothing moves one moment looks like another: the stretch is anywhere in this scene of the
  // video, and the times above are one of its possible places. Nothing: they are exact to about a
  // second.
  std::optional<TimeSpan> query_within = {}, item_within = {};

  friend bool operator==(const Segment&, const Segment&) = default;
};

// A registered item that was found in a query.
struct Verdict {
  ItemId item;
  Likeness likeness = Likeness::kAltered;
  // Natural log of P(what was seen | it is the item) / P(what was seen | unrelated), and the score
  // made of it: the probability that this verdict is right, 0 to 1 (gallery/score.h).
  double log_odds = 0;
  double score = 0;
  // By what it was found: bits between the photo words, when they are within the radius, and the
  // number of patches that agree.
  std::optional<int> word_distance;
  int matched_patches = 0;
  How how;
  std::vector<Segment> segments;  // in query time order; none between two photos
};

// Two patches held to be one, for drawing.
struct MatchedPatches {
  fingerprint::Patch query, item;  // as found, each in its own picture
  int distance = 0;                // bits
};

// A verdict on two fingerprints alone, without a gallery: marks that many pictures share are told
// by what the two show (picture_marks.h).
struct Comparison {
  std::optional<Verdict> verdict;  // item number 0; none: held to be unrelated
  // Which pictures `pairs` and the verdict's `how` are about: indices into `pictures`, or for a
  // video into `key_frames`.
  int query_picture = 0, item_picture = 0;
  std::vector<MatchedPatches> pairs;
};

// Pure and deterministic: safe from any thread. Milliseconds for photos; for videos it grows with
// the product of the key frames.
Comparison Compare(const fingerprint::Fingerprint& query, const fingerprint::Fingerprint& item);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_VERDICT_H_
