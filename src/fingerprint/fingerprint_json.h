#ifndef JIKIMI_FINGERPRINT_FINGERPRINT_JSON_H_
#define JIKIMI_FINGERPRINT_FINGERPRINT_JSON_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fingerprint/fingerprint.h"

// The JSON forms: doc/fingerprint.md. Not part of the browser's build.
namespace jikimi::fingerprint {

// Photo words and frame words may be exchanged; patches stay at the centre, because a picture can
// be partly rebuilt from them.
enum class Disclosure : std::uint8_t { kWordsOnly, kEverything };

// One JSON object. With kWordsOnly there are no patches and no places of inner pictures. An unsound
// fingerprint is kInvalidArgument (CheckSound).
Result<std::string> FingerprintToJson(const Fingerprint& fingerprint, Disclosure disclosure);

// The inverse, of either. Not JSON, a missing or unknown member, a wrong type, a value out of
// bounds: kInvalidArgument, naming the place ("pictures[0].pdq[3]: …"). Writing what was read gives
// the same text.
Result<Fingerprint> FingerprintFromJson(std::string_view text);

// The list that threatexchange's vpdq extension exchanges: ["hash,quality,timestamp", …], times in
// seconds with three decimals. Frames are numbered as they stand.
std::string FrameWordsToJson(std::span<const FrameWord> frames);
Result<std::vector<FrameWord>> FrameWordsFromJson(std::string_view text);

}  // namespace jikimi::fingerprint

#endif  // JIKIMI_FINGERPRINT_FINGERPRINT_JSON_H_
