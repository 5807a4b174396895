#ifndef JIKIMI_FINGERPRINT_PATCH_PROJECTIONS_H_
#define JIKIMI_FINGERPRINT_PATCH_PROJECTIONS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "fingerprint/patch_descriptor.h"

namespace jikimi::fingerprint {

inline constexpr std::size_t kProjections = 64;

// The planes that cut the space of histograms: bit i is set where the sum over j of
// kProjectionWeights[i][j] * histogram[j] exceeds kProjectionThresholds[i]. Made by
// tools/learn_patch_projections.py; doc/patches.md says how. Changing them changes every patch
// word.
extern const std::array<std::array<std::int8_t, kHistogramSize>, kProjections> kProjectionWeights;
extern const std::array<std::int32_t, kProjections> kProjectionThresholds;

// Sum at which a margin is 255.
inline constexpr int kMarginShift = 6;

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_PATCH_PROJECTIONS_H_
