#ifndef JIKIMI_ACCESS_AGENCY_TABLES_H_
#define JIKIMI_ACCESS_AGENCY_TABLES_H_

#include <optional>
#include <string_view>
#include <vector>

#include "access/agencies.h"
#include "base/result.h"
#include "store/database.h"

// Rows of the directory: one for each time in which something is true of an agency.
namespace jikimi::access {

enum class AgencyOrigin { kShipped, kCentre };

Result<void> InsertAgency(store::Transaction& transaction, const Agency& agency,
                          AgencyOrigin origin, Timestamp now);
Result<std::optional<Agency>> AgencyOn(store::Transaction& transaction, std::string_view code,
                                       std::chrono::sys_days day);
Result<std::vector<Agency>> AgenciesOn(store::Transaction& transaction,
                                       std::optional<std::string_view> kind,
                                       std::chrono::sys_days day);
// The row that begins on that day (empty: without beginning).
Result<bool> HasAgencyRow(store::Transaction& transaction, std::string_view code,
                          std::optional<std::chrono::sys_days> from);
Result<bool> IsEditedByCentre(store::Transaction& transaction, std::string_view code);
// Makes the rows of a code free from a day on: those that begin then or later go, the one that is
// true on it ends there.
Result<void> CutAgencyFrom(store::Transaction& transaction, std::string_view code,
                           std::optional<std::chrono::sys_days> from);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_AGENCY_TABLES_H_
