#include "fingerprint/patch_selection.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace jikimi::fingerprint {
namespace {

// Half-octave bands of scale, from the finest on, and how many patches in all each gets: fewer
// coarse ones, since a picture has room for fewer.
constexpr std::array<float, 8> kBandShare = {0.20F, 0.20F, 0.17F, 0.15F,
                                             0.11F, 0.08F, 0.05F, 0.04F};
constexpr int kParts = 8;  // of the picture, along each side

struct Ranked {
  std::size_t blob = 0;
  std::size_t band = 0;
  int part = 0;
  float strength = 0;
  int round = 0;  // how many stronger ones its part has in this band
  float turn = 0;
};

std::size_t BandOf(const Blob& blob) {
  const int half = blob.sigma >= 2.26F ? 1 : 0;
  return std::min(static_cast<std::size_t>(2 * blob.octave + half), kBandShare.size() - 1);
}

int PartOf(const Blob& blob, const ScaleSpace& space) {
  const Plane& level = space.octaves[static_cast<std::size_t>(blob.octave)].levels[0];
  const int column = static_cast<int>(blob.x * kParts / static_cast<float>(level.width));
  const int row = static_cast<int>(blob.y * kParts / static_cast<float>(level.height));
  return std::clamp(row, 0, kParts - 1) * kParts + std::clamp(column, 0, kParts - 1);
}

}  // namespace

std::vector<Blob> InOrderOfWorth(const std::vector<Blob>& blobs, const ScaleSpace& space) {
  std::vector<Ranked> ranked;
  ranked.reserve(blobs.size());
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    ranked.push_back({i, BandOf(blobs[i]), PartOf(blobs[i], space), blobs[i].strength, 0, 0});
  }
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    if (a.band != b.band) return a.band < b.band;
    return a.strength != b.strength ? a.strength > b.strength : a.blob < b.blob;
  });
  std::array<std::array<int, kParts * kParts>, kBandShare.size()> taken = {};
  for (Ranked& one : ranked) one.round = taken[one.band][static_cast<std::size_t>(one.part)]++;
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    if (a.band != b.band) return a.band < b.band;
    if (a.round != b.round) return a.round < b.round;
    return a.strength != b.strength ? a.strength > b.strength : a.blob < b.blob;
  });
  // Bands take turns in proportion to their shares.
  std::array<float, kBandShare.size()> place = {};
  for (Ranked& one : ranked) one.turn = (place[one.band] += 1) / kBandShare[one.band];
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    return a.turn != b.turn ? a.turn < b.turn : a.blob < b.blob;
  });
  std::vector<Blob> ordered;
  ordered.reserve(ranked.size());
  for (const Ranked& one : ranked) ordered.push_back(blobs[one.blob]);
  return ordered;
}

}  // namespace jikimi::fingerprint
