#ifndef JIKIMI_GALLERY_ALIGNMENT_QUERY_H_
#define JIKIMI_GALLERY_ALIGNMENT_QUERY_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "fingerprint/patch.h"
#include "gallery/alignment.h"

namespace jikimi::gallery {

// A patch as places are compared: its direction as a vector, its scale as a logarithm, too.
struct PlacedPatch {
  float x = 0, y = 0;
  float scale = 1, log_scale = 0;
  float cosine = 1, sine = 0;
  bool bright = false;
  std::uint32_t index = 0;  // in the span of patches
};
std::vector<PlacedPatch> Placed(std::span<const fingerprint::Patch> patches);

// Patches by the cell of a grid in which they lie, those of either polarity apart, so that those
// near a place are found fast.
class PatchGrid {
 public:
  PatchGrid(PictureSize size, const std::vector<PlacedPatch>& patches);

  // Calls `visit` with each patch of that polarity in the cells that the square of `reach` around
  // the place touches: all that are nearer, and some that are not.
  template <typename Visit>
  void ForEachNear(float x, float y, float reach, bool bright, const Visit& visit) const {
    const std::size_t left = Cell((x - reach) * cells_a_pixel_x_);
    const std::size_t right = Cell((x + reach) * cells_a_pixel_x_);
    const std::size_t top = Cell((y - reach) * cells_a_pixel_y_);
    const std::size_t bottom = Cell((y + reach) * cells_a_pixel_y_);
    for (std::size_t row = top; row <= bottom; ++row) {
      const std::size_t first = (bright ? kSide * kSide : 0) + row * kSide;
      const std::uint32_t end = starts_[first + right + 1];
      for (std::uint32_t i = starts_[first + left]; i < end; ++i) visit(patches_[i]);
    }
  }

 private:
  static constexpr std::size_t kSide = 16;

  static std::size_t Cell(float cells) {
    return static_cast<std::size_t>(std::clamp(cells, 0.0F, static_cast<float>(kSide - 1)));
  }
  std::size_t CellOf(const PlacedPatch& patch) const {
    return (patch.bright ? kSide * kSide : 0) + Cell(patch.y * cells_a_pixel_y_) * kSide +
           Cell(patch.x * cells_a_pixel_x_);
  }

  float cells_a_pixel_x_, cells_a_pixel_y_;
  std::array<std::uint32_t, 2 * kSide* kSide + 1> starts_ = {};
  std::vector<PlacedPatch> patches_;  // cell by cell
};

// A query in one of its forms, made ready to be compared with many items. A value; safe to be read
// from any thread.
class QueryInForm {
 public:
  // `patches` as found.
  QueryInForm(PictureSize query_size, std::span<const fingerprint::Patch> patches_as_found,
              fingerprint::Form query_form);

  PictureSize size;
  fingerprint::Form form;
  std::vector<fingerprint::Patch> patches;  // brought to the form
  PatchGrid grid;
  float least_log_scale = 0, most_log_scale = 0;  // of the patches
};

// As BestAlignment() in alignment.h, for a query that is compared more than once.
std::optional<Alignment> BestAlignment(const QueryInForm& query, const Side& item);

// The same near a placement (in the query as found) that is known, if roughly: a part of the cost.
std::optional<Alignment> AlignmentNear(const Placement& placement, const QueryInForm& query,
                                       const Side& item);

}  // namespace jikimi::gallery

#endif  // JIKIMI_GALLERY_ALIGNMENT_QUERY_H_
