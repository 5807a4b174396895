#ifndef JIKIMI_CASEWORK_IMPORT_TABLES_H_
#define JIKIMI_CASEWORK_IMPORT_TABLES_H_

#include <span>
#include <string>
#include <vector>

#include "access/centre_keys.h"
#include "casework/record_ids.h"
#include "store/database.h"

// Rows of the numbers that another system gave to cases. Not for other rooms.
namespace jikimi::casework {

// Of each, in order, whether a case with it is here.
Result<std::vector<bool>> FindImported(store::Transaction& transaction,
                                       const vault::ServerKeys& keys,
                                       std::span<const std::string> references);
// kAlreadyExists when there is one, now or at the commit.
Result<void> InsertImported(store::Transaction& transaction, const vault::ServerKeys& keys,
                            vault::CaseId of, const std::string& reference);

// Cases of a team, taken by nobody, whose names are not in the index yet, by the order of their
// random numbers; one that several numbers lead to comes for each.
struct UnindexedImport {
  ImportedId id;
  vault::CaseId of;
};
Result<std::vector<UnindexedImport>> QueryUnindexed(store::Transaction& transaction,
                                                    vault::TeamId team, int limit);
Result<void> MarkIndexed(store::Transaction& transaction, ImportedId id);
Result<std::int64_t> CountUnindexed(store::Transaction& transaction, vault::TeamId team);

access::ServerField ServerFieldOfImported();

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_IMPORT_TABLES_H_
