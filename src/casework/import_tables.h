#ifndef JIKIMI_CASEWORK_IMPORT_TABLES_H_
#define JIKIMI_CASEWORK_IMPORT_TABLES_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "access/centre_keys.h"
#include "casework/import.h"
#include "casework/record_ids.h"
#include "store/database.h"

// Rows of the numbers that another system gave to cases. Not for other rooms.
namespace jikimi::casework {

// Of each, in order, what is known of a case with it.
Result<std::vector<Imported>> FindImported(store::Transaction& transaction,
                                           const access::CentreKeys& keys,
                                           std::span<const std::string> references);
// kAlreadyExists when there is one, now or at the commit.
Result<void> InsertImported(store::Transaction& transaction, const access::CentreKeys& keys,
                            vault::CaseId of, const std::string& reference);
// Gives up to `limit` of those that lack one the digest by which a destroyed case is recognised,
// after `after`; how far it came, none at the end. One that doesn't open is passed over.
Result<std::optional<ImportedId>> AddLastingDigests(store::Transaction& transaction,
                                                    const access::CentreKeys& keys,
                                                    const std::optional<ImportedId>& after,
                                                    int limit);

// Whether a case, or one that was joined to it, came from another system.
Result<bool> IsImported(store::Transaction& transaction, vault::CaseId of);

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
