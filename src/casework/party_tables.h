#ifndef JIKIMI_CASEWORK_PARTY_TABLES_H_
#define JIKIMI_CASEWORK_PARTY_TABLES_H_

#include <optional>
#include <vector>

#include "access/case_keys.h"
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

// Whether a person of the opened case may exercise a right today: of party.cc, writes no entry.
Result<void> CheckRightIn(store::Transaction& transaction, const Desk& desk,
                          const access::OpenedCase& opened, PartyId id, Right right);
// The survivor's date of birth, when somebody has told it: of party.cc.
Result<std::optional<CivilDay>> BirthOfSurvivor(store::Transaction& transaction,
                                                const access::OpenedCase& opened);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_PARTY_TABLES_H_
