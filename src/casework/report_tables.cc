#include "casework/report_tables.h"

#include "casework/row_values.h"
#include "store/sql.h"

namespace jikimi::casework {
namespace {

constexpr std::string_view kSelect =
    "SELECT id, case_id, channel, reporter, state, received_at, revision FROM casework_report ";

Result<Report> ReadRow(const store::Row& row) {
  Report report;
  report.id = TRY(GetId<ReportId>(row, 0));
  report.of = TRY(GetId<vault::CaseId>(row, 1));
  report.channel = TRY(GetNamed(row, 2, ParseChannel));
  report.reporter = TRY(GetNamed(row, 3, ParseReporter));
  report.state = TRY(GetNamed(row, 4, ParseReportState));
  report.received_at = TRY(row.Get<Timestamp>(5));
  report.revision = TRY(row.Get<std::int64_t>(6));
  return report;
}

}  // namespace

Result<void> InsertReport(store::Transaction& transaction, const Report& report) {
  TRY(store::ExecuteLater(transaction,
                          "INSERT INTO casework_report (id, case_id, channel, reporter, state, "
                          "received_at, revision) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                          {IdBytes(report.id), IdBytes(report.of), ChannelName(report.channel),
                           ReporterName(report.reporter), ReportStateName(report.state),
                           report.received_at, report.revision}));
  return {};
}

Result<Report> LoadReport(store::Transaction& transaction, ReportId id) {
  const auto row =
      TRY(store::QueryOne(transaction, std::string(kSelect) + "WHERE id = $1", {IdBytes(id)}));
  if (!row) return Error{ErrorCode::kNotFound, "no such report"};
  return ReadRow(*row);
}

Result<void> SaveReport(store::Transaction& transaction, Report& report) {
  const std::int64_t changed =
      TRY(store::Execute(transaction,
                         "UPDATE casework_report SET state = $2, revision = revision + 1 "
                         "WHERE id = $1 AND revision = $3",
                         {IdBytes(report.id), ReportStateName(report.state), report.revision}));
  if (changed != 1) {
    return Error{ErrorCode::kStale, "somebody else changed the report: read it again"};
  }
  ++report.revision;
  return {};
}

Result<std::vector<Report>> QueryReports(store::Transaction& transaction, vault::CaseId of) {
  std::vector<Report> reports;
  for (const auto& row : TRY(store::Query(
           transaction, std::string(kSelect) + "WHERE case_id = $1 ORDER BY received_at, id",
           {IdBytes(of)}))) {
    reports.push_back(TRY(ReadRow(row)));
  }
  return reports;
}

Result<bool> HasUnconfirmedReportOnly(store::Transaction& transaction, vault::CaseId of) {
  bool any = false;
  for (const Report& report : TRY(QueryReports(transaction, of))) {
    if (report.state == ReportState::kConfirmed) return false;
    any = true;
  }
  return any;
}

Result<void> MoveRecords(store::Transaction& transaction, vault::CaseId from, vault::CaseId to) {
  for (const std::string_view table :
       {"casework_report", "casework_party", "casework_attempt", "casework_task", "casework_note",
        "casework_hold", "casework_imported"}) {
    TRY(store::Execute(transaction,
                       "UPDATE " + std::string(table) + " SET case_id = $2 WHERE case_id = $1",
                       {IdBytes(from), IdBytes(to)}));
  }
  // Both cases may have these: each is counted once, and what `to` has stays.
  TRY(store::Execute(transaction,
                     "UPDATE casework_service SET case_id = $2 WHERE case_id = $1 AND NOT EXISTS "
                     "(SELECT 1 FROM casework_service AS other WHERE other.case_id = $2 AND "
                     "other.service = casework_service.service AND "
                     "other.unique_key = casework_service.unique_key)",
                     {IdBytes(from), IdBytes(to)}));
  TRY(store::Execute(transaction, "UPDATE casework_token SET case_id = $2 WHERE case_id = $1",
                     {IdBytes(from), IdBytes(to)}));
  TRY(store::Execute(
      transaction,
      "UPDATE casework_incident_case SET case_id = $2 WHERE case_id = $1 AND NOT "
      "EXISTS (SELECT 1 FROM casework_incident_case AS other WHERE "
      "other.case_id = $2 AND other.incident_id = casework_incident_case.incident_id)",
      {IdBytes(from), IdBytes(to)}));
  for (const std::string_view table :
       {"casework_service", "casework_contact_plan", "casework_checklist"}) {
    TRY(store::Execute(transaction, "DELETE FROM " + std::string(table) + " WHERE case_id = $1",
                       {IdBytes(from)}));
  }
  return {};
}

}  // namespace jikimi::casework
