#include "gallery/picture_trial.h"

#include <cstddef>

namespace jikimi::gallery {
namespace {

using fingerprint::Form;
using fingerprint::kPlainQuality;
using fingerprint::Patch;
using fingerprint::Region;

Region WholeOf(const PictureSize& size) {
  return {0, 0, static_cast<float>(size.width), static_cast<float>(size.height)};
}

// The words that mean something. `inner`: anything with `quality`, `word` and `region`.
template <typename Inners>
std::vector<PartWord> WordsOf(const Word256& word, int quality, const PictureSize& size,
                              const Inners& inners) {
  std::vector<PartWord> words;
  if (quality >= kPlainQuality) words.push_back({word, 0, WholeOf(size)});
  int part = 0;
  for (const auto& inner : inners) {
    ++part;
    if (inner.quality >= kPlainQuality) words.push_back({inner.word, part, inner.region});
  }
  return words;
}

}  // namespace

KnownPicture KnownFrom(const ItemIndex& index, std::uint32_t number) {
  const ItemIndex::Picture& picture = index.picture(number);
  KnownPicture known;
  known.size = {picture.width, picture.height};
  known.words = WordsOf(picture.word, picture.quality, known.size, index.inner(picture));
  known.patches = index.patches(number);
  return known;
}

KnownPicture KnownFrom(const PictureRecord& picture) {
  KnownPicture known;
  known.size = {picture.width, picture.height};
  known.words = WordsOf(picture.word, picture.quality, known.size, picture.inner);
  for (const search::TablePatch& patch : picture.patches) {
    known.patches.push_back(UnpackPatch(patch, picture.width, picture.height));
  }
  return known;
}

const KnownPicture& KnownPictures::Of(std::uint32_t picture) {
  auto found = known_.find(picture);
  if (found == known_.end()) found = known_.emplace(picture, KnownFrom(index_, picture)).first;
  return found->second;
}

const QueryInForm& AskedPicture::InForm(Form form) {
  auto& in_form = forms_[static_cast<std::size_t>(form)];
  if (!in_form)
    in_form.emplace(PictureSize{picture_.width, picture_.height}, picture_.patches, form);
  return *in_form;
}

std::optional<Alignment> Laid(AskedPicture& query, const KnownPicture& item, Form form,
                              const std::vector<bool>& marks) {
  if (marks.empty()) return BestAlignment(query.InForm(form), {item.size, item.patches, {}});
  std::vector<Patch> own;
  std::vector<int> index;
  for (std::size_t i = 0; i < item.patches.size(); ++i) {
    if (marks[i]) continue;
    own.push_back(item.patches[i]);
    index.push_back(static_cast<int>(i));
  }
  auto alignment = BestAlignment(query.InForm(form), {item.size, own, {}});
  if (!alignment) return std::nullopt;
  for (Alignment::Pair& pair : alignment->pairs) {
    pair.item = index[static_cast<std::size_t>(pair.item)];
  }
  return alignment;
}

}  // namespace jikimi::gallery
