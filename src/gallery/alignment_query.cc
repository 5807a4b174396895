#include "gallery/alignment_query.h"

#include <cmath>

namespace jikimi::gallery {
namespace {

using fingerprint::Form;
using fingerprint::Patch;

constexpr float kLeastScale = 1e-6F;  // pixels

std::vector<Patch> InForm(std::span<const Patch> patches, Form form, int width) {
  std::vector<Patch> result(patches.begin(), patches.end());
  if (form != Form::kPlain) {
    for (Patch& patch : result) patch = PatchInForm(patch, form, width);
  }
  return result;
}

float LogScale(const Patch& patch) { return std::log(std::max(patch.scale, kLeastScale)); }

}  // namespace

std::vector<PlacedPatch> Placed(std::span<const Patch> patches) {
  std::vector<PlacedPatch> placed;
  placed.reserve(patches.size());
  for (std::size_t i = 0; i < patches.size(); ++i) {
    const Patch& patch = patches[i];
    placed.push_back({patch.x, patch.y, std::max(patch.scale, kLeastScale), LogScale(patch),
                      std::cos(patch.angle), std::sin(patch.angle), patch.bright,
                      static_cast<std::uint32_t>(i)});
  }
  return placed;
}

PatchGrid::PatchGrid(PictureSize size, const std::vector<PlacedPatch>& patches)
    : cells_a_pixel_x_(static_cast<float>(kSide) / static_cast<float>(std::max(size.width, 1))),
      cells_a_pixel_y_(static_cast<float>(kSide) / static_cast<float>(std::max(size.height, 1))),
      patches_(patches.size()) {
  for (const PlacedPatch& patch : patches) ++starts_[CellOf(patch) + 1];
  for (std::size_t cell = 1; cell < starts_.size(); ++cell) starts_[cell] += starts_[cell - 1];
  auto next = starts_;
  for (const PlacedPatch& patch : patches) patches_[next[CellOf(patch)]++] = patch;
}

QueryInForm::QueryInForm(PictureSize query_size, std::span<const Patch> patches_as_found,
                         Form query_form)
    : size(query_size),
      form(query_form),
      patches(InForm(patches_as_found, query_form, query_size.width)),
      grid(query_size, Placed(patches)) {
  if (patches.empty()) return;
  const auto [least, most] =
      std::minmax_element(patches.begin(), patches.end(),
                          [](const Patch& a, const Patch& b) { return a.scale < b.scale; });
  least_log_scale = LogScale(*least);
  most_log_scale = LogScale(*most);
}

}  // namespace jikimi::gallery
