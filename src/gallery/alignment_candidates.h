#ifndef JIKIMI_GALLERY_ALIGNMENT_CANDIDATES_H_
#define JIKIMI_GALLERY_ALIGNMENT_CANDIDATES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/word256.h"
#include "fingerprint/patch.h"

namespace jikimi::gallery {

// A patch of the query and one of the item that look alike.
struct Candidate {
  int query = 0, item = 0;  // indices
  int distance = 0;         // bits
  float log_scale = 0;      // natural log of query scale / item scale
  float turn = 0;           // query angle - item angle, radians in [-pi, pi)
  float weight = 0;         // how telling the likeness is
};

// For each patch of either side its nearest of the same polarity on the other side, near enough to
// be worth a look; the most telling first, at most `most`.
std::vector<Candidate> LookAlikes(std::span<const fingerprint::Patch> query,
                                  std::span<const fingerprint::Patch> item, int most);

// `angle` brought to [-pi, pi), for angles within 3 pi of it.
float WrappedAngle(float angle);

// What LookAlikes() spends its time on: many words against one, once for every instruction set.
// They agree with each other on every input.
struct NearestKernel {
  // The nearest of `count` words to `word`, which is number `q` of the others, as
  // distance << 32 | index, the lower index of two equally near ones; kNoneNear if there are none.
  // Limb i of word j is limbs[i][j]. Where `word` is nearer to word j than nearest[j], which has
  // the same form, it takes its place.
  std::uint64_t (*nearest_of)(const Word256& word, std::uint64_t q,
                              const std::array<const std::uint64_t*, Word256::kLimbs>& limbs,
                              std::size_t count, std::uint64_t* nearest);
};
inline constexpr std::uint64_t kNoneNear = std::uint64_t{Word256::kBits + 1} << 32;

// What this machine can run: the reference first, the fastest last.
std::span<const NearestKernel> NearestKernels();

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_ALIGNMENT_CANDIDATES_H_
