#include "casework/case_record.h"

#include <algorithm>

#include "access/case_keys.h"
#include "casework/acts.h"
#include "casework/case_tables.h"
#include "casework/enum_names.h"
#include "casework/sealed_fields.h"
#include "casework/triage_form.h"

namespace jikimi::casework {
namespace {

using access::Permission;

constexpr internal::EnumNames<CaseState, 4> kStates{"state of a case",
                                                    {"intake", "open", "monitoring", "closed"}};
constexpr internal::EnumNames<Withdrawal, 4> kWithdrawals{"withdrawal",
                                                          {"none", "sharing", "work", "destroy"}};
constexpr internal::EnumNames<MinorState, 4> kMinors{"minor state",
                                                     {"unknown", "no", "suspected", "yes"}};

// A change of operational fields by somebody who saw `revision`; `change` makes it. Returns the new
// revision.
template <typename Change>
Result<std::int64_t> ChangeCase(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                                std::int64_t revision, log::EntryKind kind,
                                std::vector<log::EntryField> fields, const Change& change) {
  CaseRecord record = TRY(RequireCase(transaction, desk, id, Permission::kCaseEdit));
  TRY(RequireRevision(revision, record.revision));
  TRY(RequireWorkable(record));
  if (auto changed = change(record); !changed) return std::move(changed).error();
  TRY(SaveCase(transaction, record));
  TRY(WriteEntry(transaction, desk, id, kind, std::move(fields)));
  TRY(TellEvent(transaction, desk, "case.changed", {{"case", IdText(id)}}));
  return record.revision;
}

}  // namespace

std::string_view CaseStateName(CaseState state) { return kStates.Name(state); }
Result<CaseState> ParseCaseState(std::string_view name) { return kStates.Parse(name); }
std::string_view WithdrawalName(Withdrawal withdrawal) { return kWithdrawals.Name(withdrawal); }
Result<Withdrawal> ParseWithdrawal(std::string_view name) { return kWithdrawals.Parse(name); }
std::string_view MinorStateName(MinorState state) { return kMinors.Name(state); }
Result<MinorState> ParseMinorState(std::string_view name) { return kMinors.Parse(name); }

bool CanFollow(CaseState from, CaseState to) {
  switch (from) {
    case CaseState::kIntake:
      return to == CaseState::kOpen || to == CaseState::kClosed;
    case CaseState::kOpen:
      return to == CaseState::kMonitoring || to == CaseState::kClosed;
    case CaseState::kMonitoring:
      return to == CaseState::kOpen || to == CaseState::kClosed;
    case CaseState::kClosed:
      return to == CaseState::kOpen;
  }
  return false;
}

Result<CaseRecord> GetCase(store::Transaction& transaction, const Desk& desk, vault::CaseId id) {
  return RequireCase(transaction, desk, id, Permission::kCaseList);
}

Result<CaseSheet> ReadCase(store::Transaction& transaction, const Desk& desk, vault::CaseId id) {
  CaseFile file = TRY(OpenCaseFile(transaction, desk, id, Permission::kCaseOpen));
  CaseSheet read;
  read.sheet = TRY(ReadSheet(transaction, file.opened, id));
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "case.opened"));
  read.record = std::move(file.record);
  return read;
}

Result<vault::CaseId> OpenNewCase(store::Transaction& transaction, const Desk& desk,
                                  const NewCase& of) {
  TRY(desk.rules.harms.harms().CheckAll(of.harms));
  TRY(desk.rules.queues.Check(of.queue));
  TRY(desk.rules.fields.Check(SheetKind::kCase, of.sheet));
  const auto assessment = TRY(desk.rules.triage.Assess(of.triage));
  access::ScopeFacts facts;
  facts.persons = of.persons;
  const auto* staff = desk.who.staff();
  if (staff) facts.team = staff->team;
  TRY(access::Require(transaction, desk.who, Permission::kCaseAssign, facts));
  CaseRecord record;
  record.id = vault::CaseId::Random();
  record.state = CaseState::kOpen;
  record.queue = of.queue;
  record.urgency = assessment.urgency;
  record.due_at = desk.now + assessment.due_in;
  if (!of.persons.empty()) record.assigned = of.persons.front();
  if (staff) record.team = staff->team;
  record.minor = of.minor;
  record.harms = of.harms;
  record.opened_at = desk.now;
  const auto made = TRY(access::CreateForPersons(transaction, desk.keys, record.id, of.persons,
                                                 std::nullopt, {}, desk.now));
  TRY(InsertCase(transaction, record));
  const vault::CasePublicKey& key = made.opened.public_key();
  TRY(PutField(transaction, key, {record.id, record.id, "sheet", 1}, of.sheet.ToJson()));
  if (!of.triage.empty()) {
    TRY(PutField(transaction, key, {record.id, record.id, "triage", 1}, TriageJson(of.triage)));
  }
  TRY(WriteEntry(transaction, desk, key, "case.created"));
  TRY(TellEvent(transaction, desk, "case.opened", {{"case", IdText(record.id)}}));
  return record.id;
}

Result<std::int64_t> SetSheet(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                              std::int64_t revision, const Sheet& sheet) {
  TRY(desk.rules.fields.Check(SheetKind::kCase, sheet));
  const auto put = [&](CaseRecord& record) -> Result<void> {
    const auto key = TRY(access::FindCaseKey(transaction, desk.keys, id));
    return PutField(transaction, key, {id, id, "sheet", record.revision + 1}, sheet.ToJson());
  };
  return ChangeCase(transaction, desk, id, revision, "case.changed", {{"part", "sheet"}}, put);
}

Result<std::int64_t> SetHarms(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                              std::int64_t revision, const std::vector<std::string>& harms) {
  if (harms.empty()) {
    return Error{ErrorCode::kInvalidArgument, "a case has one kind of harm at least"};
  }
  TRY(desk.rules.harms.harms().CheckAll(harms));
  const auto set = [&](CaseRecord& record) -> Result<void> {
    record.harms = harms;
    return {};
  };
  return ChangeCase(transaction, desk, id, revision, "harm.set", {{"harms", JoinCodes(harms)}},
                    set);
}

Result<std::int64_t> SetTriage(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                               std::int64_t revision, const TriageAnswers& answers) {
  const auto assessment = TRY(desk.rules.triage.Assess(answers));
  const auto set = [&](CaseRecord& record) -> Result<void> {
    record.urgency = assessment.urgency;
    record.due_at = desk.now + assessment.due_in;
    const auto key = TRY(access::FindCaseKey(transaction, desk.keys, id));
    return PutField(transaction, key, {id, id, "triage", record.revision + 1}, TriageJson(answers));
  };
  return ChangeCase(transaction, desk, id, revision, "triage.set",
                    {{"urgency", std::to_string(assessment.urgency)}}, set);
}

Result<TriageAnswers> ReadTriage(store::Transaction& transaction, const Desk& desk,
                                 vault::CaseId id) {
  const CaseFile file = TRY(OpenCaseFile(transaction, desk, id, Permission::kCaseOpen));
  const auto json = TRY(ReadField(transaction, file.opened, id, "triage"));
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "case.opened", {{"part", "triage"}}));
  return json ? ParseTriageJson(*json) : TriageAnswers();
}

Result<std::int64_t> SetQueue(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                              std::int64_t revision, const std::string& queue) {
  TRY(desk.rules.queues.Check(queue));
  const auto set = [&](CaseRecord& record) -> Result<void> {
    record.queue = queue;
    return {};
  };
  return ChangeCase(transaction, desk, id, revision, "case.changed", {{"queue", queue}}, set);
}

Result<std::int64_t> SetMinor(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                              std::int64_t revision, MinorState minor) {
  const auto set = [&](CaseRecord& record) -> Result<void> {
    record.minor = minor;
    return {};
  };
  return ChangeCase(transaction, desk, id, revision, "case.changed",
                    {{"minor", std::string(MinorStateName(minor))}}, set);
}

Result<std::int64_t> SetState(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                              std::int64_t revision, CaseState state) {
  CaseRecord record = TRY(LoadCase(transaction, id));
  const bool closing = state == CaseState::kClosed;
  const bool reopening = record.state == CaseState::kClosed;
  record = TRY(RequireCase(transaction, desk, id,
                           closing || reopening ? Permission::kCaseClose : Permission::kCaseEdit));
  TRY(RequireRevision(revision, record.revision));
  if (!CanFollow(record.state, state)) {
    return Error{ErrorCode::kInvalidArgument,
                 "a case that is " + std::string(CaseStateName(record.state)) + " can't become " +
                     std::string(CaseStateName(state))};
  }
  if (record.withdrawal >= Withdrawal::kWork && !closing) {
    return Error{ErrorCode::kPermissionDenied, "she has withdrawn from work on this case"};
  }
  record.state = state;
  record.closed_at = closing ? std::optional(desk.now) : std::nullopt;
  TRY(SaveCase(transaction, record));
  const std::vector<log::EntryField> fields = {{"state", std::string(CaseStateName(state))}};
  if (closing) {
    TRY(WriteEntry(transaction, desk, id, "case.closed", fields));
  } else if (reopening) {
    TRY(WriteEntry(transaction, desk, id, "case.reopened", fields));
  } else {
    TRY(WriteEntry(transaction, desk, id, "case.changed", fields));
  }
  TRY(TellEvent(transaction, desk, closing ? "case.closed" : "case.changed",
                {{"case", IdText(id)}, {"state", std::string(CaseStateName(state))}}));
  return record.revision;
}

}  // namespace jikimi::casework
