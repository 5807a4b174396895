#ifndef JIKIMI_GALLERY_SCORE_H_
#define JIKIMI_GALLERY_SCORE_H_

namespace jikimi::gallery {

// How much more probable it is that two patches of the same place differ by `distance` bits than
// that the nearest of `rivals` unrelated ones does: a natural log, at most kMostPairLogOdds.
// `found_again` is the probability that a patch that is there to be seen is found again at all.
// From measured distances; doc/patches.md.
double PairLogOdds(int distance, int rivals, double found_again);

// However alike two patches are, they may show a thing that is in many pictures.
inline constexpr double kMostPairLogOdds = 9;

// The same when nothing lies where the patch should be: at most 0.
double MissingLogOdds(double found_again);

// The share of alignments with at least this log-odds that are right, among a query's candidates
// from a gallery of ten thousand items; in [0, 1]. The calibration is in doc/patches.md.
double Confidence(double log_odds);

// The share of verdicts with these log-odds that are right when what agrees may also be a mark that
// two pictures bear: `own_log_odds` as picture_marks.h has it. One in twenty pairs of pictures that
// agree beyond chance is taken to be two pictures under one mark.
double Confidence(double log_odds, double own_log_odds);

// Alignments from here on make a verdict.
inline constexpr double kConvincing = 45.0;

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_SCORE_H_
