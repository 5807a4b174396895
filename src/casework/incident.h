#ifndef JIKIMI_CASEWORK_INCIDENT_H_
#define JIKIMI_CASEWORK_INCIDENT_H_

#include <string>
#include <vector>

#include "casework/desk.h"
#include "casework/record_ids.h"
#include "store/database.h"

// Cases that belong together: linked ones (the same suspect, the same material), and the cases of
// one incident, such as a room under a school's name with many survivors. None of the survivors
// sees that there are others; staff see only the cases that they are allowed to list.
namespace jikimi::casework {

// Permission::kCaseMerge for both. Once more is nothing new; a case with itself is
// kInvalidArgument.
Result<void> LinkCases(store::Transaction& transaction, const Desk& desk, vault::CaseId one,
                       vault::CaseId other);
Result<void> UnlinkCases(store::Transaction& transaction, const Desk& desk, vault::CaseId one,
                         vault::CaseId other);
Result<std::vector<vault::CaseId>> LinkedCases(store::Transaction& transaction, const Desk& desk,
                                               vault::CaseId of);

// What the incident is (name of the room, address) is sealed under the server's keys: it is no one
// case's.
Result<IncidentId> OpenIncident(store::Transaction& transaction, const Desk& desk,
                                const std::string& title);
Result<std::string> IncidentTitle(store::Transaction& transaction, const Desk& desk, IncidentId id);
Result<void> AddToIncident(store::Transaction& transaction, const Desk& desk, IncidentId incident,
                           vault::CaseId of);
Result<void> RemoveFromIncident(store::Transaction& transaction, const Desk& desk,
                                IncidentId incident, vault::CaseId of);
Result<std::vector<vault::CaseId>> CasesOfIncident(store::Transaction& transaction,
                                                   const Desk& desk, IncidentId incident);
Result<std::vector<IncidentId>> IncidentsOf(store::Transaction& transaction, const Desk& desk,
                                            vault::CaseId of);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_INCIDENT_H_
