#ifndef JIKIMI_LOG_VERIFY_WALK_H_
#define JIKIMI_LOG_VERIFY_WALK_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "log/tree.h"
#include "log/verify.h"
#include "log/verify_tables.h"
#include "store/database.h"

// The tree's half of VerifyLog(); private to this room.
namespace jikimi::log {

// Collects what is wrong. Breaches of one kind side by side are one.
class Breaches {
 public:
  void Add(LogBreach::Kind kind, std::uint64_t first, std::uint64_t last, std::string text);
  // In the order of the log, the first kMaxBreaches; `count` gets how many there are.
  std::vector<LogBreach> Take(std::int64_t& count) &&;

 private:
  std::vector<LogBreach> breaches_;
  std::int64_t count_ = 0;
};

// What the tree of a size must be, because somebody outside of the database says so.
struct KnownRoot {
  std::uint64_t size = 0;
  TreeHash root;
  std::string which;  // "the kept checkpoint"
};

// Goes through the entries of a tree from first to last, recomputing it from what can be trusted
// most, so that one breach doesn't hide the next: where an entry and its tile disagree, the one
// that fits the tile above (or, at the right edge, the checkpoint) is taken.
class TreeWalk {
 public:
  // `keys`: the log's present key, then its former ones.
  TreeWalk(store::Database& database, std::span<const NoteVerifier> keys,
           std::span<const KnownRoot> known, Breaches& breaches)
      : database_(database), keys_(keys), known_(known), breaches_(breaches) {}

  Result<void> Run();

  std::uint64_t size() const { return end_; }
  std::int64_t checkpoints() const { return last_number_; }
  const std::optional<Checkpoint>& last() const { return last_; }

 private:
  using Hashes = std::vector<std::optional<TreeHash>>;  // none: gone
  struct Difference {
    std::uint64_t number;
    std::optional<TreeHash> leaf;
    std::optional<TreeHash> tile;
  };

  Result<void> ReadHead(store::Transaction& transaction);
  Result<void> CheckTileLengths(store::Transaction& transaction);
  Result<void> WalkPage(store::Transaction& transaction, std::uint64_t first);
  Result<void> WalkBlock(store::Transaction& transaction, std::uint64_t place,
                         const Hashes& leaves);
  Hashes Trusted(std::uint64_t place, const Hashes& leaves, const Hashes& tile,
                 const std::optional<TreeHash>& parent);
  bool Fits(std::span<const std::optional<TreeHash>> hashes,
            const std::optional<TreeHash>& parent) const;
  void Differs(std::uint64_t number, const std::optional<TreeHash>& leaf,
               const std::optional<TreeHash>& tile);
  void TileDiffers(const NodeId& node);
  void CheckDetails(const StoredLeaf& leaf);
  Result<std::optional<TreeHash>> StoredHash(store::Transaction& transaction, const NodeId& node);
  Result<void> CheckNodes(store::Transaction& transaction, std::span<const Node> completed);
  Result<void> CheckRoots(store::Transaction& transaction);
  Result<void> ReadCheckpoints(store::Transaction& transaction);
  void RootFits();
  void RootDiffers(std::uint64_t size, std::string which);
  void Finish();

  store::Database& database_;
  std::span<const NoteVerifier> keys_;  // shorter as former ones are passed
  std::span<const KnownRoot> known_;
  Breaches& breaches_;

  std::uint64_t end_ = 0;
  std::int64_t last_number_ = 0;    // of the checkpoints
  std::optional<Checkpoint> last_;  // when its signature fits

  TreeEdge edge_;
  bool lost_ = false;  // a hash that nothing gives: no root can be told any more
  std::deque<std::pair<std::int64_t, Checkpoint>> ahead_;  // checkpoints, by number
  std::int64_t read_number_ = 0;                           // up to which they have been read
  std::uint64_t read_size_ = 0;
  std::uint64_t good_size_ = 0;  // of the last root that fitted
  struct Divergence {
    std::uint64_t good_size;
    std::uint64_t bad_size;
    std::string which;
    std::int64_t number;  // of the checkpoint; 0: one known from elsewhere
  };
  std::optional<Divergence> diverged_;
  std::vector<NodeId> suspects_;  // stored hashes that the entries don't give
  std::vector<Difference> differences_;
  std::optional<NumberRange> missing_;
  std::map<int, std::pair<std::uint64_t, std::vector<std::byte>>> upper_tiles_;
};

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_VERIFY_WALK_H_
