#ifndef JIKIMI_SEARCH_PATCH_TABLE_PARTS_H_
#define JIKIMI_SEARCH_PATCH_TABLE_PARTS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "search/patch_table.h"

// What PatchTable is made of, for its own sources and their test.
namespace jikimi::search {
namespace internal {

inline constexpr int kMinKeyBits = 10;
inline constexpr int kMaxKeyBits = 24;

// Where in the word each band's key lies: as far apart as they get, and one in each limb, since a
// word's limbs are the least alike.
struct KeyPlace {
  std::size_t limb;
  int shift;
};
inline constexpr std::array<KeyPlace, PatchTable::kBands> kKeyPlaces = {
    {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {0, 32}}};

inline std::uint32_t KeyOf(const Word256& word, int band, int bits) {
  const KeyPlace place = kKeyPlaces[static_cast<std::size_t>(band)];
  return static_cast<std::uint32_t>(word.limbs()[place.limb] >> place.shift) & ((1u << bits) - 1);
}

// What an entry of a bucket says of its word, so that most of those that are not near are left out
// without a look at them: bit 0 the patch's kind, the others bits of the word from kSketchPlaces
// on, which are in no key of the band.
inline constexpr int kMaxSketchBits = 10;
inline constexpr std::array<KeyPlace, PatchTable::kBands> kSketchPlaces = {
    {{2, 54}, {3, 54}, {0, 54}, {1, 54}, {2, 44}}};

inline std::uint32_t SketchOf(const TablePatch& patch, int band, int bits) {
  if (bits <= 0) return 0;
  const KeyPlace place = kSketchPlaces[static_cast<std::size_t>(band)];
  const auto of_word = static_cast<std::uint32_t>(patch.word.limbs()[place.limb] >> place.shift);
  return (of_word << 1 | (patch.angle & 1u)) & ((1u << bits) - 1);
}

// Which differences of two sketches of so many bits, one a number, are worth a look at the words:
// those of one kind with bits that differ in hardly more than the words of one patch do.
std::vector<std::uint8_t> SketchesNear(int bits);

// The subsets of the least sure bits (bit 0 of the mask: the least sure) with which a key is asked
// flipped, about the likeliest first.
inline constexpr int kFlipBits = 5;
inline constexpr std::array<std::uint8_t, 32> kFlips = {0,  1,  2,  4,  3,  8,  5,  16, 9,  6,  10,
                                                        7,  17, 12, 11, 18, 13, 20, 19, 14, 21, 24,
                                                        22, 15, 25, 23, 26, 28, 27, 29, 30, 31};

// One key of a probe, to be looked up in a band.
struct BandKey {
  std::uint32_t key = 0, sketch = 0;
  std::uint16_t probe = 0;
  std::uint8_t band = 0;
  bool flipped = false;
};

// Appends the first `keys_a_band` (1 to 32) keys of each band, which has that many bits.
struct KeyForm {
  int bits = kMinKeyBits;
  int sketch_bits = 0;
};
using KeyForms = std::array<KeyForm, PatchTable::kBands>;
void AppendKeys(const PatchProbe& probe, std::uint16_t number, int keys_a_band,
                const KeyForms& forms, std::vector<BandKey>& keys);

// Distances of pairs of words that lie anywhere, for every instruction set the same.
void DistancesOf(const Word256* const* words, const Word256* const* others, std::size_t count,
                 std::uint16_t* distances);

}  // namespace internal

// One band over the patches 0 to covered - 1: bucket k is entries[starts[k]] to
// entries[starts[k + 1]] (exclusive). An entry is a patch's number and, in the bits that numbers
// below `covered` leave free, its sketch.
struct PatchTable::Band {
  internal::KeyForm form;
  int number_bits = 32;
  std::uint64_t covered = 0;
  std::vector<std::uint8_t> near;  // SketchesNear()
  MappedArray<std::uint32_t> starts;
  MappedArray<std::uint32_t> entries;

  std::uint32_t NumberOf(std::uint32_t entry) const {
    return number_bits >= 32 ? entry : entry & ((1u << number_bits) - 1);
  }
  std::uint32_t SketchIn(std::uint32_t entry) const {
    return number_bits >= 32 ? 0 : entry >> number_bits;
  }
};

// What was added since the bands were built, as chains: heads[k] is the newest patch of key k, and
// next[patch - first] the one before it. Patches are numbered from 1 here, so that 0 is none.
struct PatchTable::Tail {
  std::uint64_t first = 0, capacity = 0;
  int bits = internal::kMinKeyBits;
  struct Chains {
    MappedArray<std::atomic<std::uint32_t>> heads;
    MappedArray<std::uint32_t> next;
  };
  std::array<Chains, kBands> chains;

  Tail(std::uint64_t first_patch, std::uint64_t size);
};

struct PatchTable::Tables {
  std::array<std::shared_ptr<const Band>, kBands> bands;
  std::shared_ptr<Tail> tail;
};

// A registered patch near a probe.
struct PatchTable::Hit {
  std::uint32_t patch = 0;
  std::uint32_t picture = 0;
  std::uint16_t probe = 0;
  std::uint8_t distance = 0;
  std::uint8_t group = 0;
  std::uint8_t scale_bin = 0, angle_bin = 0;
};

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_PATCH_TABLE_PARTS_H_
