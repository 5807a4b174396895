#ifndef JIKIMI_ACCESS_WORKLOAD_TABLES_H_
#define JIKIMI_ACCESS_WORKLOAD_TABLES_H_

#include <optional>
#include <vector>

#include "access/workload.h"
#include "base/result.h"
#include "store/database.h"

// Rows of exposure and case load; private to this room.
namespace jikimi::access {

Result<void> PutExposure(store::Transaction& transaction, vault::PersonId person,
                         const ExposureRow& row);

struct PersonExposure {
  vault::PersonId person;
  ExposureRow row;
};
// What touches the period, by person and beginning; of one person or all.
Result<std::vector<PersonExposure>> FindExposures(store::Transaction& transaction,
                                                  const std::optional<vault::PersonId>& person,
                                                  Timestamp from, Timestamp until);

Result<std::vector<CaseLoad>> CountCaseLoads(store::Transaction& transaction,
                                             const std::optional<vault::PersonId>& person,
                                             Timestamp from, Timestamp until);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_WORKLOAD_TABLES_H_
