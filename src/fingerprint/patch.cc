#include "fingerprint/patch.h"

#include <algorithm>
#include <utility>

#include "fingerprint/patch_arithmetic.h"
#include "fingerprint/patch_descriptor.h"
#include "fingerprint/patch_detector.h"
#include "fingerprint/patch_pyramid.h"
#include "fingerprint/patch_selection.h"

namespace jikimi::fingerprint {
namespace {

// The patch of a blob in one of its directions, but for its word.
Patch Placed(const ScaleSpace& space, const Blob& blob, float angle) {
  const float step = space.octaves[static_cast<std::size_t>(blob.octave)].step;
  Patch patch;
  patch.x = (blob.x * step + 0.5F) / space.scale_x;
  patch.y = (blob.y * step + 0.5F) / space.scale_y;
  patch.scale = 2 * blob.sigma * step / (space.scale_x + space.scale_y);
  patch.angle = angle;
  patch.bright = blob.bright;
  return patch;
}

// Calls `keep` with each patch (its word still empty) and its histogram, in order of worth.
template <typename Keep>
void ForEachPatch(const PixelsView& picture, const PatchOptions& options, const Keep& keep) {
  const ScaleSpace space = BuildScaleSpace(picture, options.working_area);
  int kept = 0;
  for (const Blob& blob : InOrderOfWorth(DetectBlobs(space), space)) {
    const Directions directions = DominantDirections(space, blob);
    for (int i = 0; i < directions.count; ++i) {
      if (kept++ >= options.max_patches) return;
      const float angle = directions.angles[static_cast<std::size_t>(i)];
      keep(Placed(space, blob, angle), DescribePatch(space, blob, angle));
    }
  }
}

}  // namespace

Word256 WordInForm(const Word256& word, Form form) {
  const auto mask = static_cast<std::size_t>(form);
  const auto& limbs = word.limbs();
  return Word256({limbs[0 ^ mask], limbs[1 ^ mask], limbs[2 ^ mask], limbs[3 ^ mask]});
}

BitMargins MarginsInForm(const BitMargins& margins, Form form) {
  constexpr std::size_t kLimbBits = 64;
  BitMargins result;
  for (std::size_t limb = 0; limb < Word256::kLimbs; ++limb) {
    const std::size_t from = limb ^ static_cast<std::size_t>(form);
    std::copy_n(margins.data() + from * kLimbBits, kLimbBits, result.data() + limb * kLimbBits);
  }
  return result;
}

Patch PatchInForm(const Patch& patch, Form form, int width) {
  Patch result = patch;
  result.word = WordInForm(patch.word, form);
  if (form == Form::kMirrored || form == Form::kMirroredNegative) {
    result.x = static_cast<float>(width) - result.x;
    result.angle = kPi - result.angle;
  }
  if (form == Form::kNegative || form == Form::kMirroredNegative) {
    result.angle += kPi;
    result.bright = !result.bright;
  }
  if (result.angle < 0) result.angle += kTwoPi;
  if (result.angle >= kTwoPi) result.angle -= kTwoPi;
  return result;
}

std::vector<Patch> ExtractPatches(const PixelsView& picture, const PatchOptions& options) {
  std::vector<Patch> patches;
  ForEachPatch(picture, options, [&](Patch patch, const Histogram& histogram) {
    patch.word = WordOf(histogram, nullptr);
    patches.push_back(patch);
  });
  return patches;
}

std::vector<QueryPatch> ExtractQueryPatches(const PixelsView& picture,
                                            const PatchOptions& options) {
  std::vector<QueryPatch> patches;
  ForEachPatch(picture, options, [&](Patch patch, const Histogram& histogram) {
    QueryPatch query;
    patch.word = WordOf(histogram, &query.margins);
    query.patch = patch;
    patches.push_back(query);
  });
  return patches;
}

}  // namespace jikimi::fingerprint
