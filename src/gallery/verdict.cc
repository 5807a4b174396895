#include "gallery/verdict.h"

#include <utility>

#include "gallery/fingerprint_find.h"
#include "gallery/item_record.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Fingerprint;
using fingerprint::PictureFingerprint;

const PictureFingerprint& PictureAt(const Fingerprint& fingerprint, int number) {
  const auto at = static_cast<std::size_t>(number);
  return fingerprint.kind == fingerprint::Kind::kVideo ? fingerprint.key_frames[at].picture
                                                       : fingerprint.pictures[at];
}

int PictureCount(const Fingerprint& fingerprint) {
  return static_cast<int>(fingerprint.kind == fingerprint::Kind::kVideo
                              ? fingerprint.key_frames.size()
                              : fingerprint.pictures.size());
}

}  // namespace

std::string_view LikenessName(Likeness likeness) {
  switch (likeness) {
    case Likeness::kSame:
      return "same";
    case Likeness::kAltered:
      return "altered";
    case Likeness::kClip:
      return "clip";
  }
  CHECK(false);
  return {};
}

Comparison Compare(const Fingerprint& query, const Fingerprint& item) {
  Comparison comparison;
  const auto record = MakeItemRecord(item);
  if (!record.has_value() || !CheckFingerprint(query).has_value()) return comparison;
  std::vector<SeenPicture> seen;
  for (int q = 0; q < PictureCount(query); ++q) {
    for (int i = 0; i < PictureCount(item); ++i) {
      const PictureRecord& picture = record->pictures[static_cast<std::size_t>(i)];
      auto finding = ComparePictures(PictureAt(query, q), picture);
      if (finding) seen.push_back({q, i, std::move(*finding)});
    }
  }
  comparison.verdict = Judge(query, *record, seen, {});
  if (!comparison.verdict) return comparison;
  const SeenPicture* best = nullptr;
  for (const SeenPicture& one : seen) {
    if (best == nullptr || one.finding.log_odds > best->finding.log_odds) best = &one;
  }
  if (best == nullptr) return comparison;
  comparison.query_picture = best->query_picture;
  comparison.item_picture = best->item_picture;
  if (best->finding.alignment) {
    const PictureFingerprint& seen_in = PictureAt(query, best->query_picture);
    const PictureFingerprint& registered = PictureAt(item, best->item_picture);
    for (const Alignment::Pair& pair : best->finding.alignment->pairs) {
      comparison.pairs.push_back({seen_in.patches[static_cast<std::size_t>(pair.query)],
                                  registered.patches[static_cast<std::size_t>(pair.item)],
                                  pair.distance});
    }
  }
  return comparison;
}

}  // namespace jikimi::gallery
