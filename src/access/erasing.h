#ifndef JIKIMI_ACCESS_ERASING_H_
#define JIKIMI_ACCESS_ERASING_H_

#include <filesystem>
#include <span>
#include <vector>

#include "access/destructions.h"
#include "log/entry.h"

// What destroying and replaying have in common; private to this room.
namespace jikimi::access {

// Deletes the rows of a case: keys, grants, consents, the log's details, what the erasers have.
// Nothing left is no error.
Result<void> EraseCase(store::Transaction& transaction, const CentreKeys& keys,
                       const log::ActorRef& actor, vault::CaseId id,
                       std::span<const CaseEraser> erasers, Timestamp now);
Result<void> EraseItem(store::Transaction& transaction, vault::CaseId id, vault::ItemId item,
                       std::span<const CaseEraser> erasers);

// The journal in the keys folder, then its copies.
std::vector<std::filesystem::path> JournalPaths(const CentreKeysOptions& options);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_ERASING_H_
