#include "gallery/picture_marks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "fingerprint/photo_word.h"
#include "gallery/patch_set.h"
#include "gallery/score.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Form;
using fingerprint::PictureFingerprint;

// The logistic regression of doc/gallery.md.
constexpr double kAPair = 2.9;       // a unit of log-odds that a pair tells
constexpr double kAgreement = 15.7;  // the whole of what should be seen
constexpr double kAWordStep = 1.6;   // a step of the distance between photo words
constexpr double kConstant = -28.8;
constexpr double kWordMiddle = 72;  // bits: as likely of one picture, altered, as of two
constexpr double kWordStep = 16;    // bits
constexpr double kWordsAgainst = -2.5, kWordsFor = 3;  // steps

// From here on no other item is asked, unless so many agree with the query by what may be a mark.
constexpr double kBeyondDoubt = 10;
constexpr std::size_t kManyBearers = 3;
// What a match must say more for other items that have a mark's part of the query in common, times
// the logarithm of their number.
constexpr double kOwnABearer = 2.4;
// Two items that say less than this for being one picture where both should show the same are two,
// and two that say more than that are one. In between several decide together: in one chat's chrome
// the mean of what an item says with the others is below kStrangersMean, of windows of one
// photograph above, and mostly one of them is surely its kin.
constexpr double kStrangersBelow = -2, kKinFrom = 4, kStrangersMean = 2.7;
constexpr std::size_t kFewestTogether = 3;
// Two items that photo words alone take for the query are held to be one picture's from here on.
constexpr double kKinByWordFrom = 1;
// What lies so near to a mark's patches in the query, of its diagonal, is the mark's.
constexpr float kMarkReach = 0.03F;
// Other items that a match is compared with to tell a mark.
constexpr int kComparedForMarks = 8;
constexpr std::size_t kBearersAsked = 5;
// Of the patches of the lesser of two matches so many are the same: one mark, or one picture.
constexpr double kSharedPatches = 0.3;
constexpr std::size_t kFewestShared = 3;
constexpr int kRounds = 4;
// Fewer patches than this on either side: a picture too plain to be confirmed by them.
constexpr std::size_t kEnoughPatches = 40;

// A registered picture's words in all their forms, as far as they follow from the word.
QueryWords FormsOf(const KnownPicture& item) {
  fingerprint::PictureFingerprint picture;
  picture.width = item.size.width;
  picture.height = item.size.height;
  for (const PartWord& word : item.words) {
    std::array<Word256, fingerprint::kDihedrals> forms;
    for (std::size_t d = 0; d < forms.size(); ++d) {
      forms[d] = fingerprint::Turned(word.word, static_cast<fingerprint::Dihedral>(d));
    }
    if (word.part == 0) {
      picture.whole_quality = fingerprint::kPlainQuality;
      picture.whole = forms;
    } else {
      picture.inner.push_back({word.region, forms, fingerprint::kPlainQuality});
    }
  }
  return WordsToAsk(picture);
}

// Where what `b` registers lies in what `a` does, by where both lie in the query.
Placement Between(const Alignment& a, const Alignment& b) {
  return a.placement.Inverted().After(b.placement);
}

// What two registered pictures say for being one picture as far as both show the same: the lesser
// of both ways round, for a picture of which hardly more than its mark is to be seen is all in
// another one with the mark, but not the other way round. `place`: of the second in the first,
// looked for where it is not known.
double MutualOwnLogOdds(const KnownPicture& first, const KnownPicture& second, Form form,
                        const std::optional<Placement>& place) {
  constexpr double kNothing = -1e9;
  const QueryInForm to(first.size, first.patches, form);
  const Side item = {second.size, second.patches, {}};
  const auto there = place ? AlignmentNear(*place, to, item) : BestAlignment(to, item);
  if (!there || !Convincing(*there)) return kNothing;
  // Near words tell nothing: those of two screenshots of one chat are as near as a copy's.
  auto words = WordDistanceAt(there->placement, FormsOf(first), second.words);
  if (words && *words < kWordMiddle) words.reset();
  const double own = OwnLogOdds(*there, words);
  if (own < kStrangersBelow) return own;  // two pictures, whatever the other way round says
  const QueryInForm fro(second.size, second.patches, form);
  const auto back =
      AlignmentNear(there->placement.Inverted(), fro, {first.size, first.patches, {}});
  if (!back || !Convincing(*back)) return kNothing;
  return std::min(own, OwnLogOdds(*back, words));
}

class MarkSearch {
 public:
  MarkSearch(AskedPicture& query, KnownPictures& known, std::vector<Trial>& trials)
      : query_(query), known_(known), trials_(trials) {}

  void Run() {
    RefuseMarks();
    RefuseLeftovers();
    RefuseSharedWords();
  }

 private:
  // A trial with the query's patches that speak for it.
  struct Laying {
    Trial* trial;
    PatchSet patches;
    std::size_t count;  // of them
  };

  PatchSet TellingPatches(const Trial& trial) const {
    PatchSet patches(query_.picture().patches.size());
    if (const auto& alignment = trial.alignment ? trial.alignment : trial.shared) {
      for (const Alignment::Pair& pair : alignment->pairs) patches.Add(pair.query);
    }
    return patches;
  }

  // How the trial lies in the query, where that is beyond chance.
  static const Alignment* LyingOf(const Trial& trial) {
    const auto& alignment = trial.alignment ? trial.alignment : trial.shared;
    return alignment && alignment->log_odds >= kConvincing ? &*alignment : nullptr;
  }

  // What two registered pictures say for being one picture as far as both show the same, by what
  // they are in the query: MutualOwnLogOdds(), kKinFrom where it follows from others.
  double RelationOf(const Trial& a, const Trial& b) {
    // What is related to one is related to all that are.
    if (KinOf(a.picture) == KinOf(b.picture)) return kKinFrom;
    const auto key = std::minmax(a.picture, b.picture);
    const auto found = relations_.find(key);
    if (found != relations_.end()) return found->second;
    const auto form = static_cast<Form>(static_cast<int>(a.form) ^ static_cast<int>(b.form));
    std::optional<Placement> place;
    if (const Alignment* const at = LyingOf(a)) {
      if (const Alignment* const to = LyingOf(b)) place = Between(*at, *to);
    }
    const double own = MutualOwnLogOdds(known_.Of(a.picture), known_.Of(b.picture), form, place);
    ++compared_;
    if (own >= kKinFrom) kin_[KinOf(a.picture)] = KinOf(b.picture);
    return relations_[key] = own;
  }

  // The picture that stands for all that were found to be related to this one.
  std::uint32_t KinOf(std::uint32_t picture) const {
    for (auto kin = kin_.find(picture); kin != kin_.end(); kin = kin_.find(picture)) {
      picture = kin->second;
    }
    return picture;
  }

  // Those of a trial's patches that unrelated items are held to be in the query by.
  PatchSet MarksOf(const Laying& laying, const std::vector<Laying>& all) {
    std::vector<const Laying*> others;
    compared_ = 0;
    for (const Laying& other : all) {
      if (compared_ >= kComparedForMarks) break;
      if (other.trial->item == laying.trial->item) continue;
      const std::size_t shared = laying.patches.CountShared(other.patches);
      const auto least = static_cast<double>(std::min(laying.count, other.count));
      if (static_cast<double>(shared) < kSharedPatches * least || shared < kFewestShared) continue;
      RelationOf(*laying.trial, *other.trial);
      others.push_back(&other);
    }
    // Only now is it known who is kin by others.
    PatchSet marks(query_.picture().patches.size());
    std::vector<const Laying*> unclear;
    double together = 0;
    bool has_kin = false;
    for (const Laying* const other : others) {
      const double relation = RelationOf(*laying.trial, *other->trial);
      has_kin = has_kin || relation >= kKinFrom;
      if (relation >= kKinFrom) continue;
      if (relation < kStrangersBelow) {
        marks.AddShared(laying.patches, other->patches);
      } else {
        unclear.push_back(other);
        together += relation;
      }
    }
    if (!has_kin && unclear.size() >= kFewestTogether &&
        together < kStrangersMean * static_cast<double>(unclear.size())) {
      for (const Laying* const other : unclear) marks.AddShared(laying.patches, other->patches);
    }
    return marks;
  }

  // The patches of a trial's pairs that lie by `marks` in the query.
  PatchSet PatchesBy(const PatchSet& marks, const Trial& trial) const {
    const PictureFingerprint& query = query_.picture();
    const float reach =
        kMarkReach * std::hypot(static_cast<float>(query.width), static_cast<float>(query.height));
    PatchSet by(query.patches.size());
    for (const Alignment::Pair& pair : trial.alignment->pairs) {
      const fingerprint::Patch& own = query.patches[static_cast<std::size_t>(pair.query)];
      for (std::size_t i = 0; i < query.patches.size(); ++i) {
        if (!marks.Holds(static_cast<int>(i))) continue;
        const fingerprint::Patch& mark = query.patches[i];
        if (std::hypot(mark.x - own.x, mark.y - own.y) > reach) continue;
        by.Add(pair.query);
        break;
      }
    }
    return by;
  }

  // Lays the trial anew without its marks. What it loses stays as what others share.
  void TakeOut(const PatchSet& marks, Trial& trial) {
    const KnownPicture& item = known_.Of(trial.picture);
    trial.marks.resize(item.patches.size(), false);
    for (const Alignment::Pair& pair : trial.alignment->pairs) {
      if (marks.Holds(pair.query)) {
        trial.marks[static_cast<std::size_t>(pair.item)] = true;
      }
    }
    auto rest = Laid(query_, item, trial.form, trial.marks);
    if (rest && Convincing(*rest)) {
      // The photo words are of picture and mark.
      trial.own_log_odds = OwnLogOdds(*rest, std::nullopt);
      if (trial.own_log_odds >= kOwn) {
        trial.alignment = std::move(rest);
        return;
      }
    }
    Refuse(trial);
  }

  void Refuse(Trial& trial) {
    trial.shared = std::move(trial.alignment);
    trial.alignment.reset();
    trial.refused = true;  // its photo word is of the mark, too
  }

  void RefuseMarks() {
    bool found = true;
    for (int round = 0; round < kRounds && found; ++round) {
      // Those beyond doubt, too: a true copy with the logo shows which patches are the logo's.
      std::vector<Laying> all;
      for (Trial& trial : trials_) {
        PatchSet patches = TellingPatches(trial);
        const std::size_t count = patches.size();
        if (count > 0) all.push_back({&trial, std::move(patches), count});
      }
      const std::size_t bearers = Bearers().size();
      std::vector<std::pair<Trial*, PatchSet>> marked;
      for (const Laying& laying : all) {
        if (!laying.trial->alignment) continue;
        if (laying.trial->own_log_odds >= kBeyondDoubt && bearers < kManyBearers) continue;
        PatchSet marks = MarksOf(laying, all);
        if (marks.size() > 0) marked.emplace_back(laying.trial, std::move(marks));
      }
      for (const auto& [trial, marks] : marked) {
        // What agrees by a mark for the most part is the mark's all around it.
        const bool mostly = 2 * marks.size() > trial->alignment->pairs.size();
        TakeOut(mostly ? PatchesBy(marks, *trial) : marks, *trial);
      }
      found = !marked.empty();
    }
  }

  // What agrees with the query beyond chance, but not as one picture does.
  std::vector<const Trial*> Bearers() const {
    std::vector<const Trial*> bearers;
    for (const Trial& trial : trials_) {
      if (!trial.alignment && LyingOf(trial) != nullptr) bearers.push_back(&trial);
    }
    return bearers;
  }

  // A query that bears a mark meets items that bear it by ever other patches of it. The more items
  // there are that have a mark's part of the query in common and are none of the trial's kin, the
  // more must a match say.
  void RefuseLeftovers() {
    const std::vector<const Trial*> bearers = Bearers();
    const auto wanted = [](double others) { return kOwn + kOwnABearer * std::log1p(others); };
    for (Trial& trial : trials_) {
      if (!trial.alignment || trial.word) continue;
      if (trial.own_log_odds >= wanted(static_cast<double>(bearers.size()))) continue;
      const double others = static_cast<double>(bearers.size()) * ShareOfStrangers(trial, bearers);
      if (trial.own_log_odds >= wanted(others)) continue;
      // What lies where they agree is a mark's, found by other patches of it. The rest must do, and
      // may be laid elsewhere: a watermark is in a picture many times.
      const PatchSet marks = PatchesOf(bearers, trial);
      for (int round = 0; trial.alignment; ++round) {
        const PatchSet by_marks = PatchesBy(marks, trial);
        if (round > 0 && by_marks.size() == 0) break;
        round < kRounds ? TakeOut(by_marks, trial) : Refuse(trial);
      }
    }
  }

  // What `bearers` that are not known to be a trial's kin agree with the query by.
  PatchSet PatchesOf(const std::vector<const Trial*>& bearers, const Trial& trial) const {
    PatchSet patches(query_.picture().patches.size());
    for (const Trial* const bearer : bearers) {
      if (bearer->item == trial.item || KinOf(bearer->picture) == KinOf(trial.picture)) continue;
      for (const Alignment::Pair& pair : bearer->shared->pairs) patches.Add(pair.query);
    }
    return patches;
  }

  // Of a few of `bearers`, from the likeliest to the least, the share that are none of the trial's
  // kin, nor of each other's.
  double ShareOfStrangers(const Trial& trial, const std::vector<const Trial*>& bearers) {
    std::vector<const Trial*> strangers = {&trial};
    std::size_t asked = 0;
    const std::size_t step = (bearers.size() + kBearersAsked - 1) / kBearersAsked;
    for (std::size_t i = 0; i < bearers.size(); i += step) {
      const Trial& other = *bearers[i];
      if (other.item == trial.item) continue;
      ++asked;
      const bool stranger = std::all_of(strangers.begin(), strangers.end(), [&](const Trial* one) {
        return RelationOf(*one, other) < kStrangersBelow;
      });
      if (stranger) strangers.push_back(&other);
    }
    return asked == 0 ? 0 : static_cast<double>(strangers.size() - 1) / static_cast<double>(asked);
  }

  // Two unrelated items can't both be the query.
  void RefuseSharedWords() {
    std::vector<Trial*> unconfirmed;
    for (Trial& trial : trials_) {
      if (trial.refused || trial.alignment) continue;
      if (query_.picture().patches.size() < kEnoughPatches ||
          known_.Of(trial.picture).patches.size() < kEnoughPatches) {
        continue;
      }
      unconfirmed.push_back(&trial);
    }
    for (Trial* const trial : unconfirmed) {
      compared_ = 0;
      trial->refused = std::any_of(unconfirmed.begin(), unconfirmed.end(), [&](const Trial* other) {
        return other->item != trial->item && compared_ < kComparedForMarks &&
               RelationOf(*trial, *other) < kKinByWordFrom;
      });
    }
  }

  AskedPicture& query_;
  KnownPictures& known_;
  std::vector<Trial>& trials_;
  int compared_ = 0;  // pictures with one, anew
  std::map<std::uint32_t, std::uint32_t> kin_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, double> relations_;
};

}  // namespace

double OwnLogOdds(const Alignment& alignment, std::optional<int> word_distance) {
  if (alignment.pairs.empty()) return kConstant;
  const double a_pair = alignment.log_odds / static_cast<double>(alignment.pairs.size());
  const double words = word_distance ? std::clamp((kWordMiddle - *word_distance) / kWordStep,
                                                  kWordsAgainst, kWordsFor)
                                     : 0;
  return kConstant + kAPair * a_pair + kAgreement * alignment.agreement + kAWordStep * words;
}

void RefuseMarks(AskedPicture& query, KnownPictures& known, std::vector<Trial>& trials) {
  MarkSearch(query, known, trials).Run();
}

}  // namespace jikimi::gallery
