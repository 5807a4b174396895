#ifndef JIKIMI_JIKIMI_VERDICT_TEXT_H_
#define JIKIMI_JIKIMI_VERDICT_TEXT_H_

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "fingerprint/fingerprint.h"
#include "gallery/verdict.h"
#include "jikimi/match_picture.h"

namespace jikimi {

// The score with four decimals, never rounded up to 1.
std::string ScoreText(double score);

// In words, for a person: "mirrored, turned 90°, half the size, 56 % of it visible".
std::string HowText(const gallery::Verdict& verdict);

// verdict, score, how, segments: the part of a match's JSON line that the verdict gives.
boost::json::object VerdictJson(const gallery::Verdict& verdict);

// The time of the picture that a comparison is about: a video's key frame, else the beginning.
std::int64_t PictureTime(const fingerprint::Fingerprint& print, int picture);

// What to draw of it; `pairs` may be empty.
MatchDrawing DrawingOf(const gallery::Verdict& verdict,
                       const std::vector<gallery::MatchedPatches>& pairs);

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_VERDICT_TEXT_H_
