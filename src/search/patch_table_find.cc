#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "search/patch_table.h"
#include "search/patch_table_parts.h"

namespace jikimi::search {
namespace {

using internal::BandKey;

// This many keys are on their way from memory at a time: enough to cover its latency, few enough
// for what they bring to stay in the nearest caches.
constexpr std::size_t kBlock = 64;

// Of a skipped bucket this many entries are compared, to tell a look that many pictures share from
// a bucket that many looks share.
constexpr std::uint32_t kSample = 8;

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

}  // namespace

namespace internal {

void AppendKeys(const PatchProbe& probe, std::uint16_t number, int keys_a_band,
                const KeyBits& key_bits, std::vector<BandKey>& keys) {
  CHECK(keys_a_band >= 1 && keys_a_band <= static_cast<int>(kFlips.size()));
  for (int band = 0; band < PatchTable::kBands; ++band) {
    const int bits = key_bits[static_cast<std::size_t>(band)];
    const std::uint32_t key = KeyOf(probe.patch.word, band, bits);
    std::array<std::uint32_t, kFlipBits> unsure = {};  // single bits, the least sure first
    if (keys_a_band > 1) {
      std::array<int, kFlipBits> margins;
      margins.fill(256);
      const KeyPlace place = kKeyPlaces[static_cast<std::size_t>(band)];
      const std::size_t first_bit = place.limb * 64 + static_cast<std::size_t>(place.shift);
      for (int bit = 0; bit < bits; ++bit) {
        const int margin = probe.margins == nullptr
                               ? 0
                               : (*probe.margins)[first_bit + static_cast<std::size_t>(bit)];
        if (margin >= margins[kFlipBits - 1]) continue;
        std::size_t at = kFlipBits - 1;
        for (; at > 0 && margins[at - 1] > margin; --at) {
          margins[at] = margins[at - 1];
          unsure[at] = unsure[at - 1];
        }
        margins[at] = margin;
        unsure[at] = 1u << bit;
      }
    }
    for (int i = 0; i < keys_a_band; ++i) {
      std::uint32_t flipped = key;
      for (std::size_t bit = 0; bit < kFlipBits; ++bit) {
        if ((kFlips[static_cast<std::size_t>(i)] >> bit & 1) != 0) flipped ^= unsure[bit];
      }
      keys.push_back({flipped, number, static_cast<std::uint8_t>(band), i != 0});
    }
  }
}

}  // namespace internal

struct PatchTable::Collected {
  std::vector<Hit> hits;
  // For each probe: holders by what skipped buckets look like, the most of its bands.
  std::vector<std::uint32_t> skipped_holders;
  std::uint64_t compared = 0;
};

void PatchTable::Compare(std::uint32_t patch, std::uint16_t probe_number, const PatchProbe& probe,
                         const FindOptions& options, Collected& collected) const {
  ++collected.compared;
  const TablePatch& entry = patches_[patch];
  const int distance = HammingDistance(entry.word, probe.patch.word);
  if (distance > options.max_distance) return;
  const int scale = int{probe.patch.log_scale} - int{entry.log_scale} + 4 * TablePatch::kScaleSteps;
  if (scale < 0 || scale >= 8 * TablePatch::kScaleSteps) return;
  const auto turn = static_cast<std::uint16_t>(probe.patch.angle - entry.angle);
  Hit hit;
  hit.patch = patch;
  hit.probe = probe_number;
  hit.distance = static_cast<std::uint8_t>(std::min(distance, 255));
  hit.group = probe.group;
  hit.scale_bin = static_cast<std::uint8_t>(scale / (TablePatch::kScaleSteps / 2));
  hit.angle_bin = static_cast<std::uint8_t>(turn >> 12);
  collected.hits.push_back(hit);
}

void PatchTable::CollectFromBands(const Tables& tables, std::span<const PatchProbe> probes,
                                  const FindOptions& options, Collected& collected) const {
  internal::KeyBits bits;  // all the same, but for the moments of a rebuild
  for (std::size_t band = 0; band < kBands; ++band) bits[band] = tables.bands[band]->bits;
  std::vector<BandKey> keys;
  struct Bucket {
    std::uint32_t start, size;
    BandKey from;
  };
  std::vector<Bucket> buckets;
  std::vector<std::pair<std::uint32_t, std::uint16_t>> pairs;
  const auto limit = static_cast<std::uint32_t>(options.max_bucket);
  std::size_t next_probe = 0;
  while (next_probe < probes.size()) {
    keys.clear();
    buckets.clear();
    pairs.clear();
    while (next_probe < probes.size() && keys.size() < kBlock) {
      internal::AppendKeys(probes[next_probe], static_cast<std::uint16_t>(next_probe),
                           options.max_probes, bits, keys);
      ++next_probe;
    }
    for (const BandKey& key : keys) __builtin_prefetch(&tables.bands[key.band]->starts[key.key]);
    for (const BandKey& key : keys) {
      const Band& band = *tables.bands[key.band];
      const std::uint32_t start = band.starts[key.key];
      const std::uint32_t size = band.starts[key.key + 1] - start;
      if (size == 0 || (size > limit && key.flipped)) continue;
      buckets.push_back({start, size, key});
      if (size > limit) {
        for (std::uint32_t i = 0; i < kSample; ++i) {
          __builtin_prefetch(&band.entries[start + i * (size / kSample)]);
        }
      } else {
        for (std::uint32_t i = 0; i < size; i += 16) __builtin_prefetch(&band.entries[start + i]);
      }
    }
    for (const Bucket& bucket : buckets) {
      const Band& band = *tables.bands[bucket.from.band];
      const std::uint32_t step = bucket.size > limit ? bucket.size / kSample : 1;
      const std::uint32_t count = bucket.size > limit ? kSample : bucket.size;
      for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t patch = band.entries[bucket.start + i * step];
        __builtin_prefetch(&patches_[patch]);
        pairs.push_back({patch, bucket.from.probe});
      }
    }
    std::size_t pair = 0;
    for (const Bucket& bucket : buckets) {
      const PatchProbe& probe = probes[bucket.from.probe];
      if (bucket.size <= limit) {
        for (std::uint32_t i = 0; i < bucket.size; ++i, ++pair) {
          Compare(pairs[pair].first, pairs[pair].second, probe, options, collected);
        }
        continue;
      }
      std::uint32_t near = 0;
      for (std::uint32_t i = 0; i < kSample; ++i, ++pair) {
        const Word256& word = patches_[pairs[pair].first].word;
        if (HammingDistance(word, probe.patch.word) <= options.max_distance) ++near;
      }
      std::uint32_t& holders = collected.skipped_holders[bucket.from.probe];
      holders = std::max(holders, bucket.size / kSample * near);
    }
  }
}

void PatchTable::CollectFromTail(const Tail& tail, std::span<const PatchProbe> probes,
                                 const FindOptions& options, Collected& collected) const {
  internal::KeyBits bits;
  bits.fill(tail.bits);
  std::vector<BandKey> keys;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    keys.clear();
    internal::AppendKeys(probes[i], static_cast<std::uint16_t>(i), options.max_probes, bits, keys);
    for (const BandKey& key : keys) {
      const Tail::Chains& chain = tail.chains[key.band];
      std::uint32_t at = chain.heads[key.key].load(std::memory_order_acquire);
      // The newest entries of an overfull chain, rather than none: nothing here is sorted or
      // counted, and a chain is never long.
      for (int i_chain = 0; at != 0 && i_chain < options.max_bucket; ++i_chain) {
        Compare(static_cast<std::uint32_t>(tail.first) + at - 1, key.probe, probes[i], options,
                collected);
        at = chain.next[at - 1];
      }
    }
  }
}

// Hits are in the order of patches, and so in that of pictures.
void PatchTable::NamePictures(std::vector<Hit>& hits) const {
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

PatchTable::Found PatchTable::Find(std::span<const PatchProbe> probes,
                                   const FindOptions& options) const {
  CHECK(probes.size() <= 0xffff);
  Collected collected;
  collected.skipped_holders.resize(probes.size());
  const auto now = tables();
  CollectFromBands(*now, probes, options, collected);
  if (patches_.size() > now->tail->first) CollectFromTail(*now->tail, probes, options, collected);

  std::vector<Hit>& hits = collected.hits;
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return std::tie(a.patch, a.group, a.distance, a.probe) <
           std::tie(b.patch, b.group, b.distance, b.probe);
  });
  NamePictures(hits);

  Found found;
  found.compared = collected.compared;
  found.holders = std::move(collected.skipped_holders);
  std::vector<std::uint32_t> last_picture(probes.size(), 0xffffffff);
  std::vector<std::uint32_t> holders(probes.size());
  for (const Hit& hit : hits) {
    if (std::exchange(last_picture[hit.probe], hit.picture) != hit.picture) ++holders[hit.probe];
  }
  for (std::size_t i = 0; i < probes.size(); ++i) {
    found.holders[i] = std::max(found.holders[i], holders[i]);
  }

  // A registered patch votes for the query's patch that it is nearest to, and no other: else a
  // texture that repeats outvotes the true copy.
  hits.erase(std::unique(hits.begin(), hits.end(),
                         [](const Hit& a, const Hit& b) {
                           return a.patch == b.patch && a.group == b.group;
                         }),
             hits.end());
  RelationVotes relations;
  for (auto first = hits.begin(); first != hits.end();) {
    const auto last = std::find_if(first, hits.end(),
                                   [&](const Hit& hit) { return hit.picture != first->picture; });
    for (std::uint8_t group = 0; group < kMaxGroups; ++group) {
      for (auto hit = first; hit != last; ++hit) {
        if (hit->group != group) continue;
        relations.Add(hit->scale_bin, hit->angle_bin,
                      1 / std::sqrt(static_cast<float>(found.holders[hit->probe])));
      }
      if (relations.patches() == 0) continue;
      found.candidates.push_back({first->picture, group, relations.patches(), relations.votes()});
      for (auto hit = first; hit != last; ++hit) {
        if (hit->group == group) relations.Remove(hit->scale_bin, hit->angle_bin);
      }
    }
    first = last;
  }
  const auto better = [](const PatchCandidate& a, const PatchCandidate& b) {
    return std::tuple(-a.votes, a.picture, a.group) < std::tuple(-b.votes, b.picture, b.group);
  };
  const auto kept =
      std::min(found.candidates.size(), static_cast<std::size_t>(options.max_candidates));
  std::partial_sort(found.candidates.begin(),
                    found.candidates.begin() + static_cast<std::ptrdiff_t>(kept),
                    found.candidates.end(), better);
  found.candidates.resize(kept);
  return found;
}

}  // namespace jikimi::search
