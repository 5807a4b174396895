#include "gallery/picture_find.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "gallery/picture_marks.h"
#include "gallery/picture_trial.h"
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

// After so many in a row that don't align, the rest of the candidates won't either.
constexpr int kFailuresInARow = 16;
// Keys asked a patch and band: more bring in few copies that these miss, and cost in proportion.
constexpr int kProbes = 3;
// Large tables crowd: what fills a bucket beyond this is in too many pictures to tell one.
constexpr std::uint64_t kManyPatches = 20'000'000;
constexpr int kLargestBucket = 256, kLargestBucketOfMany = 96;
// Photo words of one picture, re-encoded or resized, are seldom farther apart; where patches agree
// all over, the radius will do.
constexpr int kSameDistance = 16;
// Photo words of one picture, however altered, are seldom farther apart.
constexpr int kOtherPicture = 96;
// From here on an alignment, convincing or not, shows what the query shares with an item.
constexpr double kTelling = 8;
// Of a copy that is called the same so much agrees, where there is much to go by.
constexpr double kMostlyAgreeing = 0.6;
constexpr std::size_t kManyPairs = 40;
// What a photo word says for a picture's being more than a mark.
constexpr double kOwnByWord = 10;
bool IsMirror(Dihedral dihedral) {
  return dihedral == Dihedral::kFlipX || dihedral == Dihedral::kFlipY ||
         dihedral == Dihedral::kFlipPlus1 || dihedral == Dihedral::kFlipMinus1;
}

Form FormOf(bool mirrored, bool negative) {
  return static_cast<Form>((mirrored ? 1 : 0) + (negative ? 2 : 0));
}
static_assert(static_cast<int>(Form::kMirrored) == 1 && static_cast<int>(Form::kNegative) == 2);

Region WholeOf(const PictureSize& size) {
  return {0, 0, static_cast<float>(size.width), static_cast<float>(size.height)};
}

Region QueryPart(const PictureFingerprint& query, int part) {
  if (part == 0) return WholeOf({query.width, query.height});
  return query.inner[static_cast<std::size_t>(part) - 1].region;
}

Region ItemPart(const KnownPicture& item, int part) {
  for (const PartWord& word : item.words) {
    if (word.part == part) return word.region;
  }
  return WholeOf(item.size);
}

// Fills in what follows from `word` and `alignment`.
void Conclude(const PictureFingerprint& query, const KnownPicture& item, PictureFinding& finding) {
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
  if (word) {
    finding.log_odds = std::max(finding.log_odds, WordLogOdds(word->distance));
    finding.own_log_odds = std::max(finding.own_log_odds, kOwnByWord);
  }
  // A word that is near but not very near needs the patches' word for it.
  const bool agrees = finding.alignment && finding.alignment->agreement >= kMostlyAgreeing;
  const bool contradicted =
      finding.alignment && !agrees && finding.alignment->pairs.size() >= kManyPairs;
  finding.same = word && word->distance <= (agrees ? kWordRadius : kSameDistance) &&
                 word->dihedral == Dihedral::kOriginal && !word->negative &&
                 word->query_part == 0 && word->item_part == 0 && FillsUnchanged(finding.how) &&
                 !contradicted;
}

// What the two pictures alone say for this being more than a mark that both bear.
double OwnLogOddsOf(const Alignment& alignment, const QueryWords& query, const KnownPicture& item) {
  return OwnLogOdds(alignment, WordDistanceAt(alignment.placement, query, item.words));
}

// Whether a word is of what two pictures have around them: further inside they differ.
bool IsOfChrome(const WordMatch& word, const PictureFingerprint& query, const QueryWords& asked,
                const KnownPicture& item) {
  const Placement placement =
      PlacementByWord(word, QueryPart(query, word.query_part), ItemPart(item, word.item_part));
  const auto distance = WordDistanceAt(placement, asked, item.words);
  return distance && *distance > kOtherPicture;
}

class PictureSearch {
 public:
  PictureSearch(const ItemIndex& index, const PictureFingerprint& query,
                const PictureFindOptions& options)
      : index_(index), query_(query), options_(options), asked_(query), known_(index) {}

  Result<std::vector<PictureFinding>> Run() {
    TRY(TryByWords());
    TryByPatches();
    Lay();
    RefuseMarks(asked_, known_, trials_);
    return Findings();
  }

 private:
  Result<void> TryByWords() {
    const QueryWords& asked = asked_.words();
    std::set<std::uint32_t> items;
    for (const auto& near : TRY(index_.NearWords(asked.words, kWordRadius))) {
      items.insert(near.begin(), near.end());
    }
    for (const std::uint32_t number : items) {
      const ItemIndex::Item& item = index_.item(number);
      for (std::uint32_t i = 0; i < item.pictures; ++i) {
        const std::uint32_t picture = item.first_picture + i;
        const auto match = MatchWords(asked, WordsOf(picture));
        if (!match || IsOfChrome(*match, query_, asked, known_.Of(picture))) continue;
        AddByWord(picture, *match, index_.picture(picture).time_us);
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

  void Lay() {
    int failures = 0;
    for (Trial& trial : trials_) {
      if (!trial.word && failures >= kFailuresInARow) {
        trial.refused = true;
        continue;
      }
      const KnownPicture& item = known_.Of(trial.picture);
      auto alignment = Laid(asked_, item, trial.form, {});
      const bool convincing = alignment && Convincing(*alignment);
      failures = convincing ? 0 : failures + 1;
      if (!alignment || alignment->log_odds < kTelling) {
        alignment.reset();
      } else if (convincing) {
        trial.own_log_odds = OwnLogOddsOf(*alignment, asked_.words(), item);
      }
      if (convincing && (trial.word || trial.own_log_odds >= kOwn)) {
        trial.alignment = std::move(alignment);
      } else {
        trial.shared = std::move(alignment);
        trial.refused = !trial.word;
      }
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
      finding.own_log_odds = trial.own_log_odds;
      Conclude(query_, known_.Of(trial.picture), finding);
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
  AskedPicture asked_;
  KnownPictures known_;
  std::vector<Trial> trials_;
};

}  // namespace

Result<std::vector<PictureFinding>> FindPicture(const ItemIndex& index,
                                                const PictureFingerprint& query,
                                                const PictureFindOptions& options) {
  return PictureSearch(index, query, options).Run();
}

std::optional<PictureFinding> ComparePictures(const PictureFingerprint& query,
                                              const PictureRecord& record) {
  const KnownPicture item = KnownFrom(record);
  PictureFinding finding;
  finding.item_time_us = record.time_us;
  AskedPicture asked(query);
  finding.word = MatchWords(asked.words(), item.words);
  if (finding.word && IsOfChrome(*finding.word, query, asked.words(), item)) finding.word.reset();
  for (int f = 0; f < kForms; ++f) {
    auto alignment = Laid(asked, item, static_cast<Form>(f), {});
    if (!alignment || !Convincing(*alignment)) continue;
    if (finding.alignment && alignment->log_odds <= finding.alignment->log_odds) continue;
    const double own = OwnLogOddsOf(*alignment, asked.words(), item);
    if (own < kOwn && !finding.word) continue;
    finding.own_log_odds = own;
    finding.alignment = std::move(alignment);
  }
  if (!finding.word && !finding.alignment) return std::nullopt;
  Conclude(query, item, finding);
  return finding;
}

}  // namespace jikimi::gallery
