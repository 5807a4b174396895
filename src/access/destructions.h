#ifndef JIKIMI_ACCESS_DESTRUCTIONS_H_
#define JIKIMI_ACCESS_DESTRUCTIONS_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "access/actor.h"
#include "access/centre_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/receipt.h"

// What must stay gone. Destroying deletes keys and rows; and so that a restored backup brings
// nothing back, each destruction, revocation, ended consent and departure is also written to a
// journal outside the database, which restore replays before anything can be opened.
//
// The journal is the file destructions.journal in the keys folder and its copies. An entry is put
// into access_destruction in the act's own transaction; after the commit FlushJournal() appends it
// to the file and syncs. What was killed in between is flushed at the next start, so that the file
// has exactly what was committed.
namespace jikimi::access {

enum class GoneKind {
  kCase,     // destroyed
  kItem,     // destroyed; of: its case
  kGrant,    // a person's access to a case was taken away, or a guardian's or proxy's
  kConsent,  // ended by word, not by its date; of: its case
  kPerson,   // left the centre
  kMember,   // left a team
};
struct Gone {
  GoneKind kind = GoneKind::kCase;
  std::array<std::byte, 16> subject = {};  // the case, item, consent, person
  std::array<std::byte, 16> of = {};       // the case or team that it belonged to; or zeros
  Timestamp at;
};
// For the rooms that end something: in the transaction that ends it.
Result<void> RecordGone(store::Transaction& transaction, const Gone& gone);

// What a room has of a case or an item besides keys: rows, fingerprints, index tokens. They are
// deleted in the transaction that destroys, and again by a restore.
struct CaseEraser {
  std::string_view name;
  std::function<Result<void>(store::Transaction&, vault::CaseId)> erase_case;
  std::function<Result<void>(store::Transaction&, vault::CaseId, vault::ItemId)> erase_item;
};

// Destroys the keys and all rows. Needs the permission to destroy (the survivor for her own case,
// else as roles say); whether she may still take it back, or a legal hold forbids it, the caller
// has seen to. Returns how many keys were destroyed, for the receipt. The log entry names nothing.
Result<std::uint32_t> DestroyCase(store::Transaction& transaction, const CentreKeys& keys,
                                  const Actor& who, vault::CaseId id,
                                  std::span<const CaseEraser> erasers, Timestamp now);
Result<std::uint32_t> DestroyItem(store::Transaction& transaction, const CentreKeys& keys,
                                  const Actor& who, vault::CaseId id, vault::ItemId item,
                                  std::span<const CaseEraser> erasers, Timestamp now);

// Appends what was committed to the journal and its copies. After each act that ends something and
// at the start; kUnavailable when a file can't be written (the entries wait).
Result<std::int64_t> FlushJournal(store::Database& database, const CentreKeys& keys);

// The signed receipt of a destruction that was committed. `subject` is her code in plain form, if
// she wants to be able to show that it is about her; otherwise random bytes of nobody. Flushes the
// journal first: no receipt without it. kUnavailable while an epoch rotation is due or under way,
// since the day on which the last copy dies is not known then.
Result<std::string> ReceiptOf(store::Database& database, const CentreKeys& keys,
                              std::string_view centre, vault::DestroyedRecord what,
                              std::uint32_t destroyed_keys, std::span<const std::byte> subject,
                              Timestamp destroyed_at, Timestamp now);
// The same of a subject that isn't at hand any more.
struct ReceiptSubject {
  std::array<std::byte, 16> salt = {};
  std::array<std::byte, 32> digest = {};  // vault::DestructionReceipt::SubjectDigest()
};
Result<std::string> ReceiptOf(store::Database& database, const CentreKeys& keys,
                              std::string_view centre, vault::DestroyedRecord what,
                              std::uint32_t destroyed_keys, const ReceiptSubject& subject,
                              Timestamp destroyed_at, Timestamp now);

// Whether the database knows all that the journal knows. kUnavailable, naming `jikimi restore`,
// when it doesn't: it is an old copy that must not be served. At every start, before anything else.
Result<void> CheckReplayed(store::Database& database, const CentreKeys& keys);

// What others must do again for a restored backup: a person's locks, sessions and codes die.
using PersonEraser = std::function<Result<void>(store::Transaction&, vault::PersonId)>;

struct ReplayReport {
  std::int64_t cases = 0;
  std::int64_t items = 0;
  std::int64_t grants = 0;
  std::int64_t consents = 0;
  std::int64_t persons = 0;
  std::int64_t members = 0;  // of teams: RotateTeam() should follow (team_keys.h)
};
// What a restore asks first: whether all fields under the server keys open. The database may have
// been written under a version that was retired since; then all `fields`, and the centre's entries
// in the log, are sealed anew under the current one, in batches, and one that can't be is
// kPermissionDenied, with the versions and the field: a backup from before that rotation is dead.
// Seals the keys that there are now to the escrow, too, whose copy in the database is as old as it.
Result<void> CheckServerFields(store::Database& database, const CentreKeys& keys,
                               std::span<const ServerField> fields);

// Does everything of the journal that the database doesn't know, in transactions that can be killed
// and called again. A damaged journal is kCorrupt with the line, and nothing is done: compare it
// with its copies. Cases whose grants ended are marked to be rotated by who opens them next.
Result<ReplayReport> ReplayOnRestore(store::Database& database, const CentreKeys& keys,
                                     std::span<const CaseEraser> erasers,
                                     const PersonEraser& erase_person, Timestamp now);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_DESTRUCTIONS_H_
