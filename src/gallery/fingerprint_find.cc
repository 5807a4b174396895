#include "gallery/fingerprint_find.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "fingerprint/photo_word.h"
#include "gallery/key_frame_choice.h"
#include "gallery/score.h"
#include "gallery/video_match.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Dihedral;
using fingerprint::Fingerprint;
using fingerprint::FrameWord;
using fingerprint::Kind;
using fingerprint::kPlainQuality;
using fingerprint::PictureFingerprint;

// Pictures whose photo word is this near the last one that was asked show the same.
constexpr int kSameMoment = 6;
// Rarity of a frame word is counted among the items registered and this many more, unknown ones.
constexpr double kUnknownItems = 1000;

// Pictures of a query with their times (0 in photos).
struct TimedPicture {
  const PictureFingerprint* picture;
  std::int64_t time_us;
};
std::vector<TimedPicture> PicturesOf(const Fingerprint& query) {
  std::vector<TimedPicture> pictures;
  for (const auto& picture : query.pictures) pictures.push_back({&picture, 0});
  for (const auto& key_frame : query.key_frames) {
    pictures.push_back({&key_frame.picture, key_frame.time_us});
  }
  return pictures;
}

// From a key frame to the next one, or to the end of the video.
std::pair<std::int64_t, std::int64_t> Stretch(std::span<const std::int64_t> times, int at,
                                              std::int64_t duration_us) {
  const auto i = static_cast<std::size_t>(at);
  const std::int64_t from = times[i];
  const std::int64_t to = i + 1 < times.size() ? times[i + 1] : duration_us;
  return {from, std::max(from, to)};
}

// Segments that follow each other become one.
std::vector<Segment> Joined(std::vector<Segment> segments) {
  std::sort(segments.begin(), segments.end(), [](const Segment& a, const Segment& b) {
    return std::tie(a.query_from_us, a.item_from_us) < std::tie(b.query_from_us, b.item_from_us);
  });
  std::vector<Segment> joined;
  for (const Segment& segment : segments) {
    if (!joined.empty() && segment.query_from_us <= joined.back().query_to_us &&
        segment.item_from_us <= joined.back().item_to_us) {
      Segment& last = joined.back();
      last.query_to_us = std::max(last.query_to_us, segment.query_to_us);
      last.item_to_us = std::max(last.item_to_us, segment.item_to_us);
    } else {
      joined.push_back(segment);
    }
  }
  return joined;
}

std::vector<std::int64_t> MomentsOf(std::span<const FrameWord> frames,
                                    std::span<const std::int64_t> key_times) {
  std::set<std::int64_t> moments(key_times.begin(), key_times.end());
  for (const FrameWord& frame : frames) moments.insert(frame.time_us);
  return {moments.begin(), moments.end()};
}

// By frame words alone nothing is known of how the picture lies.
std::optional<Verdict> JudgeVideos(const Fingerprint& query, const ItemRecord& item,
                                   std::span<const SeenPicture> seen, std::span<const float> rarity,
                                   std::span<const std::int64_t> query_times,
                                   std::span<const std::int64_t> item_times) {
  auto matches = MatchFrameWords({query.frames, rarity}, {item.frames, {}}, kWordRadius);
  for (const SeenPicture& one : seen) {
    matches.push_back({query_times[static_cast<std::size_t>(one.query_picture)],
                       one.finding.item_time_us, one.finding.log_odds, !one.finding.same});
  }
  const auto query_moments = MomentsOf(query.frames, query_times);
  const auto item_moments = MomentsOf(item.frames, item_times);
  const auto match = MatchInTime({query.duration_us, query_moments, query.frames},
                                 {item.duration_us, item_moments, item.frames}, matches);
  if (!match) return std::nullopt;
  Verdict verdict;
  verdict.likeness = match->likeness;
  verdict.log_odds = match->log_odds;
  verdict.segments = match->segments;
  return verdict;
}

// The item or the query is a picture, or both are.
std::optional<Verdict> JudgePictures(const Fingerprint& query, const ItemRecord& item,
                                     std::span<const SeenPicture> seen, const PictureFinding& best,
                                     std::span<const std::int64_t> query_times,
                                     std::span<const std::int64_t> item_times) {
  Verdict verdict;
  verdict.log_odds = best.log_odds;
  if (query.kind == Kind::kPhoto && item.kind == Kind::kPhoto) {
    const bool as_many = query.pictures.size() == item.pictures.size();
    verdict.likeness = best.same && as_many ? Likeness::kSame : Likeness::kAltered;
    return verdict;
  }
  verdict.likeness = Likeness::kClip;
  for (const SeenPicture& one : seen) {
    Segment segment;
    if (query.kind == Kind::kVideo) {
      std::tie(segment.query_from_us, segment.query_to_us) =
          Stretch(query_times, one.query_picture, query.duration_us);
    }
    if (item.kind == Kind::kVideo) {
      std::tie(segment.item_from_us, segment.item_to_us) =
          Stretch(item_times, one.item_picture, item.duration_us);
    }
    verdict.segments.push_back(segment);
  }
  verdict.segments = Joined(std::move(verdict.segments));
  return verdict;
}

// How many items hold a word like each of the query's frames', as a rarity; and which items.
struct FrameHolders {
  std::vector<float> rarity;
  std::set<std::uint32_t> items;
};

Result<FrameHolders> AskFrames(const ItemIndex& index, const std::vector<FrameWord>& frames) {
  constexpr std::size_t kForms = 4;
  FrameHolders holders;
  holders.rarity.assign(frames.size(), 0);
  std::vector<Word256> words;
  std::vector<std::size_t> of_frame;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].quality < kPlainQuality) continue;
    // Turned, negative and cut frames are found by the patches of key frames.
    const Word256 mirrored = Turned(frames[i].word, Dihedral::kFlipY);
    for (const Word256& word : {frames[i].word, mirrored, ~frames[i].word, ~mirrored}) {
      words.push_back(word);
    }
    of_frame.push_back(i);
  }
  const auto near = TRY(index.NearWords(words, kWordRadius));
  for (std::size_t i = 0; i < of_frame.size(); ++i) {
    std::set<std::uint32_t> items;
    for (std::size_t form = 0; form < kForms; ++form) {
      const auto& found = near[i * kForms + form];
      items.insert(found.begin(), found.end());
    }
    holders.items.insert(items.begin(), items.end());
    const double known = static_cast<double>(index.items()) + kUnknownItems;
    holders.rarity[of_frame[i]] = static_cast<float>(
        std::log(known / static_cast<double>(std::max<std::size_t>(items.size(), 1))));
  }
  return holders;
}

// What was seen, by item.
using Seen = std::map<std::uint32_t, std::vector<SeenPicture>>;

// Adds what is seen in the query's picture number `at`; returns whether that is anything.
Result<bool> AskPicture(const ItemIndex& index, const PictureFingerprint& picture, std::size_t at,
                        Seen& seen) {
  auto findings = TRY(FindPicture(index, picture, {}));
  for (PictureFinding& finding : findings) {
    const ItemIndex::Item& item = index.item(finding.item);
    const int item_picture = static_cast<int>(finding.picture - item.first_picture);
    std::vector<SeenPicture>& of_item = seen[finding.item];
    of_item.push_back({static_cast<int>(at), item_picture, std::move(finding)});
  }
  return !findings.empty();
}

Result<Seen> AskPictures(const ItemIndex& index, std::span<const PictureFingerprint> pictures) {
  Seen seen;
  const Word256* last_asked = nullptr;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const PictureFingerprint& picture = pictures[i];
    const bool tells = picture.whole_quality >= kPlainQuality;
    if (last_asked != nullptr && tells &&
        HammingDistance(*last_asked, picture.whole[0]) <= kSameMoment) {
      continue;
    }
    last_asked = tells ? &picture.whole[0] : nullptr;
    TRY(AskPicture(index, picture, i, seen));
  }
  return seen;
}

Result<Seen> AskKeyFrames(const ItemIndex& index,
                          std::span<const fingerprint::KeyFrame> key_frames) {
  Seen seen;
  const KeyFrameChoice choice(key_frames);
  std::set<std::size_t> around;
  for (std::size_t i = 0; i < choice.first().size(); ++i) {
    const std::size_t at = choice.first()[i];
    if (!TRY(AskPicture(index, key_frames[at].picture, at, seen))) continue;
    const auto more = choice.Around(i);
    around.insert(more.begin(), more.end());
  }
  for (const std::size_t at : around) TRY(AskPicture(index, key_frames[at].picture, at, seen));
  for (auto& [item, pictures] : seen) {
    std::stable_sort(pictures.begin(), pictures.end(),
                     [](const SeenPicture& a, const SeenPicture& b) {
                       return a.query_picture < b.query_picture;
                     });
  }
  return seen;
}

}  // namespace

std::optional<Verdict> Judge(const Fingerprint& query, const ItemRecord& item,
                             std::span<const SeenPicture> seen, std::span<const float> rarity) {
  std::vector<std::int64_t> query_times, item_times;
  for (const TimedPicture& timed : PicturesOf(query)) query_times.push_back(timed.time_us);
  for (const PictureRecord& picture : item.pictures) item_times.push_back(picture.time_us);
  const SeenPicture* best = nullptr;
  for (const SeenPicture& one : seen) {
    if (best == nullptr || one.finding.log_odds > best->finding.log_odds) best = &one;
  }
  const bool videos = query.kind == Kind::kVideo && item.kind == Kind::kVideo;
  if (best == nullptr && !videos) return std::nullopt;
  auto verdict = videos ? JudgeVideos(query, item, seen, rarity, query_times, item_times)
                        : JudgePictures(query, item, seen, best->finding, query_times, item_times);
  if (!verdict) return std::nullopt;
  if (best != nullptr) {
    if (best->finding.word) verdict->word_distance = best->finding.word->distance;
    if (best->finding.alignment) {
      verdict->matched_patches = static_cast<int>(best->finding.alignment->pairs.size());
    }
    verdict->how = best->finding.how;
  }
  // Frame words that agree along a line are no mark's.
  verdict->score = videos ? Confidence(verdict->log_odds)
                          : Confidence(verdict->log_odds, best->finding.own_log_odds);
  return verdict;
}

Result<std::vector<Verdict>> FindFingerprint(const ItemIndex& index, const Fingerprint& query) {
  Seen seen;
  FrameHolders frames;
  if (query.kind == Kind::kVideo) {
    seen = TRY(AskKeyFrames(index, query.key_frames));
    frames = TRY(AskFrames(index, query.frames));
    for (const std::uint32_t item : frames.items) {
      if (index.item(item).kind == Kind::kVideo) seen[item];
    }
  } else {
    seen = TRY(AskPictures(index, query.pictures));
  }
  std::vector<Verdict> verdicts;
  for (const auto& [item, pictures] : seen) {
    auto verdict = Judge(query, index.Record(item), pictures, frames.rarity);
    if (!verdict) continue;
    verdict->item = index.item(item).id;
    verdicts.push_back(std::move(*verdict));
  }
  return verdicts;
}

}  // namespace jikimi::gallery
