#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/vector_clones.h"
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

// Of the bits of a sketch, its kind left out, so many may differ. Neighbours at 72 bits, the
// farthest that vote, differ in 28 of 100 bits.
constexpr int kMostSketchDifference[] = {0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3};
static_assert(std::size(kMostSketchDifference) == internal::kMaxSketchBits + 1);

}  // namespace

namespace internal {
namespace {

constexpr std::array<std::uint8_t, kMaxKeyBits> kNoMargins = {};

}  // namespace

std::vector<std::uint8_t> SketchesNear(int bits) {
  CHECK(bits >= 0 && bits <= kMaxSketchBits);
  std::vector<std::uint8_t> near(std::size_t{1} << bits);
  for (std::uint32_t difference = 0; difference < near.size(); ++difference) {
    near[difference] =
        (difference & 1) == 0 && std::popcount(difference) <= kMostSketchDifference[bits];
  }
  return near;
}

void AppendKeys(const PatchProbe& probe, std::uint16_t number, int keys_a_band,
                const KeyForms& forms, std::vector<BandKey>& keys) {
  CHECK(keys_a_band >= 1 && keys_a_band <= static_cast<int>(kFlips.size()));
  unsigned flipped_bits = 0;
  for (int i = 0; i < keys_a_band; ++i) flipped_bits |= kFlips[static_cast<std::size_t>(i)];
  const auto unsure_bits = static_cast<std::size_t>(std::bit_width(flipped_bits));
  for (int band = 0; band < PatchTable::kBands; ++band) {
    const KeyForm& form = forms[static_cast<std::size_t>(band)];
    const std::uint32_t key = KeyOf(probe.patch.word, band, form.bits);
    const std::uint32_t sketch = SketchOf(probe.patch, band, form.sketch_bits);
    std::array<std::uint32_t, kFlipBits> unsure = {};  // single bits, the least sure first
    if (unsure_bits > 0) {
      constexpr int kBitBits = 5;  // of a bit's number within a key
      constexpr std::int16_t kSure = 0x7fff;
      // As many for a shorter key, and signed, so that a vector takes the least of all at once.
      std::array<std::int16_t, kMaxKeyBits> sureness;
      const KeyPlace place = kKeyPlaces[static_cast<std::size_t>(band)];
      const std::size_t first_bit = place.limb * 64 + static_cast<std::size_t>(place.shift);
      const std::uint8_t* const margins =
          probe.margins == nullptr ? kNoMargins.data() : probe.margins->data() + first_bit;
      for (std::size_t bit = 0; bit < kMaxKeyBits; ++bit) {
        sureness[bit] = static_cast<std::int16_t>(margins[bit] << kBitBits | static_cast<int>(bit));
      }
      std::fill(sureness.begin() + form.bits, sureness.end(), kSure);
      for (std::size_t i = 0; i < unsure_bits; ++i) {
        std::int16_t least = kSure;
        for (const std::int16_t one : sureness) least = one < least ? one : least;
        const int bit = least & ((1 << kBitBits) - 1);
        unsure[i] = 1u << bit;
        sureness[static_cast<std::size_t>(bit)] = kSure;
      }
    }
    for (int i = 0; i < keys_a_band; ++i) {
      std::uint32_t flipped = key;
      for (std::size_t bit = 0; bit < unsure_bits; ++bit) {
        if ((kFlips[static_cast<std::size_t>(i)] >> bit & 1) != 0) flipped ^= unsure[bit];
      }
      keys.push_back({flipped, sketch, number, static_cast<std::uint8_t>(band), i != 0});
    }
  }
}

JIKIMI_POPCOUNT_CLONES void DistancesOf(const Word256* const* words, const Word256* const* others,
                                        std::size_t count, std::uint16_t* distances) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto& a = words[i]->limbs();
    const auto& b = others[i]->limbs();
    distances[i] = static_cast<std::uint16_t>(
        __builtin_popcountll(a[0] ^ b[0]) + __builtin_popcountll(a[1] ^ b[1]) +
        __builtin_popcountll(a[2] ^ b[2]) + __builtin_popcountll(a[3] ^ b[3]));
  }
}

}  // namespace internal

// Registered patches that wait to be compared, while they are on their way from memory.
class PatchTable::Comparisons {
 public:
  Comparisons(const PatchTable& table, std::span<const PatchProbe> probes)
      : table_(table), probes_(probes) {}

  // Makes room for so many more.
  void MakeRoom(std::size_t more) {
    if (count_ + more <= waiting_.size()) return;
    const std::size_t size = std::max(count_ + more, 2 * waiting_.size());
    waiting_.resize(size);
    words_.resize(size);
    probe_words_.resize(size);
    distances_.resize(size);
  }

  // There must be room. `tag` comes back with the distance.
  void Add(std::uint32_t patch, std::uint16_t probe, std::uint32_t tag) {
    const TablePatch& entry = table_.patches_[patch];
    __builtin_prefetch(&entry);
    __builtin_prefetch(&entry.angle);  // it may lie across two lines
    waiting_[count_] = {patch, tag, probe};
    words_[count_] = &entry.word;
    probe_words_[count_] = &probes_[probe].patch.word;
    ++count_;
  }

  // Calls `take` with each that is within `most` bits: its number, probe, tag and distance.
  template <typename Take>
  void Flush(int most, const Take& take) {
    internal::DistancesOf(words_.data(), probe_words_.data(), count_, distances_.data());
    for (std::size_t i = 0; i < count_; ++i) {
      if (distances_[i] > most) continue;
      take(waiting_[i].patch, waiting_[i].probe, waiting_[i].tag, distances_[i]);
    }
    compared_ += count_;
    count_ = 0;
  }
  std::uint64_t compared() const { return compared_; }

 private:
  struct Waiting {
    std::uint32_t patch, tag;
    std::uint16_t probe;
  };

  const PatchTable& table_;
  std::span<const PatchProbe> probes_;
  std::size_t count_ = 0;  // that wait; the vectors have room for more
  std::vector<Waiting> waiting_;
  std::vector<const Word256*> words_, probe_words_;
  std::vector<std::uint16_t> distances_;
  std::uint64_t compared_ = 0;
};

struct PatchTable::Collected {
  std::vector<Hit> hits;
  // For each probe: holders by what skipped buckets look like, the most of its bands.
  std::vector<std::uint32_t> skipped_holders;
  std::uint64_t compared = 0;
};

void PatchTable::TakeHit(std::uint32_t patch, std::uint16_t probe_number, const PatchProbe& probe,
                         int distance, std::vector<Hit>& hits) const {
  const TablePatch& entry = patches_[patch];
  const int scale = int{probe.patch.log_scale} - int{entry.log_scale} + 4 * TablePatch::kScaleSteps;
  if (scale < 0 || scale >= 8 * TablePatch::kScaleSteps) return;
  const auto turn = static_cast<std::uint16_t>(probe.patch.angle - entry.angle);
  if ((turn & 1) != 0) return;  // of the other kind
  Hit hit;
  hit.patch = patch;
  hit.probe = probe_number;
  hit.distance = static_cast<std::uint8_t>(std::min(distance, 255));
  hit.group = probe.group;
  hit.scale_bin = static_cast<std::uint8_t>(scale / (TablePatch::kScaleSteps / 2));
  hit.angle_bin = static_cast<std::uint8_t>(turn >> 12);
  hits.push_back(hit);
}

void PatchTable::CollectFromBands(const Tables& tables, std::span<const PatchProbe> probes,
                                  const FindOptions& options, Collected& collected) const {
  internal::KeyForms forms;  // all the same, but for the moments of a rebuild
  for (std::size_t band = 0; band < kBands; ++band) forms[band] = tables.bands[band]->form;
  std::vector<BandKey> keys;
  struct Bucket {
    std::uint32_t start, size;
    BandKey from;
    std::uint32_t near;  // of a sample
  };
  std::vector<Bucket> buckets;
  Comparisons comparisons(*this, probes), samples(*this, probes);
  const auto limit = static_cast<std::uint32_t>(options.max_bucket);
  std::size_t next_probe = 0;
  while (next_probe < probes.size()) {
    keys.clear();
    buckets.clear();
    while (next_probe < probes.size() && keys.size() < kBlock) {
      internal::AppendKeys(probes[next_probe], static_cast<std::uint16_t>(next_probe),
                           options.max_probes, forms, keys);
      ++next_probe;
    }
    for (const BandKey& key : keys) __builtin_prefetch(&tables.bands[key.band]->starts[key.key]);
    for (const BandKey& key : keys) {
      const Band& band = *tables.bands[key.band];
      const std::uint32_t start = band.starts[key.key];
      const std::uint32_t size = band.starts[key.key + 1] - start;
      if (size == 0 || (size > limit && key.flipped)) continue;
      buckets.push_back({start, size, key, 0});
      if (size > limit) {
        for (std::uint32_t i = 0; i < kSample; ++i) {
          __builtin_prefetch(&band.entries[start + i * (size / kSample)]);
        }
      } else {
        for (std::uint32_t i = 0; i < size; i += 16) __builtin_prefetch(&band.entries[start + i]);
      }
    }
    for (std::uint32_t b = 0; b < buckets.size(); ++b) {
      const Bucket& bucket = buckets[b];
      const Band& band = *tables.bands[bucket.from.band];
      const bool full = bucket.size > limit;
      const std::uint32_t step = full ? bucket.size / kSample : 1;
      const std::uint32_t count = full ? kSample : bucket.size;
      Comparisons& wanted = full ? samples : comparisons;
      wanted.MakeRoom(count);
      for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t entry = band.entries[bucket.start + i * step];
        if (band.near[band.SketchIn(entry) ^ bucket.from.sketch] == 0) continue;
        wanted.Add(band.NumberOf(entry), bucket.from.probe, b);
      }
    }
    comparisons.Flush(options.max_distance,
                      [&](std::uint32_t patch, std::uint16_t probe, std::uint32_t, int distance) {
                        TakeHit(patch, probe, probes[probe], distance, collected.hits);
                      });
    samples.Flush(options.max_distance,
                  [&](std::uint32_t, std::uint16_t, std::uint32_t b, int) { ++buckets[b].near; });
    for (const Bucket& bucket : buckets) {
      std::uint32_t& holders = collected.skipped_holders[bucket.from.probe];
      holders = std::max(holders, bucket.size / kSample * bucket.near);
    }
  }
  collected.compared += comparisons.compared() + samples.compared();
}

void PatchTable::CollectFromTail(const Tail& tail, std::span<const PatchProbe> probes,
                                 const FindOptions& options, Collected& collected) const {
  internal::KeyForms forms;
  forms.fill({tail.bits, 0});
  std::vector<BandKey> keys;
  Comparisons comparisons(*this, probes);
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const auto number = static_cast<std::uint16_t>(i);
    keys.clear();
    internal::AppendKeys(probes[i], number, options.max_probes, forms, keys);
    for (const BandKey& key : keys) {
      const Tail::Chains& chain = tail.chains[key.band];
      std::uint32_t at = chain.heads[key.key].load(std::memory_order_acquire);
      // The newest entries of an overfull chain, rather than none: nothing here is sorted or
      // counted, and a chain is never long.
      for (int i_chain = 0; at != 0 && i_chain < options.max_bucket; ++i_chain) {
        comparisons.MakeRoom(1);
        comparisons.Add(static_cast<std::uint32_t>(tail.first) + at - 1, number, 0);
        at = chain.next[at - 1];
      }
    }
    comparisons.Flush(options.max_distance,
                      [&](std::uint32_t patch, std::uint16_t probe, std::uint32_t, int distance) {
                        TakeHit(patch, probe, probes[probe], distance, collected.hits);
                      });
  }
  collected.compared += comparisons.compared();
}

PatchTable::Found PatchTable::Find(std::span<const PatchProbe> probes,
                                   const FindOptions& options) const {
  CHECK(probes.size() <= 0xffff);
  Collected collected;
  collected.skipped_holders.resize(probes.size());
  const auto now = tables();
  CollectFromBands(*now, probes, options, collected);
  if (patches_.size() > now->tail->first) CollectFromTail(*now->tail, probes, options, collected);
  Found found;
  found.compared = collected.compared;
  found.holders = std::move(collected.skipped_holders);
  SortAndName(collected.hits);
  CountHolders(collected.hits, found.holders);
  if (options.max_candidates > 0) {
    found.candidates =
        Vote(collected.hits, found.holders, static_cast<std::size_t>(options.max_candidates));
  }
  return found;
}

}  // namespace jikimi::search
