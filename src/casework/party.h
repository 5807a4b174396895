#ifndef JIKIMI_CASEWORK_PARTY_H_
#define JIKIMI_CASEWORK_PARTY_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "casework/desk.h"
#include "casework/record_ids.h"
#include "casework/sheet.h"
#include "store/database.h"

// The persons of a case: the survivor, guardians, proxies, friends, witnesses, suspects. Everything
// about one is sealed but the role, which papers were checked, and whether they are suspected.
namespace jikimi::casework {

struct NewParty {
  PartyRole role = PartyRole::kSurvivor;  // one survivor at most; other survivors have own cases
  bool suspected = false;  // of the deed: gets no notice and no access, whatever the role
  Sheet sheet;             // SheetKind::kSurvivor for the survivor, else kPerson
};
struct Party {
  PartyId id;
  PartyRole role = PartyRole::kSurvivor;
  bool suspected = false;
  std::set<std::string> papers;
  std::int64_t revision = 1;
  std::optional<Timestamp> code_issued_at;  // of a code of their own (representative.h)
  Sheet sheet;
};

// Permission::kCaseEdit. Names and telephone numbers get their search tokens. A survivor's date of
// birth sets the case's minor state.
Result<PartyId> AddParty(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                         const NewParty& party);
// Who becomes suspected, or is taken off, loses their code in the same transaction.
Result<std::int64_t> SetParty(store::Transaction& transaction, const Desk& desk, PartyId id,
                              std::int64_t revision, const NewParty& party);
Result<void> RemoveParty(store::Transaction& transaction, const Desk& desk, PartyId id,
                         std::int64_t revision);
// A paper of data/papers.toml was seen and is in order.
Result<std::int64_t> CheckPaper(store::Transaction& transaction, const Desk& desk, PartyId id,
                                std::int64_t revision, const std::string& paper);
// The logged act. Permission::kCaseOpen.
Result<std::vector<Party>> ReadParties(store::Transaction& transaction, const Desk& desk,
                                       vault::CaseId of);
// Whether a person of a case may exercise a right today, by age, role, papers and suspicion:
// kPermissionDenied says why not.
Result<void> CheckRight(store::Transaction& transaction, const Desk& desk, PartyId id, Right right);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_PARTY_H_
