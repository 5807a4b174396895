#ifndef JIKIMI_LOG_ENTRIES_H_
#define JIKIMI_LOG_ENTRIES_H_

#include <cstdint>
#include <span>

#include "base/result.h"
#include "log/entry.h"
#include "store/database.h"
#include "store/migration.h"
#include "vault/case_keyring.h"
#include "vault/server_keys.h"

// Writing entries, in the transactions of the acts that they tell of.
namespace jikimi::log {

// The tables of this room.
store::Schema LogSchema();

// Adds an entry to the log: it is there exactly when the transaction is, and a sequencer
// (sequencer.h) puts it into the tree soon after. Touches no row that others touch, so that writers
// don't wait for one another.
Result<void> Append(store::Transaction& transaction, const SealedEntry& entry);
// Seals and appends.
Result<void> Append(store::Transaction& transaction, const Entry& entry, const EntrySeals& seals);
// Several in few round trips, in this order.
Result<void> AppendAll(store::Transaction& transaction, std::span<const SealedEntry> entries);

// After a case's rotation: re-seals up to `limit` of its details that stand under former versions
// to `current`, and returns how many these were; 0: nothing is left, and DropFormer() may follow.
// `current` must be the pair of `keyring`, which opens the former ones. A detail that was changed
// is kCorrupt.
Result<std::int64_t> ResealDetails(store::Transaction& transaction,
                                   const vault::CaseKeyring& keyring,
                                   const vault::CaseKeyPair& current, int limit);

// After a rotation of the server's keys, likewise for the centre's entries.
Result<std::int64_t> ResealCentreDetails(store::Transaction& transaction,
                                         const vault::ServerKeys& server_keys, int limit);

// Destroys what the log knows of a case: its details, and the rows that lead to them. The leaves
// stay, marked as meant to have none, and an entry of the centre ("log.details_destroyed") says how
// many. Returns how many; a second call finds none and appends nothing.
Result<std::int64_t> DestroyDetails(store::Transaction& transaction, vault::CaseId case_id,
                                    const ActorRef& actor, Timestamp at,
                                    const vault::ServerKeys& server_keys);

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_ENTRIES_H_
