#ifndef JIKIMI_GALLERY_PICTURE_TRIAL_H_
#define JIKIMI_GALLERY_PICTURE_TRIAL_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "fingerprint/fingerprint.h"
#include "gallery/alignment.h"
#include "gallery/alignment_query.h"
#include "gallery/item_index.h"
#include "gallery/item_record.h"
#include "gallery/picture_relation.h"

namespace jikimi::gallery {

// A registered picture with what is compared of it.
struct KnownPicture {
  PictureSize size;
  std::vector<PartWord> words;  // of quality kPlainQuality and more
  std::vector<fingerprint::Patch> patches;
};
KnownPicture KnownFrom(const ItemIndex& index, std::uint32_t picture);
KnownPicture KnownFrom(const PictureRecord& picture);

// Registered pictures, each read from the index when it is first asked for. Not thread-safe.
class KnownPictures {
 public:
  explicit KnownPictures(const ItemIndex& index) : index_(index) {}

  const KnownPicture& Of(std::uint32_t picture);

 private:
  const ItemIndex& index_;
  std::map<std::uint32_t, KnownPicture> known_;
};

// A query's picture, made ready to be laid on many registered ones: each form when it is first
// asked for. Not thread-safe. The picture must outlive it.
class AskedPicture {
 public:
  explicit AskedPicture(const fingerprint::PictureFingerprint& picture)
      : picture_(picture), words_(WordsToAsk(picture)) {}

  const fingerprint::PictureFingerprint& picture() const { return picture_; }
  const QueryWords& words() const { return words_; }
  const QueryInForm& InForm(fingerprint::Form form);

 private:
  const fingerprint::PictureFingerprint& picture_;
  const QueryWords words_;
  std::array<std::optional<QueryInForm>, fingerprint::kForms> forms_;
};

// A registered picture that may be in the query, and what comes of it.
struct Trial {
  std::uint32_t picture = 0;
  std::uint32_t item = 0;
  fingerprint::Form form = fingerprint::Form::kPlain;
  std::optional<WordMatch> word;
  std::int64_t time_us = 0;
  // Convincing, and as far as is known of the picture itself. Pairs: places in the query's and the
  // registered patches.
  std::optional<Alignment> alignment;
  double own_log_odds = 0;  // of `alignment`: OwnLogOdds(), picture_marks.h
  // What agrees otherwise: too little for a verdict, or a mark's.
  std::optional<Alignment> shared;
  // Of the registered patches those that are held to be of a mark; empty: none is.
  std::vector<bool> marks;
  bool refused = false;
};

// The best alignment of a registered picture in the query, however weak, by the patches that are
// not `marks` (empty, or one a patch).
std::optional<Alignment> Laid(AskedPicture& query, const KnownPicture& item, fingerprint::Form form,
                              const std::vector<bool>& marks);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_PICTURE_TRIAL_H_
