#include "gallery/alignment_candidates.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/check.h"
#include "base/vector_clones.h"
#include "gallery/score.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Patch;

constexpr std::uint64_t kFarthest = 104;  // bits; unrelated words are rarely nearer
constexpr double kFoundAgain = 0.4;
constexpr float kOneSided = 0.5F;  // what a likeness weighs that only one side holds for the best

// The words of one polarity limb by limb, so that a vector takes many at a time, and where they
// come from.
struct Words {
  std::array<std::vector<std::uint64_t>, Word256::kLimbs> limbs;
  std::vector<int> index;

  std::size_t size() const { return index.size(); }
  Word256 word(std::size_t i) const {
    return Word256({limbs[0][i], limbs[1][i], limbs[2][i], limbs[3][i]});
  }
};

Words WordsOf(std::span<const Patch> patches, bool bright) {
  Words result;
  for (std::size_t i = 0; i < patches.size(); ++i) {
    if (patches[i].bright == bright) result.index.push_back(static_cast<int>(i));
  }
  for (std::size_t limb = 0; limb < result.limbs.size(); ++limb) {
    std::vector<std::uint64_t>& column = result.limbs[limb];
    column.reserve(result.size());
    for (const int i : result.index) {
      column.push_back(patches[static_cast<std::size_t>(i)].word.limbs()[limb]);
    }
  }
  return result;
}

// A distance and whose it is, in one number, so that the least of many is one of them: the lower of
// two equally near ones.
constexpr int kIndexBits = 32;
std::uint64_t DistanceOf(std::uint64_t nearest) { return nearest >> kIndexBits; }
std::size_t IndexOf(std::uint64_t nearest) { return nearest & 0xffffffff; }

using Limbs = std::array<const std::uint64_t*, Word256::kLimbs>;

JIKIMI_POPCOUNT_CLONES std::uint64_t NearestOf(const Word256& word, std::uint64_t q,
                                               const Limbs& limbs, std::size_t count,
                                               std::uint64_t* nearest) {
  const std::uint64_t a = word.limbs()[0], b = word.limbs()[1];
  const std::uint64_t c = word.limbs()[2], d = word.limbs()[3];
  const std::uint64_t* limb0 = limbs[0];
  const std::uint64_t* limb1 = limbs[1];
  const std::uint64_t* limb2 = limbs[2];
  const std::uint64_t* limb3 = limbs[3];
  std::uint64_t best = kNoneNear;
  for (std::size_t i = 0; i < count; ++i) {
    const auto distance = static_cast<std::uint64_t>(__builtin_popcountll(a ^ limb0[i])) +
                          static_cast<std::uint64_t>(__builtin_popcountll(b ^ limb1[i])) +
                          static_cast<std::uint64_t>(__builtin_popcountll(c ^ limb2[i])) +
                          static_cast<std::uint64_t>(__builtin_popcountll(d ^ limb3[i]));
    const std::uint64_t of_query = distance << kIndexBits | i;
    const std::uint64_t of_this = distance << kIndexBits | q;
    best = of_query < best ? of_query : best;
    nearest[i] = of_this < nearest[i] ? of_this : nearest[i];
  }
  return best;
}

#if defined(__x86_64__)
// Compilers keep to vectors of 256 bits, of which a processor counts the bits of no more at a time
// than of those of 512.
__attribute__((target("avx512f,avx512vpopcntdq"))) std::uint64_t NearestOfAvx512(
    const Word256& word, std::uint64_t q, const Limbs& limbs, std::size_t count,
    std::uint64_t* nearest) {
  constexpr std::size_t kLanes = 8;
  const __m512i a = _mm512_set1_epi64(static_cast<long long>(word.limbs()[0]));
  const __m512i b = _mm512_set1_epi64(static_cast<long long>(word.limbs()[1]));
  const __m512i c = _mm512_set1_epi64(static_cast<long long>(word.limbs()[2]));
  const __m512i d = _mm512_set1_epi64(static_cast<long long>(word.limbs()[3]));
  const __m512i number = _mm512_set1_epi64(static_cast<long long>(q));
  __m512i index = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
  __m512i best = _mm512_set1_epi64(static_cast<long long>(kNoneNear));
  for (std::size_t i = 0; i < count; i += kLanes) {
    const std::size_t left = count - i;
    const auto lanes =
        static_cast<__mmask8>(left >= kLanes ? 0xffU : (1U << static_cast<unsigned>(left)) - 1U);
    const auto differing = [&](const __m512i& limb, const std::uint64_t* from)
        __attribute__((target("avx512f,avx512vpopcntdq"), always_inline)) {
      return _mm512_popcnt_epi64(_mm512_xor_si512(limb, _mm512_maskz_loadu_epi64(lanes, from + i)));
    };
    const __m512i distance =
        _mm512_add_epi64(_mm512_add_epi64(differing(a, limbs[0]), differing(b, limbs[1])),
                         _mm512_add_epi64(differing(c, limbs[2]), differing(d, limbs[3])));
    const __m512i high = _mm512_maskz_slli_epi64(lanes, distance, kIndexBits);
    best = _mm512_mask_min_epu64(best, lanes, best, _mm512_or_si512(high, index));
    const __m512i before = _mm512_maskz_loadu_epi64(lanes, nearest + i);
    _mm512_mask_storeu_epi64(nearest + i, lanes,
                             _mm512_maskz_min_epu64(lanes, before, _mm512_or_si512(high, number)));
    index = _mm512_add_epi64(index, _mm512_set1_epi64(kLanes));
  }
  std::array<std::uint64_t, kLanes> of_lanes;
  _mm512_storeu_si512(of_lanes.data(), best);
  return *std::min_element(of_lanes.begin(), of_lanes.end());
}
#endif

std::vector<NearestKernel> KernelsOfThisMachine() {
  std::vector<NearestKernel> kernels = {{NearestOf}};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq")) {
    kernels.push_back({NearestOfAvx512});
  }
#endif
  return kernels;
}

// What a likeness tells, by its distance, among so many rivals.
class Weights {
 public:
  explicit Weights(std::size_t rivals) : rivals_(static_cast<int>(rivals)) { of_.fill(-1); }
  float At(std::uint64_t distance) {
    float& weight = of_[distance];
    if (weight < 0) {
      const double odds = PairLogOdds(static_cast<int>(distance), rivals_, kFoundAgain);
      weight = static_cast<float>(std::clamp(odds, 0.1, 8.0));
    }
    return weight;
  }

 private:
  int rivals_;
  std::array<float, kFarthest + 1> of_;  // below 0: not reckoned yet
};

// A candidate before it is known to be one of the most telling: in order of weight, the greatest
// first, then of the query's patch and the item's.
struct Likeness {
  std::uint64_t order;
  std::uint64_t distance;

  static constexpr int kPatchBits = 16;
  static constexpr std::size_t kMostPatches = std::size_t{1} << kPatchBits;

  Likeness(float weight, std::size_t query, std::size_t item, std::uint64_t bits)
      // Numbers that are not negative are in the order of their bits.
      : order(std::uint64_t{~std::bit_cast<std::uint32_t>(weight)} << 2 * kPatchBits |
              query << kPatchBits | item),
        distance(bits) {}

  std::size_t query() const { return order >> kPatchBits & (kMostPatches - 1); }
  std::size_t item() const { return order & (kMostPatches - 1); }
  float weight() const {
    return std::bit_cast<float>(~static_cast<std::uint32_t>(order >> 2 * kPatchBits));
  }
};

void AddLookAlikes(std::span<const Patch> query, std::span<const Patch> item, bool bright,
                   std::vector<Likeness>& out) {
  const Words from = WordsOf(query, bright);
  const Words to = WordsOf(item, bright);
  if (from.size() == 0 || to.size() == 0) return;
  const Limbs limbs = {to.limbs[0].data(), to.limbs[1].data(), to.limbs[2].data(),
                       to.limbs[3].data()};
  static const NearestKernel kernel = NearestKernels().back();
  std::vector<std::uint64_t> of_query;
  std::vector<std::uint64_t> of_item(to.size(), kNoneNear);
  of_query.reserve(from.size());
  for (std::size_t q = 0; q < from.size(); ++q) {
    of_query.push_back(kernel.nearest_of(from.word(q), q, limbs, to.size(), of_item.data()));
  }
  Weights among_items(to.size()), among_query(from.size());
  const auto add = [&](std::size_t q, std::size_t i, std::uint64_t distance, Weights& weights,
                       bool mutual) {
    if (distance > kFarthest) return;
    out.emplace_back(weights.At(distance) * (mutual ? 1.0F : kOneSided),
                     static_cast<std::size_t>(from.index[q]), static_cast<std::size_t>(to.index[i]),
                     distance);
  };
  for (std::size_t q = 0; q < of_query.size(); ++q) {
    const std::size_t i = IndexOf(of_query[q]);
    add(q, i, DistanceOf(of_query[q]), among_items, IndexOf(of_item[i]) == q);
  }
  for (std::size_t i = 0; i < of_item.size(); ++i) {
    const std::size_t q = IndexOf(of_item[i]);
    if (IndexOf(of_query[q]) != i) add(q, i, DistanceOf(of_item[i]), among_query, false);
  }
}

Candidate CandidateOf(const Likeness& likeness, std::span<const Patch> query,
                      std::span<const Patch> item) {
  const Patch& a = query[likeness.query()];
  const Patch& b = item[likeness.item()];
  Candidate candidate;
  candidate.query = static_cast<int>(likeness.query());
  candidate.item = static_cast<int>(likeness.item());
  candidate.distance = static_cast<int>(likeness.distance);
  candidate.log_scale = std::log(a.scale / b.scale);
  candidate.turn = WrappedAngle(a.angle - b.angle);
  candidate.weight = likeness.weight();
  return candidate;
}

}  // namespace

float WrappedAngle(float angle) {
  constexpr float kPi = 3.14159265F;
  if (angle >= kPi) return angle - 2 * kPi;
  return angle < -kPi ? angle + 2 * kPi : angle;
}

std::span<const NearestKernel> NearestKernels() {
  static const std::vector<NearestKernel> kernels = KernelsOfThisMachine();
  return kernels;
}

std::vector<Candidate> LookAlikes(std::span<const Patch> query, std::span<const Patch> item,
                                  int most) {
  CHECK(query.size() <= Likeness::kMostPatches && item.size() <= Likeness::kMostPatches);
  std::vector<Likeness> likenesses;
  likenesses.reserve(query.size() + item.size());
  AddLookAlikes(query, item, false, likenesses);
  AddLookAlikes(query, item, true, likenesses);
  const auto more_telling = [](const Likeness& a, const Likeness& b) { return a.order < b.order; };
  if (likenesses.size() > static_cast<std::size_t>(most)) {
    const auto end = likenesses.begin() + most;
    std::nth_element(likenesses.begin(), end, likenesses.end(), more_telling);
    likenesses.erase(end, likenesses.end());
  }
  std::sort(likenesses.begin(), likenesses.end(), more_telling);
  std::vector<Candidate> candidates;
  candidates.reserve(likenesses.size());
  for (const Likeness& likeness : likenesses) {
    candidates.push_back(CandidateOf(likeness, query, item));
  }
  return candidates;
}

}  // namespace jikimi::gallery
