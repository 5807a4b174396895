#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <tuple>
#include <utility>

#include "search/patch_table.h"
#include "search/patch_table_parts.h"

namespace jikimi::search {
namespace {

// Scale by half doublings from a sixteenth to sixteen times; angle by sixteenths of a turn.
constexpr int kScaleBins = 16, kAngleBins = 16;

// The cell with the most votes among hits that lie alike. A hit counts in two neighbouring bins of
// scale and of angle, so that a relation on the edge of two bins isn't split.
class RelationVotes {
 public:
  void Add(int scale_bin, int angle_bin, float weight) {
    for (int s = scale_bin; s <= scale_bin + 1; ++s) {
      for (int a = angle_bin; a <= angle_bin + 1; ++a) {
        Cell& cell = cells_[static_cast<std::size_t>(s * kAngleBins + a % kAngleBins)];
        cell.votes += weight;
        ++cell.patches;
        if (cell.votes > best_.votes) best_ = cell;
      }
    }
  }
  void Remove(int scale_bin, int angle_bin) {
    for (int s = scale_bin; s <= scale_bin + 1; ++s) {
      for (int a = angle_bin; a <= angle_bin + 1; ++a) {
        cells_[static_cast<std::size_t>(s * kAngleBins + a % kAngleBins)] = {};
      }
    }
    best_ = {};
  }
  float votes() const { return best_.votes; }
  std::uint16_t patches() const { return best_.patches; }

 private:
  struct Cell {
    float votes = 0;
    std::uint16_t patches = 0;
  };
  std::array<Cell, (kScaleBins + 1)* kAngleBins> cells_ = {};
  Cell best_;
};

// The best so many of the candidates that are offered in order of picture and group.
class BestCandidates {
 public:
  explicit BestCandidates(std::size_t most) : most_(most) {}

  // Whether one with at most so many votes could be among them.
  bool MayTake(float votes) const { return best_.size() < most_ || votes > best_.front().votes; }
  void Offer(const PatchCandidate& candidate) {
    if (!MayTake(candidate.votes)) return;
    if (best_.size() == most_) {
      std::pop_heap(best_.begin(), best_.end(), Better);
      best_.pop_back();
    }
    best_.push_back(candidate);
    std::push_heap(best_.begin(), best_.end(), Better);
  }
  std::vector<PatchCandidate> InOrder() && {
    std::sort_heap(best_.begin(), best_.end(), Better);
    return std::move(best_);
  }

 private:
  static bool Better(const PatchCandidate& a, const PatchCandidate& b) {
    return std::tuple(-a.votes, a.picture, a.group) < std::tuple(-b.votes, b.picture, b.group);
  }

  std::size_t most_;
  std::vector<PatchCandidate> best_;  // a heap, the worst first
};

// Stable, by digits of the patch's number.
template <typename Hit>
void SortByPatch(std::vector<Hit>& hits) {
  constexpr int kDigitBits = 11;
  constexpr std::size_t kFew = 1024;
  if (hits.size() < kFew) {
    std::stable_sort(hits.begin(), hits.end(),
                     [](const Hit& a, const Hit& b) { return a.patch < b.patch; });
    return;
  }
  std::uint32_t all = 0;
  for (const Hit& hit : hits) all |= hit.patch;
  std::vector<Hit> other(hits.size());
  for (int shift = 0; (all >> shift) != 0; shift += kDigitBits) {
    const auto digit = [shift](const Hit& hit) {
      return static_cast<std::size_t>(hit.patch >> shift & ((1u << kDigitBits) - 1));
    };
    std::array<std::uint32_t, (std::size_t{1} << kDigitBits) + 1> starts = {};
    for (const Hit& hit : hits) ++starts[digit(hit) + 1];
    for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
    for (const Hit& hit : hits) other[starts[digit(hit)]++] = hit;
    hits.swap(other);
  }
}

}  // namespace

void PatchTable::SortAndName(std::vector<Hit>& hits) const {
  SortByPatch(hits);
  for (auto first = hits.begin(); first != hits.end();) {
    const auto last =
        std::find_if(first, hits.end(), [&](const Hit& hit) { return hit.patch != first->patch; });
    if (last - first > 1) {
      std::sort(first, last, [](const Hit& a, const Hit& b) {
        return std::tie(a.group, a.distance, a.probe) < std::tie(b.group, b.distance, b.probe);
      });
    }
    first = last;
  }
  // In the order of patches, and so in that of pictures.
  const std::size_t pictures = pictures_.size();
  std::size_t low = 0;
  for (Hit& hit : hits) {
    // The last picture that starts at or before the patch. Pictures without patches start where
    // the next one does, and the patch is the last one's.
    std::size_t step = 1, high = low + 1;
    while (high < pictures && pictures_[high].first <= hit.patch) {
      low = high;
      high += step;
      step *= 2;
    }
    high = std::min(high, pictures);
    while (high - low > 1) {
      const std::size_t middle = low + (high - low) / 2;
      if (pictures_[middle].first <= hit.patch) {
        low = middle;
      } else {
        high = middle;
      }
    }
    hit.picture = static_cast<std::uint32_t>(low);
  }
  std::erase_if(hits, [&](const Hit& hit) { return Withdrawn(hit.picture); });
}

void PatchTable::CountHolders(const std::vector<Hit>& hits, std::vector<std::uint32_t>& holders) {
  std::vector<std::uint32_t> last_picture(holders.size(), 0xffffffff);
  std::vector<std::uint32_t> counted(holders.size());
  for (const Hit& hit : hits) {
    if (std::exchange(last_picture[hit.probe], hit.picture) != hit.picture) ++counted[hit.probe];
  }
  for (std::size_t i = 0; i < holders.size(); ++i) holders[i] = std::max(holders[i], counted[i]);
}

std::vector<PatchCandidate> PatchTable::Vote(std::vector<Hit>& hits,
                                             const std::vector<std::uint32_t>& holders,
                                             std::size_t most) {
  // A registered patch votes for the query's patch that it is nearest to, and no other: else a
  // texture that repeats outvotes the true copy.
  hits.erase(std::unique(hits.begin(), hits.end(),
                         [](const Hit& a, const Hit& b) {
                           return a.patch == b.patch && a.group == b.group;
                         }),
             hits.end());
  std::vector<float> weights;
  weights.reserve(holders.size());
  for (const std::uint32_t count : holders) {
    weights.push_back(1 / std::sqrt(static_cast<float>(std::max(count, 1u))));
  }
  BestCandidates best(most);
  RelationVotes relations;
  for (auto first = hits.begin(); first != hits.end();) {
    const auto last = std::find_if(first, hits.end(),
                                   [&](const Hit& hit) { return hit.picture != first->picture; });
    std::array<float, kMaxGroups> sums = {};
    for (auto hit = first; hit != last; ++hit) sums[hit->group] += weights[hit->probe];
    for (std::uint8_t group = 0; group < kMaxGroups; ++group) {
      // Most pictures share a look or two with the query, which never come to enough votes.
      if (sums[group] == 0 || !best.MayTake(sums[group])) continue;
      for (auto hit = first; hit != last; ++hit) {
        if (hit->group != group) continue;
        relations.Add(hit->scale_bin, hit->angle_bin, weights[hit->probe]);
      }
      best.Offer({first->picture, group, relations.patches(), relations.votes()});
      for (auto hit = first; hit != last; ++hit) {
        if (hit->group == group) relations.Remove(hit->scale_bin, hit->angle_bin);
      }
    }
    first = last;
  }
  return std::move(best).InOrder();
}

}  // namespace jikimi::search
