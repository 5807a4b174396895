#ifndef JIKIMI_FINGERPRINT_FINGERPRINT_FORM_H_
#define JIKIMI_FINGERPRINT_FINGERPRINT_FORM_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "fingerprint/fingerprint.h"

// The binary form of a fingerprint: doc/fingerprint.md describes it byte by byte, and says what it
// gives away about the picture. It holds patch words, so it stays at the centre.
namespace jikimi::fingerprint {

inline constexpr std::uint16_t kFingerprintFormVersion = 1;

// Bounds of what is written and read; counts are of one fingerprint or, for patches, one picture.
inline constexpr std::uint32_t kMaxPictures = 5'000;
inline constexpr std::uint32_t kMaxKeyFrames = 20'000;
inline constexpr std::uint32_t kMaxFrameWords = 4'000'000;
inline constexpr std::uint32_t kMaxPatches = 4'096;
inline constexpr std::uint32_t kMaxInner = 3;
inline constexpr int kMaxSide = 1 << 24;                            // pixels
inline constexpr std::int64_t kMaxTime_us = std::int64_t{1} << 52;  // about 142 years

// Whether the values make sense: numbers finite and within bounds, regions inside of the picture,
// times in order, a photo without frames. kInvalidArgument says which does not and where. What the
// forms read is sound.
Result<void> CheckSound(const Fingerprint& fingerprint);

// An unsound fingerprint is refused as CheckSound() does. A patch takes 40 bytes: places keep 16
// bits of the sides, scales a 64th of a pixel, angles 15 bits; margins are left out.
Result<std::vector<std::byte>> WriteFingerprint(const Fingerprint& fingerprint);

// Another magic or version: kUnsupported. Bytes that were changed, cut off or added, or values that
// make no sense: kCorrupt, naming the place. Writing what was read gives the same bytes.
Result<Fingerprint> ReadFingerprint(std::span<const std::byte> bytes);

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_FINGERPRINT_FORM_H_
