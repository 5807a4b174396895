#include <algorithm>
#include <array>
#include <cmath>

#include "fingerprint/photo_word.h"
#include "gallery/picture_relation.h"
#include "gallery/video_match.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Dihedral;
using fingerprint::FrameWord;
using fingerprint::kDihedrals;

// A word this rare or rarer (natural log) counts in full: it is in one item of a thousand.
constexpr double kFullRarity = 6.9;

struct NearPair {
  std::size_t query, item;
  int distance;
  bool altered;
};

struct QueryForms {
  std::array<Word256, kDihedrals> turned;
  explicit QueryForms(const Word256& word) {
    for (std::size_t i = 0; i < kDihedrals; ++i) {
      turned[i] = fingerprint::Turned(word, static_cast<Dihedral>(i));
    }
  }
};

// The nearest of the sixteen forms; as it is wins among equals.
NearPair Nearest(const QueryForms& forms, const Word256& word) {
  NearPair nearest{0, 0, Word256::kBits, false};
  for (std::size_t i = 0; i < kDihedrals; ++i) {
    const int distance = HammingDistance(forms.turned[i], word);
    const int negative = Word256::kBits - distance;
    if (distance < nearest.distance) nearest = {0, 0, distance, i != 0};
    if (negative < nearest.distance) nearest = {0, 0, negative, true};
  }
  return nearest;
}

bool Tells(const FrameWord& frame) { return frame.quality >= fingerprint::kPlainQuality; }

}  // namespace

std::vector<MomentMatch> MatchFrameWords(const FrameWordSide& query, const FrameWordSide& item,
                                         int radius) {
  std::vector<NearPair> pairs;
  std::vector<int> of_query(query.frames.size()), of_item(item.frames.size());
  for (std::size_t q = 0; q < query.frames.size(); ++q) {
    if (!Tells(query.frames[q])) continue;
    const QueryForms forms(query.frames[q].word);
    for (std::size_t i = 0; i < item.frames.size(); ++i) {
      if (!Tells(item.frames[i])) continue;
      NearPair pair = Nearest(forms, item.frames[i].word);
      if (pair.distance > radius) continue;
      pair.query = q;
      pair.item = i;
      pairs.push_back(pair);
      ++of_query[q];
      ++of_item[i];
    }
  }
  const auto weight = [](std::span<const float> rarity, std::size_t i) {
    return rarity.empty() ? 1.0 : std::clamp(rarity[i] / kFullRarity, 0.0, 1.0);
  };
  std::vector<MomentMatch> matches;
  matches.reserve(pairs.size());
  for (const NearPair& pair : pairs) {
    // Where a scene stands still each of its frames has many partners: they share one evidence.
    const double shared = std::max(of_query[pair.query], of_item[pair.item]);
    const double log_odds =
        WordLogOdds(pair.distance) / shared *
        std::min(weight(query.rarity, pair.query), weight(item.rarity, pair.item));
    matches.push_back({query.frames[pair.query].time_us, item.frames[pair.item].time_us,
                       std::max(0.0, log_odds), pair.altered});
  }
  return matches;
}

}  // namespace jikimi::gallery
