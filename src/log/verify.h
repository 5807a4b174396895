#ifndef JIKIMI_LOG_VERIFY_H_
#define JIKIMI_LOG_VERIFY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/note_checkpoint.h"
#include "log/succession.h"
#include "store/database.h"
#include "vault/server_keys.h"

namespace jikimi::log {

// What somebody did to a stored log.
struct LogBreach {
  enum class Kind {
    kEntryChanged,       // its digest
    kEntryRemoved,       // a number without an entry
    kEntryAdded,         // a number behind the last checkpoint
    kEntryReordered,     // the entry of another number stands here
    kCutOff,             // the newest entries are gone
    kRewritten,          // entries and tiles, alike: they fit, and not the checkpoint
    kTileChanged,        // a stored hash, or a tile that is gone
    kCheckpointChanged,  // its text, size or signature
    kCheckpointRemoved,
    kDetailRemoved,  // an entry's detail, without its case having been destroyed
    kDetailChanged,
    kPinChanged,  // the row of a pinned key, against its entry
  };
  Kind kind;
  // The entries (of kCheckpoint…: the checkpoints) meant, `last` included. Exact except for
  // kRewritten: somewhere between the last checkpoint that fits and the first that doesn't.
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::string text;  // "entry 17: …"
};
std::string_view BreachName(LogBreach::Kind kind);  // "entry_changed"

// The kept checkpoint is of a former key, and of more entries than the log went back to when a
// backup was restored: not a sign of forgery, and no proof that there was none. Whether the first
// `size` of its entries are those of the log it can't tell; a smaller one can.
struct WentBack {
  std::uint64_t size = 0;  // of the tree that the log went on from
  Timestamp at;
  std::uint64_t lost = 0;  // entries of the kept checkpoint that are not there any more
};

struct LogVerdict {
  std::uint64_t size = 0;  // entries in the tree
  std::int64_t checkpoints = 0;
  std::int64_t pending = 0;             // committed, not in the tree yet
  std::int64_t opened = 0;              // details that were opened and compared
  std::vector<LogBreach> breaches;      // the first kMaxBreaches, in the order of the log
  std::int64_t breach_count = 0;        // all of them
  std::optional<Checkpoint> last = {};  // to be kept elsewhere, when nothing is wrong
  std::optional<WentBack> went_back = {};

  bool intact() const { return breach_count == 0; }
};
inline constexpr std::size_t kMaxBreaches = 1000;

struct VerifyOptions {
  // A checkpoint that was kept out of the centre's reach. Without one a log that was cut off whole,
  // checkpoints included, can't be told from a younger one.
  std::optional<Checkpoint> kept = {};
  // Keys that the log was signed with before, the latest first. None counts any more behind a
  // checkpoint of a later one.
  std::vector<NoteVerifier> former = {};
  // How it came from each to the next, the earliest first. The trees that they name must be there;
  // and a kept checkpoint of more entries than the log went back to is no breach, but `went_back`.
  std::vector<Succession> successions = {};
  // With these the centre's entries are opened as well, and it is checked that no more details are
  // gone than were destroyed on purpose. Details of cases are checked by who can open them
  // (reader.h).
  const vault::ServerKeys* server_keys = nullptr;
  // With the audit key, what staff did in all cases as well.
  const vault::AuditKeyPair* audit = nullptr;
};

// Recomputes the whole log: every entry against its tile, every tile against the one above, the
// root against every checkpoint, every checkpoint's signature. Others may go on appending. Reads
// in pieces: memory stays under about 64 MB however long the log is. An error is a database that
// can't be read; what is wrong with the log stands in the verdict.
Result<LogVerdict> VerifyLog(store::Database& database, const NoteVerifier& log,
                             const VerifyOptions& options = {});

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_VERIFY_H_
