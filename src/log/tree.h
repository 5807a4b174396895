#ifndef JIKIMI_LOG_TREE_H_
#define JIKIMI_LOG_TREE_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "log/merkle.h"
#include "log/note_checkpoint.h"
#include "log/tiles.h"
#include "store/database.h"

namespace jikimi::log {

// The tree as it is stored, for those who serve it or check it: public, without any secret.
// Thread-safe; `database` must outlive it.
class Tree {
 public:
  explicit Tree(store::Database& database) : database_(database) {}

  // The last checkpoint, a signed note. kNotFound before the sequencer's first round.
  Result<std::string> Checkpoint() const;
  struct Signed {
    std::int64_t number = 0;  // 1, 2, 3 …
    std::uint64_t size = 0;
    Timestamp at;
    std::string note;
  };
  Result<Signed> LastCheckpoint() const;
  // The first checkpoint that covers an entry; kNotFound when none does.
  Result<Signed> CheckpointCovering(std::uint64_t number) const;

  // Whether this very note is among the checkpoints of this size.
  Result<bool> Has(std::uint64_t size, std::string_view note) const;

  // A tile of hashes or a bundle of entries, full or partial; kNotFound when the tree has not grown
  // that far. Full tiles never change.
  Result<std::vector<std::byte>> Tile(const TileId& tile) const;

  // kInvalidArgument when `size` is 0 or over the tree's.
  Result<std::vector<TreeHash>> Inclusion(std::uint64_t number, std::uint64_t size) const;
  Result<std::vector<TreeHash>> Consistency(std::uint64_t old_size, std::uint64_t new_size) const;

  // That entry `number` is in the tree of the last checkpoint: the file `.tlog-proof`. kNotFound
  // when it isn't in the tree yet.
  Result<TlogProof> Prove(std::uint64_t number) const;

  // Entries that are committed and have no number yet: the sequencer's lag.
  Result<std::int64_t> Pending() const;

  // Writes the whole log of the last checkpoint as static files, which any tlog client reads:
  // checkpoint, tile/…, the log's key as `key`, and the notes that led to it (succession.h) as
  // successions/1, 2 …. Goes on where an earlier export ended: full tiles that are there already
  // are left. The checkpoint comes last. Returns its size.
  Result<std::uint64_t> Export(const std::filesystem::path& folder, const NoteVerifier& log,
                               std::string_view successions = {}) const;

 private:
  store::Database& database_;
};

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_TREE_H_
