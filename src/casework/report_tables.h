#ifndef JIKIMI_CASEWORK_REPORT_TABLES_H_
#define JIKIMI_CASEWORK_REPORT_TABLES_H_

#include <cstdint>
#include <vector>

#include "casework/report.h"
#include "store/database.h"

// Rows of reports. Not for other rooms.
namespace jikimi::casework {

Result<void> InsertReport(store::Transaction& transaction, const Report& report);
Result<Report> LoadReport(store::Transaction& transaction, ReportId id);  // without its sheet
// Writes the state; kStale when somebody else was faster.
Result<void> SaveReport(store::Transaction& transaction, Report& report);
Result<std::vector<Report>> QueryReports(store::Transaction& transaction, vault::CaseId of);
// Whether the case has reports, and none of them is confirmed.
Result<bool> HasUnconfirmedReportOnly(store::Transaction& transaction, vault::CaseId of);
// Reports, persons, notes, tasks, services and all else of one case, apart from items, go to
// another one.
Result<void> MoveRecords(store::Transaction& transaction, vault::CaseId from, vault::CaseId to);

// An item of a case that is there, with what was told of it and its marks: of item.cc.
Result<void> StoreItem(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                       const vault::ItemKey& key, const NewItem& item);
// Refuses every item of a case that isn't confirmed: of item.cc.
Result<void> RefuseItemsOf(store::Transaction& transaction, const Desk& desk, vault::CaseId of);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_REPORT_TABLES_H_
