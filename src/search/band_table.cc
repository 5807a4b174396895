#include "search/band_table.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/check.h"

namespace jikimi::search {
namespace {

// A bucket to look through: positions [begin, end) of a band's entries.
struct Probe {
  std::size_t offset;  // into the offsets
  std::uint32_t begin;
  std::uint32_t end;
  std::uint16_t sketch;  // the query's next band
  std::int16_t slack;    // how far a sketch may be from it
};
constexpr std::size_t kProbesAtOnce = 288;  // all 272 of radius 31 in one go

constexpr std::size_t kLineEntries = 32;  // sketches in a cache line
constexpr std::size_t kProbesAhead = 12;  // buckets on their way while one is looked through,
constexpr std::size_t kLinesAhead = 6;    // and of each so many lines
constexpr std::size_t kScannedAtOnce = 4096;

std::size_t Index(int band) { return static_cast<std::size_t>(band); }

// The probes of a query, one after the other.
class Probes {
 public:
  Probes(const Word256& query, Radius radius) : query_(query), quotas_(QuotasFor(radius)) {}

  // Fills `batch` from the front, and says how many; 0 when there are no more.
  std::size_t Next(std::span<Probe> batch) {
    std::size_t count = 0;
    while (band_ < kBands && count < batch.size()) {
      const int quota = quotas_[Index(band_)];
      const auto masks = MasksBelow(quota);
      const int next = (band_ + 1) % kBands;
      const int both = quota + quotas_[Index(next)] - 1;
      const std::uint16_t key = Band(query_, band_), sketch = Band(query_, next);
      const std::size_t first = Index(band_) * (kBuckets + 1);
      for (; mask_ < masks.size() && count < batch.size(); ++mask_) {
        const std::uint16_t mask = masks[mask_];
        while (mask_ >= MasksBelow(bits_ + 1).size()) ++bits_;
        batch[count++] = {first + (key ^ mask), 0, 0, sketch,
                          static_cast<std::int16_t>(both - bits_)};
      }
      if (mask_ == masks.size()) {
        ++band_;
        mask_ = 0;
        bits_ = 0;
      }
    }
    return count;
  }

 private:
  const Word256& query_;
  BandQuotas quotas_;
  int band_ = 0;
  std::size_t mask_ = 0;
  int bits_ = 0;  // in the mask
};

// The entries of a band are sorted by bucket in two steps, by the upper eight bits and then by the
// lower eight: 65,536 places to write to at a time are more than the caches keep.
constexpr std::size_t kParts = 256;
using PartStarts = std::array<std::array<std::uint32_t, kParts + 1>, kBands>;

struct Record {
  std::uint16_t key;
  std::uint16_t sketch;
  std::uint32_t position;
};

// For each band, where each of the parts begins and the last one ends.
PartStarts StartsOfParts(std::span<const Word256> words) {
  PartStarts starts = {};
  for (const Word256& word : words) {
    for (int band = 0; band < kBands; ++band) ++starts[Index(band)][(Band(word, band) >> 8) + 1];
  }
  for (auto& band : starts) {
    for (std::size_t part = 0; part < kParts; ++part) band[part + 1] += band[part];
  }
  return starts;
}

void SplitIntoParts(std::span<const Word256> words, int band,
                    std::array<std::uint32_t, kParts + 1> next, Record* records) {
  const int next_band = (band + 1) % kBands;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint16_t key = Band(words[i], band);
    records[next[key >> 8]++] = {key, Band(words[i], next_band), static_cast<std::uint32_t>(i)};
  }
}

// Puts the entries of a part, which begin at `begin` of their band, into its 256 buckets, and
// writes where those begin.
void SortPart(std::span<const Record> part, std::uint32_t begin, std::uint32_t* buckets,
              std::uint16_t* sketches, std::uint32_t* positions) {
  std::array<std::uint32_t, kParts> next = {};
  for (const Record& record : part) ++next[record.key & 255];
  for (std::size_t bucket = 0; bucket < kParts; ++bucket) {
    buckets[bucket] = begin;
    begin += std::exchange(next[bucket], begin);
  }
  for (const Record& record : part) {
    const std::uint32_t to = next[record.key & 255]++;
    sketches[to] = record.sketch;
    positions[to] = record.position;
  }
}

// That two random bands differ in exactly so many bits.
double ChanceOfBits(int bits) {
  double chance = 1 / static_cast<double>(kBuckets);
  for (int i = 0; i < bits; ++i) chance *= static_cast<double>(kBands - i) / (i + 1);
  return bits > kBands ? 0 : chance;
}

// Nanoseconds, on the safe side: a word by the linear kernel, a probe, a sketch, a candidate.
struct Cost {
  double word, probe, sketch, candidate;
};

std::size_t CrossoverOf(Radius radius, const Cost& cost) {
  // Real words crowd: they share buckets about twice as often as even ones.
  constexpr double kCrowding = 2;
  double probes = 0, sketches = 0, candidates = 0;  // the last two: of each word
  const BandQuotas quotas = QuotasFor(radius);
  for (int band = 0; band < kBands; ++band) {
    const int quota = quotas[Index(band)];
    const int both = quota + quotas[Index((band + 1) % kBands)];
    probes += static_cast<double>(MasksBelow(quota).size());
    for (int bits = 0; bits < quota; ++bits) {
      sketches += ChanceOfBits(bits);
      for (int next = 0; next < both - bits; ++next) {
        candidates += ChanceOfBits(bits) * ChanceOfBits(next);
      }
    }
  }
  const double gain =
      cost.word - kCrowding * (sketches * cost.sketch + candidates * cost.candidate);
  if (gain <= 0) return std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(probes * cost.probe / gain);
}

using CrossoverSizes = std::array<std::size_t, Radius::kMax + 1>;

CrossoverSizes CrossoversOf(const Cost& cost) {
  CrossoverSizes sizes;
  for (int bits = 0; bits <= Radius::kMax; ++bits) {
    sizes[static_cast<std::size_t>(bits)] = CrossoverOf(*Radius::Of(bits), cost);
  }
  return sizes;
}

}  // namespace

Result<BandTable> BandTable::Build(std::span<const Word256> words) {
  CHECK(words.size() < std::numeric_limits<std::uint32_t>::max());
  const std::size_t size = words.size();
  auto offsets = TRY(Column<std::uint32_t>::Make(kOffsets));
  auto sketches = TRY(Column<std::uint16_t>::Make(size * kBands));
  auto positions = TRY(Column<std::uint32_t>::Make(size * kBands));
  auto records = TRY(Column<Record>::Make(size));
  const PartStarts starts = StartsOfParts(words);
  for (int band = 0; band < kBands; ++band) {
    SplitIntoParts(words, band, starts[Index(band)], records.mutable_data());
    std::uint32_t* buckets = offsets.mutable_data() + Index(band) * (kBuckets + 1);
    std::uint16_t* band_sketches = sketches.mutable_data() + Index(band) * size;
    std::uint32_t* band_positions = positions.mutable_data() + Index(band) * size;
    for (std::size_t part = 0; part < kParts; ++part) {
      const std::uint32_t begin = starts[Index(band)][part], end = starts[Index(band)][part + 1];
      SortPart({records.data() + begin, records.data() + end}, begin, buckets + part * kParts,
               band_sketches, band_positions);
    }
    buckets[kBuckets] = static_cast<std::uint32_t>(size);
  }
  return BandTable(std::move(offsets), std::move(sketches), std::move(positions));
}

BandTable::BandTable(Column<std::uint32_t> offsets, Column<std::uint16_t> sketches,
                     Column<std::uint32_t> positions)
    : offsets_(std::move(offsets)),
      sketches_(std::move(sketches)),
      positions_(std::move(positions)) {
  CHECK(offsets_.size() == kOffsets && sketches_.size() == positions_.size() &&
        positions_.size() % kBands == 0);
}

bool BandTable::FindCandidates(const Word256& query, Radius radius, const Kernels& kernels,
                               std::vector<std::uint32_t>* candidates, bool* valid) const {
  std::array<Probe, kProbesAtOnce> batch;
  std::array<std::uint32_t, kScannedAtOnce> near;
  std::vector<std::size_t> entries;
  Probes probes(query, radius);
  *valid = true;
  while (const std::size_t count = probes.Next(batch)) {
    for (std::size_t i = 0; i < count; ++i) __builtin_prefetch(&offsets_.data()[batch[i].offset]);
    const auto look_up = [&](Probe& probe) {
      if (!offsets_.Touch(probe.offset, 2)) return false;
      probe.begin = offsets_.data()[probe.offset];
      probe.end = offsets_.data()[probe.offset + 1];
      // A file with true checksums may still have been written by somebody else.
      *valid = probe.begin <= probe.end && probe.end <= size();
      if (!*valid) return false;
      const std::size_t band_start = probe.offset / (kBuckets + 1) * size();
      const std::uint16_t* first = &sketches_.data()[band_start + probe.begin];
      const std::size_t lines =
          std::min<std::size_t>(probe.end - probe.begin, kLinesAhead * kLineEntries);
      for (std::size_t at = 0; at < lines; at += kLineEntries) __builtin_prefetch(first + at);
      return true;
    };
    for (std::size_t i = 0; i < std::min(count, kProbesAhead); ++i) {
      if (!look_up(batch[i])) return false;
    }
    entries.clear();
    for (std::size_t i = 0; i < count; ++i) {
      if (i + kProbesAhead < count && !look_up(batch[i + kProbesAhead])) return false;
      const Probe& probe = batch[i];
      const std::size_t band_start = probe.offset / (kBuckets + 1) * size();
      if (!sketches_.Touch(band_start + probe.begin, probe.end - probe.begin)) return false;
      for (std::size_t at = probe.begin; at < probe.end; at += kScannedAtOnce) {
        const std::size_t found = kernels.near_sketches(&sketches_.data()[band_start + at],
                                                        std::min(kScannedAtOnce, probe.end - at),
                                                        probe.sketch, probe.slack, near.data());
        for (std::size_t n = 0; n < found; ++n) {
          const std::size_t entry = band_start + at + near[n];
          __builtin_prefetch(&positions_.data()[entry]);
          entries.push_back(entry);
        }
      }
    }
    for (const std::size_t entry : entries) {
      if (!positions_.Touch(entry, 1)) return false;
      const std::uint32_t position = positions_.data()[entry];
      *valid = position < size();
      if (!*valid) return false;
      candidates->push_back(position);
    }
  }
  return true;
}

std::size_t CrossoverSize(Radius radius, const Kernels& kernels) {
  static const CrossoverSizes kScalar = CrossoversOf({8, 16, 1.5, 10});
  static const CrossoverSizes kAvx2 = CrossoversOf({1.13, 16, 0.2, 8});
  static const CrossoverSizes kAvx512 = CrossoversOf({0.41, 18, 0.08, 8});
  const CrossoverSizes& sizes = kernels.name == "avx512" ? kAvx512
                                : kernels.name == "avx2" ? kAvx2
                                                         : kScalar;
  return sizes[static_cast<std::size_t>(radius.bits())];
}

}  // namespace jikimi::search
