#include "gallery/alignment_candidates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/vector_clones.h"
#include "gallery/score.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Patch;

constexpr std::uint64_t kFarthest = 104;  // bits; unrelated words are rarely nearer
constexpr double kFoundAgain = 0.4;
constexpr float kOneSided = 0.5F;  // what a likeness weighs that only one side holds for the best

// The words of one polarity, and where they come from.
struct Words {
  std::vector<Word256> words;
  std::vector<int> index;
};

Words WordsOf(std::span<const Patch> patches, bool bright) {
  Words result;
  for (std::size_t i = 0; i < patches.size(); ++i) {
    if (patches[i].bright != bright) continue;
    result.words.push_back(patches[i].word);
    result.index.push_back(static_cast<int>(i));
  }
  return result;
}

// The words of one polarity limb by limb, so that a vector takes many at a time.
struct Columns {
  explicit Columns(const std::vector<Word256>& words) {
    for (std::size_t limb = 0; limb < limbs.size(); ++limb) {
      for (const Word256& word : words) limbs[limb].push_back(word.limbs()[limb]);
    }
  }
  std::array<std::vector<std::uint64_t>, Word256::kLimbs> limbs;
};

// A distance and whose it is, in one number, so that the least of many is one of them: the lower of
// two equally near ones.
constexpr int kIndexBits = 32;
constexpr std::uint64_t kFar = std::uint64_t{Word256::kBits + 1} << kIndexBits;
std::uint64_t DistanceOf(std::uint64_t nearest) { return nearest >> kIndexBits; }
std::size_t IndexOf(std::uint64_t nearest) { return nearest & 0xffffffff; }

// The nearest of the item's words to query word number `q`; that word takes its place in `of_item`
// wherever it is nearer than those before it.
JIKIMI_POPCOUNT_CLONES std::uint64_t NearestOf(const Word256& word, std::uint64_t q,
                                               const Columns& item, std::size_t count,
                                               std::uint64_t* of_item) {
  const std::uint64_t a = word.limbs()[0], b = word.limbs()[1];
  const std::uint64_t c = word.limbs()[2], d = word.limbs()[3];
  const std::uint64_t* limb0 = item.limbs[0].data();
  const std::uint64_t* limb1 = item.limbs[1].data();
  const std::uint64_t* limb2 = item.limbs[2].data();
  const std::uint64_t* limb3 = item.limbs[3].data();
  std::uint64_t best = kFar;
  for (std::size_t i = 0; i < count; ++i) {
    const auto distance = static_cast<std::uint64_t>(__builtin_popcountll(a ^ limb0[i])) +
                          static_cast<std::uint64_t>(__builtin_popcountll(b ^ limb1[i])) +
                          static_cast<std::uint64_t>(__builtin_popcountll(c ^ limb2[i])) +
                          static_cast<std::uint64_t>(__builtin_popcountll(d ^ limb3[i]));
    const std::uint64_t of_query = distance << kIndexBits | i;
    const std::uint64_t of_this = distance << kIndexBits | q;
    best = of_query < best ? of_query : best;
    of_item[i] = of_this < of_item[i] ? of_this : of_item[i];
  }
  return best;
}

void AddLookAlikes(std::span<const Patch> query, std::span<const Patch> item, bool bright,
                   std::vector<Candidate>& out) {
  const Words from = WordsOf(query, bright);
  const Words to = WordsOf(item, bright);
  if (from.words.empty() || to.words.empty()) return;
  const Columns columns(to.words);
  std::vector<std::uint64_t> of_query;
  std::vector<std::uint64_t> of_item(to.words.size(), kFar);
  of_query.reserve(from.words.size());
  for (std::size_t q = 0; q < from.words.size(); ++q) {
    of_query.push_back(NearestOf(from.words[q], q, columns, to.words.size(), of_item.data()));
  }
  const auto add = [&](std::size_t q, std::size_t i, std::uint64_t distance, std::size_t rivals,
                       bool mutual) {
    if (distance > kFarthest) return;
    Candidate candidate;
    candidate.query = from.index[q];
    candidate.item = to.index[i];
    candidate.distance = static_cast<int>(distance);
    const Patch& a = query[static_cast<std::size_t>(candidate.query)];
    const Patch& b = item[static_cast<std::size_t>(candidate.item)];
    candidate.log_scale = std::log(a.scale / b.scale);
    candidate.turn = WrappedAngle(a.angle - b.angle);
    const double odds = PairLogOdds(candidate.distance, static_cast<int>(rivals), kFoundAgain);
    candidate.weight = static_cast<float>(std::clamp(odds, 0.1, 8.0)) * (mutual ? 1.0F : kOneSided);
    out.push_back(candidate);
  };
  for (std::size_t q = 0; q < of_query.size(); ++q) {
    const std::size_t i = IndexOf(of_query[q]);
    add(q, i, DistanceOf(of_query[q]), to.words.size(), IndexOf(of_item[i]) == q);
  }
  for (std::size_t i = 0; i < of_item.size(); ++i) {
    const std::size_t q = IndexOf(of_item[i]);
    if (IndexOf(of_query[q]) != i) add(q, i, DistanceOf(of_item[i]), from.words.size(), false);
  }
}

}  // namespace

float WrappedAngle(float angle) {
  constexpr float kPi = 3.14159265F;
  if (angle >= kPi) return angle - 2 * kPi;
  return angle < -kPi ? angle + 2 * kPi : angle;
}

std::vector<Candidate> LookAlikes(std::span<const Patch> query, std::span<const Patch> item,
                                  int most) {
  std::vector<Candidate> candidates;
  AddLookAlikes(query, item, false, candidates);
  AddLookAlikes(query, item, true, candidates);
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    if (a.weight != b.weight) return a.weight > b.weight;
    return a.query != b.query ? a.query < b.query : a.item < b.item;
  });
  if (candidates.size() > static_cast<std::size_t>(most)) {
    candidates.resize(static_cast<std::size_t>(most));
  }
  return candidates;
}

}  // namespace jikimi::gallery
