#include "casework/assignment.h"

#include "access/case_keys.h"
#include "casework/acts.h"
#include "casework/case_tables.h"

namespace jikimi::casework {
namespace {

using access::Permission;

// Nothing new when the person can open the case already.
Result<void> GrantOnce(store::Transaction& transaction, const Desk& desk,
                       access::OpenedCase& opened, vault::PersonId person) {
  if (TRY(access::IsGranted(transaction, opened.id(), person))) return {};
  return access::Grant(transaction, desk.keys, desk.who, opened, person, desk.now);
}

}  // namespace

Result<void> TakeCase(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                      vault::PersonId assigned, vault::PersonId second) {
  if (assigned == second) {
    return Error{ErrorCode::kInvalidArgument, "a case has two persons: the second must be another"};
  }
  CaseFile file = TRY(OpenCaseFile(transaction, desk, of, Permission::kCaseAssign));
  TRY(RequireWorkable(file.record));
  TRY(GrantOnce(transaction, desk, file.opened, assigned));
  TRY(GrantOnce(transaction, desk, file.opened, second));
  if (file.opened.keyring().at_intake()) {
    TRY(access::ReleaseTeam(transaction, desk.keys, desk.who, file.opened, desk.now));
  }
  file.record.assigned = assigned;
  TRY(SaveCase(transaction, file.record));
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "case.assigned"));
  TRY(TellEvent(transaction, desk, "case.assigned",
                {{"case", IdText(of)}, {"person", IdText(assigned)}}));
  desk.LeaveDue(std::move(file.opened));
  return {};
}

Result<void> HandOver(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                      vault::PersonId to, Former former) {
  CaseFile file = TRY(OpenCaseFile(transaction, desk, of, Permission::kCaseAssign));
  const auto before = file.record.assigned;
  TRY(GrantOnce(transaction, desk, file.opened, to));
  file.record.assigned = to;
  TRY(SaveCase(transaction, file.record));
  if (former == Former::kLosesAccess && before && *before != to) {
    TRY(access::Revoke(transaction, desk.keys, desk.who, file.opened, *before, desk.now));
  }
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "case.assigned"));
  TRY(TellEvent(transaction, desk, "case.assigned",
                {{"case", IdText(of)}, {"person", IdText(to)}}));
  desk.LeaveDue(std::move(file.opened));
  return {};
}

Result<std::int64_t> GrantCover(store::Transaction& transaction, const Desk& desk,
                                vault::PersonId away, vault::PersonId cover, int limit) {
  if (away == cover) {
    return Error{ErrorCode::kInvalidArgument, "nobody covers for themselves"};
  }
  std::int64_t granted = 0;
  std::int64_t left = 0;
  for (const vault::CaseId of : TRY(CasesAssignedTo(transaction, away))) {
    if (TRY(access::IsGranted(transaction, of, cover))) continue;
    if (granted == limit) {
      ++left;
      continue;
    }
    CaseFile file = TRY(OpenCaseFile(transaction, desk, of, Permission::kCaseAssign));
    TRY(access::Grant(transaction, desk.keys, desk.who, file.opened, cover, desk.now));
    TRY(WriteEntry(transaction, desk, file.opened.public_key(), "case.covered"));
    ++granted;
  }
  return left;
}

}  // namespace jikimi::casework
