#include "casework/import.h"

#include <optional>
#include <utility>

#include "casework/import_tables.h"

namespace jikimi::casework {

Result<std::vector<Imported>> AreImported(store::Transaction& transaction, const Desk& desk,
                                          std::span<const std::string> references) {
  return FindImported(transaction, desk.keys, references);
}

Result<void> CompleteImported(store::Database& database, const access::CentreKeys& keys) {
  constexpr int kAtOnce = 200;
  std::optional<ImportedId> after;
  do {
    after = TRY(database.Write([&](store::Transaction& transaction) {
      return AddLastingDigests(transaction, keys, after, kAtOnce);
    }));
  } while (after);
  return {};
}

Result<PreparedCases> PrepareCases(const Desk& desk, std::vector<OldCase> cases,
                                   const access::IntakeSeals& seals) {
  PreparedCases prepared;
  prepared.cases = std::move(cases);  // before: reports refer to them
  for (const OldCase& old_case : prepared.cases) {
    prepared.reports.push_back(TRY(PrepareReport(desk, old_case.report, seals)));
  }
  return prepared;
}

Result<std::int64_t> StoreCases(store::Transaction& transaction, const Desk& desk,
                                const PreparedCases& prepared) {
  std::vector<std::string> references;
  for (const OldCase& old_case : prepared.cases) references.push_back(old_case.reference);
  const auto here = TRY(FindImported(transaction, desk.keys, references));
  std::int64_t stored = 0;
  for (std::size_t i = 0; i < prepared.cases.size(); ++i) {
    if (here[i] != Imported::kNot) continue;
    TRY(StoreReport(transaction, desk, prepared.reports[i]));
    TRY(InsertImported(transaction, desk.keys, prepared.reports[i].taken().of, references[i]));
    ++stored;
  }
  return stored;
}

Result<std::int64_t> IndexImported(store::Transaction& transaction, const Desk& desk, int limit) {
  const auto* staff = TRY(access::RequireStaff(desk.who));
  if (limit < 1 || limit > 200) {
    return Error{ErrorCode::kInvalidArgument, "1 to 200 cases are indexed at a time"};
  }
  if (!staff->team) {
    return Error{ErrorCode::kPermissionDenied, "you are in no team, whose index it could be"};
  }
  TRY(access::Require(transaction, desk.who, access::Permission::kReportTriage,
                      {.team = staff->team}));
  for (const UnindexedImport& unindexed : TRY(QueryUnindexed(transaction, *staff->team, limit))) {
    TRY(IndexReports(transaction, desk, unindexed.of));
    TRY(MarkIndexed(transaction, unindexed.id));
  }
  return CountUnindexed(transaction, *staff->team);
}

}  // namespace jikimi::casework
