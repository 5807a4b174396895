#ifndef JIKIMI_SEARCH_PATCH_TABLE_H_
#define JIKIMI_SEARCH_PATCH_TABLE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/word256.h"
#include "search/patch_table_storage.h"

namespace jikimi::search {

// A patch as the table keeps it, 40 bytes.
struct TablePatch {
  Word256 word;
  std::uint16_t x = 0, y = 0;   // place in the picture, in a unit of the caller's
  std::uint16_t log_scale = 0;  // log2 of the scale: kScaleSteps a doubling, bias of the caller's
  // 65,536 a turn; the lowest bit is the patch's kind: those of one kind are never near the
  // other's.
  std::uint16_t angle = 0;

  static constexpr int kScaleSteps = 2048;
};
static_assert(sizeof(TablePatch) == 40);

// One patch of a query. Where the query may be turned over, it has one probe a group: the groups
// (forms) vote apart.
struct PatchProbe {
  TablePatch patch;
  // For each bit of the word how sure it is, 0 the least; not owned. Null: not known.
  const std::array<std::uint8_t, Word256::kBits>* margins = nullptr;
  std::uint16_t index = 0;  // of the patch in the query; the same in each group
  std::uint8_t group = 0;   // 0 to kMaxGroups - 1
};

// A picture that holds patches like some of the query's, in like relation of scale and angle.
struct PatchCandidate {
  std::uint32_t picture = 0;
  std::uint8_t group = 0;
  std::uint16_t patches = 0;  // of the query, in the strongest relation of scale and angle
  float votes = 0;            // the same, each counted less the more pictures hold the like of it
};

// Patches of registered pictures, looked up by words that are near but not equal.
//
// A word is filed in kBands tables, each keyed by up to 24 bits of its own. A query's word is
// looked up by its keys and by those keys with their least sure bits flipped; what lies there is
// compared in full. So a neighbour is found with a probability that falls with its distance: a vote
// over many patches needs some of the neighbours fast, not all. Buckets over `max_bucket` hold the
// looks that everything shares: they are skipped, and only counted.
//
// Memory: 40 bytes a patch, 4 bytes a patch and band, 12 bytes a picture; tables of 4 bytes a key.
// Threads: one writer at a time; any number of readers meanwhile, which never wait for it.
class PatchTable {
 public:
  static constexpr int kBands = 5;
  static constexpr int kMaxGroups = 4;
  static constexpr int kMaxPatches = 4096;  // a picture
  static constexpr std::uint32_t kMaxPictures = 1u << 28;
  static constexpr std::uint64_t kMaxTotal = 0xfff00000;  // patches in all

  PatchTable();
  PatchTable(const PatchTable&) = delete;
  PatchTable& operator=(const PatchTable&) = delete;
  ~PatchTable();

  // Writer. Registers a picture's patches (at most kMaxPatches); found by the next Find(). Returns
  // its number: 0, 1, 2, …. Amortised about 2 µs a patch, now and then much longer (Rebuild).
  std::uint32_t Add(std::span<const TablePatch> patches);

  // Writer. As Add(), but found only from the next Rebuild() on: for reading in a whole gallery.
  std::uint32_t AddUnindexed(std::span<const TablePatch> patches);
  void Rebuild();

  // Writer. No longer found. Its patches stay in memory.
  void Withdraw(std::uint32_t picture);

  std::span<const TablePatch> patches(std::uint32_t picture) const;
  std::uint32_t pictures() const { return static_cast<std::uint32_t>(pictures_.size()); }
  bool HasRoomFor(std::uint64_t more_patches, std::uint64_t more_pictures) const;
  std::uint64_t patch_count() const { return patches_.size(); }
  std::uint64_t memory_bytes() const;

  struct FindOptions {
    int max_distance = 72;    // bits; farther neighbours don't vote
    int max_bucket = 256;     // entries; fuller ones are skipped
    int max_probes = 12;      // keys asked a word and band, 1 to 32
    int max_candidates = 64;  // 0: nothing but `holders` is wanted, which costs less
  };
  struct Found {
    std::vector<PatchCandidate> candidates;  // most votes first
    // For each probe: about how many pictures hold a patch within max_distance of its word.
    std::vector<std::uint32_t> holders;
    std::uint64_t compared = 0;  // words compared in full
  };

  // At most 65,535 probes.
  Found Find(std::span<const PatchProbe> probes, const FindOptions& options) const;

 private:
  struct Picture {
    std::uint32_t first = 0;
    std::uint16_t count = 0;
    std::uint16_t withdrawn = 0;  // accessed by std::atomic_ref
  };
  struct Band;
  struct Tail;
  struct Tables;
  struct Hit;
  struct Collected;
  class Comparisons;

  std::shared_ptr<const Tables> tables() const;
  void Publish(std::shared_ptr<const Tables> tables);
  std::shared_ptr<const Band> BuildBand(int band, std::uint64_t count, int bits) const;
  bool Withdrawn(std::uint32_t picture) const;
  void CollectFromBands(const Tables& tables, std::span<const PatchProbe> probes,
                        const FindOptions& options, Collected& collected) const;
  void CollectFromTail(const Tail& tail, std::span<const PatchProbe> probes,
                       const FindOptions& options, Collected& collected) const;
  void TakeHit(std::uint32_t patch, std::uint16_t probe_number, const PatchProbe& probe,
               int distance, std::vector<Hit>& hits) const;
  // In order of picture, patch, group and distance; without those that were withdrawn.
  void SortAndName(std::vector<Hit>& hits) const;
  static void CountHolders(const std::vector<Hit>& hits, std::vector<std::uint32_t>& holders);
  static std::vector<PatchCandidate> Vote(std::vector<Hit>& hits,
                                          const std::vector<std::uint32_t>& holders,
                                          std::size_t most);

  GrowingArray<TablePatch, 20, 4096> patches_;
  GrowingArray<Picture, 16, 4096> pictures_;
  mutable std::mutex tables_mutex_;  // held to copy or swap the pointer only
  std::shared_ptr<const Tables> tables_;
};

}  // namespace jikimi::search

#endif  // JIKIMI_SEARCH_PATCH_TABLE_H_
