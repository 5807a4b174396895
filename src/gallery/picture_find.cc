#include "gallery/picture_find.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "fingerprint/photo_word.h"
#include "gallery/score.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Dihedral;
using fingerprint::Form;
using fingerprint::kForms;
using fingerprint::kPlainQuality;
using fingerprint::Patch;
using fingerprint::PictureFingerprint;
using fingerprint::Region;

// Fewer patches than this on either side: a picture too plain to be confirmed by them.
constexpr std::size_t kEnoughPatches = 40;
// After so many in a row that don't align, the rest of the candidates won't either.
constexpr int kFailuresInARow = 16;
// Keys asked a patch and band: more bring in few copies that these miss, and cost in proportion.
constexpr int kProbes = 3;
// Large tables crowd: what fills a bucket beyond this is in too many pictures to tell one.
constexpr std::uint64_t kManyPatches = 20'000'000;
constexpr int kLargestBucket = 256, kLargestBucketOfMany = 96;
// With so many items found by photo word alone and not confirmed by patches, the words may be of
// what they share.
constexpr std::size_t kManyUnconfirmed = 3;
// Photo words of one picture, re-encoded or resized, are seldom farther apart; where patches agree
// all over, the radius will do.
constexpr int kSameDistance = 16;
// From here on an alignment, convincing or not, shows what the query shares with an item.
constexpr double kTelling = 8;
// Where photo words contradict an alignment it needs this much.
constexpr double kConvincingAgainstWords = 4 * kConvincing;
// Of a copy that is called the same so much agrees.
constexpr double kMostlyAgreeing = 0.6;
// Other items that a match is compared with to tell a mark.
constexpr int kComparedForMarks = 8;
// What a match in part must say beside a mark for which other items were refused: of true matches 1
// in 20 says less than 119, of leftovers 1 in 2 less than 73.
constexpr double kBeyondLeftovers = 150;
// Of the patches of the lesser of two matches so many are the same: one mark, or one picture.
constexpr double kSharedPatches = 0.3;

bool IsMirror(Dihedral dihedral) {
  return dihedral == Dihedral::kFlipX || dihedral == Dihedral::kFlipY ||
         dihedral == Dihedral::kFlipPlus1 || dihedral == Dihedral::kFlipMinus1;
}

Form FormOf(bool mirrored, bool negative) {
  return static_cast<Form>((mirrored ? 1 : 0) + (negative ? 2 : 0));
}
static_assert(static_cast<int>(Form::kMirrored) == 1 && static_cast<int>(Form::kNegative) == 2);

// A registered picture with what is compared of it.
struct Known {
  PictureSize size;
  std::vector<PartWord> words;
  std::vector<Patch> patches;
};

Region WholeOf(const PictureSize& size) {
  return {0, 0, static_cast<float>(size.width), static_cast<float>(size.height)};
}

Known KnownFrom(const ItemIndex& index, std::uint32_t number) {
  const ItemIndex::Picture& picture = index.picture(number);
  Known known;
  known.size = {picture.width, picture.height};
  if (picture.quality >= kPlainQuality) {
    known.words.push_back({picture.word, 0, WholeOf(known.size)});
  }
  int part = 0;
  for (const ItemIndex::Inner& inner : index.inner(picture)) {
    ++part;
    if (inner.quality >= kPlainQuality) known.words.push_back({inner.word, part, inner.region});
  }
  known.patches = index.patches(number);
  return known;
}

Known KnownFrom(const PictureRecord& picture) {
  Known known;
  known.size = {picture.width, picture.height};
  if (picture.quality >= kPlainQuality) {
    known.words.push_back({picture.word, 0, WholeOf(known.size)});
  }
  int part = 0;
  for (const InnerRecord& inner : picture.inner) {
    ++part;
    if (inner.quality >= kPlainQuality) known.words.push_back({inner.word, part, inner.region});
  }
  for (const search::TablePatch& patch : picture.patches) {
    known.patches.push_back(UnpackPatch(patch, picture.width, picture.height));
  }
  return known;
}

// A registered picture's whole word in all its forms, as far as they follow from the word.
QueryWords FormsOf(const Known& item) {
  PictureFingerprint picture;
  for (const PartWord& word : item.words) {
    if (word.part != 0) continue;
    picture.whole_quality = kPlainQuality;
    for (int d = 0; d < fingerprint::kDihedrals; ++d) {
      picture.whole[static_cast<std::size_t>(d)] = Turned(word.word, static_cast<Dihedral>(d));
    }
  }
  return WordsToAsk(picture);
}

Region QueryPart(const PictureFingerprint& query, int part) {
  if (part == 0) return WholeOf({query.width, query.height});
  return query.inner[static_cast<std::size_t>(part) - 1].region;
}

Region ItemPart(const Known& item, int part) {
  for (const PartWord& word : item.words) {
    if (word.part == part) return word.region;
  }
  return WholeOf(item.size);
}

// Fills in what follows from `word` and `alignment`.
void Conclude(const PictureFingerprint& query, const Known& item, double agreement,
              PictureFinding& finding) {
  const PictureSize query_size = {query.width, query.height};
  const std::optional<WordMatch>& word = finding.word;
  if (finding.alignment) {
    finding.log_odds = finding.alignment->log_odds;
    finding.how = HowOf(*finding.alignment, query_size, item.size);
  } else {
    const Region query_part = QueryPart(query, word->query_part);
    const Region item_part = ItemPart(item, word->item_part);
    finding.how =
        HowOf(PlacementByWord(*word, query_part, item_part), word->negative, query_size, item.size);
  }
  if (word) finding.log_odds = std::max(finding.log_odds, WordLogOdds(word->distance));
  // A word that is near but not very near needs the patches' word for it.
  const bool agrees = finding.alignment && agreement >= kMostlyAgreeing;
  const bool contradicted =
      finding.alignment && !agrees && finding.alignment->pairs.size() >= kEnoughPatches;
  finding.same = word && word->distance <= (agrees ? kWordRadius : kSameDistance) &&
                 word->dihedral == Dihedral::kOriginal && !word->negative &&
                 word->query_part == 0 && word->item_part == 0 && FillsUnchanged(finding.how) &&
                 !contradicted;
}

// Registered pictures that may be in the query, and what comes of them.
struct Trial {
  std::uint32_t picture = 0;
  std::uint32_t item = 0;
  Form form = Form::kPlain;
  std::optional<WordMatch> word;
  std::int64_t time_us = 0;
  std::optional<Alignment> alignment;
  // Not enough for a verdict, or from too small a part: shows what others share.
  std::optional<Alignment> partial;
  std::vector<float> rarity;  // of the item's patches, 0 for a mark's; empty: none is known
  double agreement = 0;
  // It agrees in a part only, or not in the photo word: what agrees may be a mark that others have.
  bool suspicious = false;
  bool refused = false;
};

class PictureSearch {
 public:
  PictureSearch(const ItemIndex& index, const PictureFingerprint& query,
                const PictureFindOptions& options)
      : index_(index), query_(query), options_(options), query_words_(WordsToAsk(query)) {}

  Result<std::vector<PictureFinding>> Run() {
    TRY(TryByWords());
    TryByPatches();
    Lay();
    RefuseMarks();
    RefuseLeftovers();
    RefuseSharedWords();
    return Findings();
  }

 private:
  const Known& KnownOf(std::uint32_t picture) {
    auto found = known_.find(picture);
    if (found == known_.end()) {
      found = known_.emplace(picture, KnownFrom(index_, picture)).first;
    }
    return found->second;
  }

  Result<void> TryByWords() {
    const QueryWords& asked = query_words_;
    std::set<std::uint32_t> items;
    for (const auto& near : TRY(index_.NearWords(asked.words, kWordRadius))) {
      items.insert(near.begin(), near.end());
    }
    for (const std::uint32_t number : items) {
      const ItemIndex::Item& item = index_.item(number);
      for (std::uint32_t i = 0; i < item.pictures; ++i) {
        const std::uint32_t picture = item.first_picture + i;
        const auto match = MatchWords(asked, WordsOf(picture));
        if (match) AddByWord(picture, *match, index_.picture(picture).time_us);
      }
      TryFrames(item, asked);
    }
    return {};
  }

  std::vector<PartWord> WordsOf(std::uint32_t number) const {
    const ItemIndex::Picture& picture = index_.picture(number);
    std::vector<PartWord> words;
    if (picture.quality >= kPlainQuality) words.push_back({picture.word, 0, {}});
    int part = 0;
    for (const ItemIndex::Inner& inner : index_.inner(picture)) {
      ++part;
      if (inner.quality >= kPlainQuality) words.push_back({inner.word, part, {}});
    }
    return words;
  }

  // The nearest frame of a video stands for it, seen with the patches of the key frame before it.
  void TryFrames(const ItemIndex::Item& item, const QueryWords& asked) {
    if (item.pictures == 0) return;
    std::optional<WordMatch> best;
    std::int64_t time_us = 0;
    for (const fingerprint::FrameWord& frame : index_.frames(item)) {
      if (frame.quality < kPlainQuality) continue;
      const PartWord word = {frame.word, 0, {}};
      const auto match = MatchWords(asked, {&word, 1});
      if (match && (!best || match->distance < best->distance)) {
        best = match;
        time_us = frame.time_us;
      }
    }
    if (!best) return;
    std::uint32_t nearest = item.first_picture;
    for (std::uint32_t i = 0; i < item.pictures; ++i) {
      const std::uint32_t picture = item.first_picture + i;
      if (std::abs(index_.picture(picture).time_us - time_us) <
          std::abs(index_.picture(nearest).time_us - time_us)) {
        nearest = picture;
      }
    }
    AddByWord(nearest, *best, time_us);
  }

  void AddByWord(std::uint32_t picture, const WordMatch& match, std::int64_t time_us) {
    for (Trial& trial : trials_) {
      if (trial.picture != picture) continue;
      if (match.distance < trial.word->distance) {
        trial.word = match;
        trial.time_us = time_us;
        trial.form = FormOf(IsMirror(match.dihedral), match.negative);
      }
      return;
    }
    Trial trial;
    trial.picture = picture;
    trial.item = index_.picture(picture).item;
    trial.word = match;
    trial.time_us = time_us;
    trial.form = FormOf(IsMirror(match.dihedral), match.negative);
    trials_.push_back(std::move(trial));
  }

  void TryByPatches() {
    const std::vector<Patch>& patches = query_.patches;
    std::vector<fingerprint::BitMargins> margins;
    std::vector<search::PatchProbe> probes;
    margins.reserve(query_.margins.size() * kForms);
    probes.reserve(patches.size() * kForms);
    for (int f = 0; f < kForms; ++f) {
      const auto form = static_cast<Form>(f);
      for (std::size_t i = 0; i < patches.size(); ++i) {
        search::PatchProbe probe;
        probe.patch =
            PackPatch(PatchInForm(patches[i], form, query_.width), query_.width, query_.height);
        probe.index = static_cast<std::uint16_t>(i);
        probe.group = static_cast<std::uint8_t>(f);
        if (!query_.margins.empty()) {
          margins.push_back(MarginsInForm(query_.margins[i], form));
          probe.margins = &margins.back();
        }
        probes.push_back(probe);
      }
    }
    search::PatchTable::FindOptions find;
    find.max_candidates = options_.max_aligned;
    find.max_probes = kProbes;
    find.max_bucket =
        index_.patch_table().patch_count() < kManyPatches ? kLargestBucket : kLargestBucketOfMany;
    if (probes.size() > 0xffff) probes.resize(0xffff);
    for (const search::PatchCandidate& candidate :
         index_.patch_table().Find(probes, find).candidates) {
      Trial trial;
      trial.picture = candidate.picture;
      trial.item = index_.picture(candidate.picture).item;
      trial.form = static_cast<Form>(candidate.group);
      trial.time_us = index_.picture(candidate.picture).time_us;
      const bool known = std::any_of(trials_.begin(), trials_.end(), [&](const Trial& other) {
        return other.picture == trial.picture && other.form == trial.form;
      });
      if (!known) trials_.push_back(std::move(trial));
    }
  }

  std::optional<Alignment> Laid(const Trial& trial, std::span<const float> rarity) {
    const Known& item = KnownOf(trial.picture);
    return BestAlignment({{query_.width, query_.height}, query_.patches, {}},
                         {item.size, item.patches, rarity}, trial.form);
  }

  void Lay() {
    int failures = 0;
    for (Trial& trial : trials_) {
      if (!trial.word && failures >= kFailuresInARow) {
        trial.refused = true;
        continue;
      }
      trial.alignment = Laid(trial, {});
      if (trial.alignment && !Convincing(*trial.alignment)) {
        if (trial.alignment->log_odds >= kTelling) trial.partial = std::move(trial.alignment);
        trial.alignment.reset();
      }
      if (trial.alignment) {
        const Known& item = KnownOf(trial.picture);
        trial.agreement = Agreement(*trial.alignment, item.patches);
        const bool against_words = WordsDiffer(query_words_, item.words, *trial.alignment,
                                               {query_.width, query_.height}, item.size);
        trial.suspicious = trial.agreement < kAgreeing || against_words;
        if (against_words && trial.alignment->log_odds < kConvincingAgainstWords) {
          trial.partial = std::move(trial.alignment);
          trial.alignment.reset();
          trial.refused = true;
        }
        failures = 0;
      } else if (!trial.word) {
        trial.refused = true;
        ++failures;
      }
    }
  }

  // Whether two registered pictures are one picture as far as both show the same, by what they are
  // in the query.
  bool Related(const Trial& a, const Trial& b) {
    // What is related to one is related to all that are.
    if (KinOf(a.picture) == KinOf(b.picture)) return true;
    const std::pair<std::uint32_t, std::uint32_t> key =
        std::minmax({KinOf(a.picture), KinOf(b.picture)});
    if (strangers_.contains(key)) return false;
    const Known& first = KnownOf(a.picture);
    const Known& second = KnownOf(b.picture);
    const auto form = static_cast<Form>(static_cast<int>(a.form) ^ static_cast<int>(b.form));
    const auto alignment =
        BestAlignment({first.size, first.patches, {}}, {second.size, second.patches, {}}, form);
    const bool related =
        alignment && Convincing(*alignment) && Agreement(*alignment, second.patches) >= kAgreeing &&
        !WordsDiffer(FormsOf(first), second.words, *alignment, first.size, second.size);
    if (related) {
      kin_[key.second] = key.first;
    } else {
      strangers_.insert(key);
    }
    return related;
  }

  // The picture that stands for all that were found to be related to this one.
  std::uint32_t KinOf(std::uint32_t picture) const {
    for (auto kin = kin_.find(picture); kin != kin_.end(); kin = kin_.find(picture)) {
      picture = kin->second;
    }
    return picture;
  }

  // The query's patches that speak for the trial, in order.
  static std::vector<int> TellingPatches(const Trial& trial) {
    const auto& alignment = trial.alignment ? trial.alignment : trial.partial;
    std::vector<int> patches;
    if (!alignment) return patches;
    for (const Alignment::Pair& pair : alignment->pairs) {
      const bool mark =
          !trial.rarity.empty() && trial.rarity[static_cast<std::size_t>(pair.item)] == 0;
      if (!mark) patches.push_back(pair.query);
    }
    std::sort(patches.begin(), patches.end());
    return patches;
  }

  // Those of the trial's patches that unrelated items are held to be in the query by.
  std::vector<int> MarksOf(const Trial& trial, const std::vector<int>& patches,
                           const std::vector<std::pair<Trial*, std::vector<int>>>& laid) {
    std::vector<int> marks;
    int compared = 0;
    for (const auto& [other, other_patches] : laid) {
      if (other->item == trial.item || compared >= kComparedForMarks) continue;
      std::vector<int> shared;
      std::set_intersection(patches.begin(), patches.end(), other_patches.begin(),
                            other_patches.end(), std::back_inserter(shared));
      const double least = static_cast<double>(std::min(patches.size(), other_patches.size()));
      if (static_cast<double>(shared.size()) < kSharedPatches * least || shared.size() < 3) {
        continue;
      }
      ++compared;
      if (!Related(trial, *other)) marks.insert(marks.end(), shared.begin(), shared.end());
    }
    std::sort(marks.begin(), marks.end());
    return marks;
  }

  // Lays the trial anew without its marks' weight. What it loses stays as what others share.
  void Unweigh(const std::vector<int>& marks, Trial& trial) {
    constexpr float kRare = 12;
    const Known& item = KnownOf(trial.picture);
    trial.rarity.resize(item.patches.size(), kRare);
    for (const Alignment::Pair& pair : trial.alignment->pairs) {
      if (std::binary_search(marks.begin(), marks.end(), pair.query)) {
        trial.rarity[static_cast<std::size_t>(pair.item)] = 0;
      }
    }
    auto rest = Laid(trial, trial.rarity);
    if (rest && Convincing(*rest)) {
      trial.alignment = std::move(rest);
      return;
    }
    trial.partial = std::move(trial.alignment);
    trial.alignment.reset();
    trial.rarity.clear();
    trial.refused = true;  // its photo word is of the mark, too
    ++refused_marks_;
  }

  // A query that bears a mark meets items that bear it by ever other patches of it: there, what
  // agrees in a part only must say more than a mark's leftovers do.
  void RefuseLeftovers() {
    if (refused_marks_ == 0) return;
    for (Trial& trial : trials_) {
      if (!trial.alignment || !trial.suspicious || trial.word) continue;
      if (trial.alignment->log_odds >= kBeyondLeftovers) continue;
      trial.alignment.reset();
      trial.refused = true;
    }
  }

  // A frame or a watermark has more patches than one look shows: what is left of a match without
  // the first is looked at again.
  void RefuseMarks() {
    constexpr int kRounds = 4;
    bool found = true;
    for (int round = 0; round < kRounds && found; ++round) {
      // Those that agree all over, too: a true copy with the logo shows which patches are the
      // logo's.
      std::vector<std::pair<Trial*, std::vector<int>>> laid;
      for (Trial& trial : trials_) {
        auto patches = TellingPatches(trial);
        if (!patches.empty()) laid.emplace_back(&trial, std::move(patches));
      }
      std::vector<std::pair<Trial*, std::vector<int>>> marked;
      for (const auto& [trial, patches] : laid) {
        // What agrees all over and in the photo word is the picture, whoever else shows the same.
        if (!trial->alignment || (trial->word && !trial->suspicious)) continue;
        auto marks = MarksOf(*trial, patches, laid);
        if (!marks.empty()) marked.emplace_back(trial, std::move(marks));
      }
      for (const auto& [trial, marks] : marked) Unweigh(marks, *trial);
      found = !marked.empty();
    }
  }

  void RefuseSharedWords() {
    std::vector<Trial*> unconfirmed;
    for (Trial& trial : trials_) {
      if (trial.refused || trial.alignment) continue;
      if (query_.patches.size() < kEnoughPatches ||
          index_.packed_patches(trial.picture).size() < kEnoughPatches) {
        continue;
      }
      unconfirmed.push_back(&trial);
    }
    for (Trial* const trial : unconfirmed) {
      int unrelated = 0, compared = 0;
      for (Trial* const other : unconfirmed) {
        if (other->item == trial->item || compared >= kComparedForMarks) continue;
        ++compared;
        if (!Related(*trial, *other)) ++unrelated;
      }
      trial->refused = unrelated + 1 >= static_cast<int>(kManyUnconfirmed);
    }
  }

  std::vector<PictureFinding> Findings() {
    std::map<std::uint32_t, PictureFinding> findings;
    for (Trial& trial : trials_) {
      if (trial.refused || index_.Withdrawn(trial.item)) continue;
      PictureFinding finding;
      finding.picture = trial.picture;
      finding.item = trial.item;
      finding.word = trial.word;
      finding.alignment = std::move(trial.alignment);
      finding.item_time_us = trial.time_us;
      Conclude(query_, KnownOf(trial.picture), trial.agreement, finding);
      const auto [at, fresh] = findings.emplace(trial.picture, finding);
      if (!fresh && at->second.log_odds < finding.log_odds) at->second = std::move(finding);
    }
    std::vector<PictureFinding> result;
    for (auto& [picture, finding] : findings) result.push_back(std::move(finding));
    return result;
  }

  const ItemIndex& index_;
  const PictureFingerprint& query_;
  const PictureFindOptions& options_;
  const QueryWords query_words_;
  std::vector<Trial> trials_;
  int refused_marks_ = 0;
  std::map<std::uint32_t, Known> known_;
  std::map<std::uint32_t, std::uint32_t> kin_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> strangers_;
};

}  // namespace

Result<std::vector<PictureFinding>> FindPicture(const ItemIndex& index,
                                                const PictureFingerprint& query,
                                                const PictureFindOptions& options) {
  return PictureSearch(index, query, options).Run();
}

std::optional<PictureFinding> ComparePictures(const PictureFingerprint& query,
                                              const PictureRecord& record) {
  const Known item = KnownFrom(record);
  PictureFinding finding;
  finding.item_time_us = record.time_us;
  finding.word = MatchWords(WordsToAsk(query), item.words);
  for (int f = 0; f < kForms; ++f) {
    auto alignment = Align({{query.width, query.height}, query.patches, {}},
                           {item.size, item.patches, {}}, static_cast<Form>(f));
    if (alignment && (!finding.alignment || alignment->log_odds > finding.alignment->log_odds)) {
      finding.alignment = std::move(alignment);
    }
  }
  if (!finding.word && !finding.alignment) return std::nullopt;
  const double agreement = finding.alignment ? Agreement(*finding.alignment, item.patches) : 0;
  Conclude(query, item, agreement, finding);
  return finding;
}

}  // namespace jikimi::gallery
