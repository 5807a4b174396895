#ifndef JIKIMI_CASEWORK_PARTY_TABLES_H_
#define JIKIMI_CASEWORK_PARTY_TABLES_H_

#include <vector>

#include "casework/party.h"
#include "store/database.h"

// Rows of persons of cases, without their sheets. Not for other rooms.
namespace jikimi::casework {

struct PartyRow {
  Party party;
  vault::CaseId of;
};
// A second survivor is kAlreadyExists.
Result<void> InsertParty(store::Transaction& transaction, const PartyRow& row);
Result<PartyRow> LoadParty(store::Transaction& transaction, PartyId id);
Result<void> SaveParty(store::Transaction& transaction, PartyRow& row);
Result<void> DeleteParty(store::Transaction& transaction, PartyId id);
Result<std::vector<PartyRow>> QueryParties(store::Transaction& transaction, vault::CaseId of);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_PARTY_TABLES_H_
