#ifndef JIKIMI_CASEWORK_INCIDENT_TABLES_H_
#define JIKIMI_CASEWORK_INCIDENT_TABLES_H_

#include <cstdint>
#include <vector>

#include "casework/incident.h"
#include "store/database.h"

// Rows of links and incidents. Not for other rooms.
namespace jikimi::casework {

Result<void> LinkRows(store::Transaction& transaction, vault::CaseId one, vault::CaseId other);
Result<void> UnlinkRows(store::Transaction& transaction, vault::CaseId one, vault::CaseId other);
Result<std::vector<vault::CaseId>> QueryLinks(store::Transaction& transaction, vault::CaseId of);

Result<void> InsertIncident(store::Transaction& transaction, IncidentId id, Timestamp at,
                            std::uint32_t key_version, const std::vector<std::byte>& sealed);
Result<std::vector<std::byte>> LoadIncident(store::Transaction& transaction, IncidentId id);
Result<void> InsertIncidentCase(store::Transaction& transaction, IncidentId id, vault::CaseId of);
Result<void> DeleteIncidentCase(store::Transaction& transaction, IncidentId id, vault::CaseId of);
Result<std::vector<vault::CaseId>> QueryIncidentCases(store::Transaction& transaction,
                                                      IncidentId id);
Result<std::vector<IncidentId>> QueryIncidents(store::Transaction& transaction, vault::CaseId of);

// Deletes the duplicate's survivor among the persons when both cases have one, with her fields and
// tokens: the other case's is the one that stays.
Result<void> DropSecondSurvivor(store::Transaction& transaction, vault::CaseId duplicate,
                                vault::CaseId into);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_INCIDENT_TABLES_H_
