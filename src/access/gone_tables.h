#ifndef JIKIMI_ACCESS_GONE_TABLES_H_
#define JIKIMI_ACCESS_GONE_TABLES_H_

#include <array>
#include <cstddef>
#include <set>
#include <vector>

#include "access/journal.h"
#include "base/result.h"
#include "store/database.h"

// Rows of what the journal of destructions has, or is about to have.
namespace jikimi::access {

enum class Journaled { kNotYet, kYes };

Result<void> InsertGone(store::Transaction& transaction, const JournalEntry& entry,
                        Journaled journaled);
Result<std::vector<JournalEntry>> GoneWaiting(store::Transaction& transaction, int limit);
Result<void> MarkJournaled(store::Transaction& transaction, std::span<const JournalEntry> entries);
// Every entry that the database knows, journaled or about to be.
Result<std::vector<JournalEntry>> AllGone(store::Transaction& transaction);
Result<bool> KnowsGone(store::Transaction& transaction, const std::array<std::byte, 16>& id);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_GONE_TABLES_H_
