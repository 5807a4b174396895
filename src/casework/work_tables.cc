#include "casework/work_tables.h"

#include "casework/case_tables.h"
#include "casework/row_values.h"
#include "store/sql.h"

namespace jikimi::casework {
namespace {

constexpr std::string_view kTask =
    "SELECT id, case_id, due_at, assigned, done_at, checklist FROM casework_task ";
constexpr std::string_view kReferral =
    "SELECT id, case_id, agency, purpose, state, fields, offered_at, changed_at, revision "
    "FROM casework_referral ";
constexpr std::string_view kHold =
    "SELECT id, case_id, authority, starts_at, ends_at, ended_at FROM casework_hold ";

Timestamp YearOne() { return Timestamp(std::chrono::sys_days(std::chrono::year(1) / 1 / 1)); }

Error Missing(const char* what) { return {ErrorCode::kNotFound, std::string("no such ") + what}; }

std::string_view NoteKindName(NoteKind kind) { return kind == NoteKind::kNote ? "note" : "result"; }

Result<TaskRow> ReadTask(const store::Row& row) {
  TaskRow read;
  read.task.id = TRY(GetId<TaskId>(row, 0));
  read.task.of = TRY(GetId<vault::CaseId>(row, 1));
  read.task.due_at = TRY(row.Get<Timestamp>(2));
  read.task.assigned = TRY(GetOptionalId<vault::PersonId>(row, 3));
  read.task.done_at = TRY(row.Get<std::optional<Timestamp>>(4));
  read.checklist = TRY(row.Get<std::string>(5));
  return read;
}

Result<std::vector<TaskRow>> ReadTasks(const std::vector<store::Row>& rows) {
  std::vector<TaskRow> tasks;
  for (const auto& row : rows) tasks.push_back(TRY(ReadTask(row)));
  return tasks;
}

Result<Referral> ReadReferral(const store::Row& row) {
  Referral referral;
  referral.id = TRY(GetId<ReferralId>(row, 0));
  referral.of = TRY(GetId<vault::CaseId>(row, 1));
  referral.agency = TRY(row.Get<std::string>(2));
  referral.purpose = TRY(row.Get<std::string>(3));
  referral.state = TRY(GetNamed(row, 4, ParseReferralState));
  referral.fields = SplitCodes(TRY(row.Get<std::string>(5)));
  referral.offered_at = TRY(row.Get<Timestamp>(6));
  referral.changed_at = TRY(row.Get<Timestamp>(7));
  referral.revision = TRY(row.Get<std::int64_t>(8));
  return referral;
}

Result<HoldRow> ReadHold(const store::Row& row) {
  HoldRow read;
  read.hold.id = TRY(GetId<HoldId>(row, 0));
  read.of = TRY(GetId<vault::CaseId>(row, 1));
  read.hold.authority = TRY(row.Get<std::string>(2));
  read.hold.from = TRY(row.Get<Timestamp>(3));
  read.hold.until = TRY(row.Get<Timestamp>(4));
  read.hold.ended_at = TRY(row.Get<std::optional<Timestamp>>(5));
  return read;
}

}  // namespace

Result<void> InsertTask(store::Transaction& transaction, const TaskRow& row) {
  TRY(store::Execute(transaction,
                     "INSERT INTO casework_task (id, case_id, due_at, assigned, done_at, "
                     "checklist) VALUES ($1, $2, $3, $4, $5, $6)",
                     {IdBytes(row.task.id), IdBytes(row.task.of), row.task.due_at,
                      IdBytes(row.task.assigned), row.task.done_at, row.checklist}));
  return {};
}

Result<TaskRow> LoadTask(store::Transaction& transaction, TaskId id) {
  const auto row =
      TRY(store::QueryOne(transaction, std::string(kTask) + "WHERE id = $1", {IdBytes(id)}));
  if (!row) return Missing("task");
  return ReadTask(*row);
}

Result<void> SaveTask(store::Transaction& transaction, const TaskRow& row) {
  TRY(store::Execute(
      transaction,
      "UPDATE casework_task SET due_at = $2, assigned = $3, done_at = $4 "
      "WHERE id = $1",
      {IdBytes(row.task.id), row.task.due_at, IdBytes(row.task.assigned), row.task.done_at}));
  return {};
}

Result<std::vector<TaskRow>> QueryTasks(store::Transaction& transaction, vault::CaseId of) {
  return ReadTasks(TRY(store::Query(
      transaction, std::string(kTask) + "WHERE case_id = $1 ORDER BY due_at, id", {IdBytes(of)})));
}

Result<std::optional<TaskId>> FindReminder(store::Transaction& transaction, vault::CaseId of,
                                           std::string_view checklist) {
  const auto row = TRY(store::QueryOne(
      transaction,
      "SELECT id FROM casework_task WHERE case_id = $1 AND checklist = $2 AND done_at IS NULL",
      {IdBytes(of), checklist}));
  if (!row) return std::optional<TaskId>();
  return std::optional<TaskId>(TRY(GetId<TaskId>(*row, 0)));
}

Result<std::vector<TaskRow>> QueryFollowUps(store::Transaction& transaction,
                                            const std::optional<vault::PersonId>& assigned,
                                            const std::optional<vault::TeamId>& team,
                                            Timestamp until,
                                            const std::optional<FollowUpPosition>& after,
                                            int limit) {
  const FollowUpPosition from = after.value_or(FollowUpPosition{YearOne(), {}});
  std::vector<store::Value> parameters = {until, from.due_at, std::span<const std::byte>(from.id),
                                          limit};
  std::string sql(kTask);
  sql += "WHERE done_at IS NULL AND due_at <= $1 AND (due_at, id) > ($2, $3)";
  if (assigned) {
    parameters.emplace_back(IdBytes(*assigned));
    sql += " AND assigned = $" + std::to_string(parameters.size());
  }
  if (team) {
    parameters.emplace_back(IdBytes(*team));
    sql +=
        " AND EXISTS (SELECT 1 FROM casework_case WHERE casework_case.id = "
        "casework_task.case_id AND team = $" +
        std::to_string(parameters.size()) + ")";
  }
  sql += " ORDER BY due_at, id LIMIT $4";
  return ReadTasks(TRY(store::Query(transaction, sql, store::Parameters(parameters))));
}

Result<void> InsertNote(store::Transaction& transaction, vault::CaseId of, NoteKind kind,
                        const NoteRow& row) {
  TRY(store::Execute(transaction,
                     "INSERT INTO casework_note (id, case_id, kind, written_at, written_by) "
                     "VALUES ($1, $2, $3, $4, $5)",
                     {std::span<const std::byte>(row.id), IdBytes(of), NoteKindName(kind),
                      row.written_at, row.by}));
  return {};
}

Result<std::vector<NoteRow>> QueryNotes(store::Transaction& transaction, vault::CaseId of,
                                        NoteKind kind, const std::optional<NotePosition>& before,
                                        int limit) {
  std::string sql =
      "SELECT id, written_at, written_by FROM casework_note WHERE case_id = $1 AND kind = $2";
  std::vector<store::Value> parameters = {IdBytes(of), NoteKindName(kind), limit};
  if (before) {
    parameters.emplace_back(before->written_at);
    parameters.emplace_back(IdBytes(before->id));
    sql += " AND (written_at, id) < ($4, $5)";
  }
  sql += " ORDER BY written_at DESC, id DESC LIMIT $3";
  std::vector<NoteRow> notes;
  for (const auto& row : TRY(store::Query(transaction, sql, store::Parameters(parameters)))) {
    NoteRow note;
    note.id = TRY(access::Bytes16(row, 0));
    note.written_at = TRY(row.Get<Timestamp>(1));
    note.by = TRY(row.Get<std::string>(2));
    notes.push_back(std::move(note));
  }
  return notes;
}

Result<bool> InsertService(store::Transaction& transaction, vault::CaseId of,
                           const Service& service, std::string_view key) {
  return TRY(store::Execute(
             transaction,
             "INSERT INTO casework_service (id, case_id, service, unique_key, given_at, given_by) "
             "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (case_id, service, unique_key) "
             "DO NOTHING",
             {IdBytes(service.id), IdBytes(of), service.type, key, service.given_at,
              service.by})) == 1;
}

Result<std::vector<Service>> QueryServices(store::Transaction& transaction, vault::CaseId of) {
  std::vector<Service> services;
  for (const auto& row : TRY(store::Query(
           transaction,
           "SELECT id, service, given_at, given_by FROM casework_service WHERE case_id = $1 "
           "ORDER BY given_at, id",
           {IdBytes(of)}))) {
    Service service;
    service.id = TRY(GetId<ServiceId>(row, 0));
    service.type = TRY(row.Get<std::string>(1));
    service.given_at = TRY(row.Get<Timestamp>(2));
    service.by = TRY(row.Get<std::string>(3));
    services.push_back(std::move(service));
  }
  return services;
}

Result<void> InsertAttempt(store::Transaction& transaction, vault::CaseId of,
                           const Attempt& attempt) {
  TRY(store::Execute(
      transaction,
      "INSERT INTO casework_attempt (id, case_id, made_at, reached, made_by) "
      "VALUES ($1, $2, $3, $4, $5)",
      {IdBytes(attempt.id), IdBytes(of), attempt.at, ReachedName(attempt.reached), attempt.by}));
  return {};
}

Result<std::vector<Attempt>> QueryAttempts(store::Transaction& transaction, vault::CaseId of) {
  std::vector<Attempt> attempts;
  for (const auto& row : TRY(store::Query(
           transaction,
           "SELECT id, made_at, reached, made_by FROM casework_attempt WHERE case_id = $1 "
           "ORDER BY made_at, id",
           {IdBytes(of)}))) {
    Attempt attempt;
    attempt.id = TRY(GetId<AttemptId>(row, 0));
    attempt.at = TRY(row.Get<Timestamp>(1));
    attempt.reached = TRY(GetNamed(row, 2, ParseReached));
    attempt.by = TRY(row.Get<std::string>(3));
    attempts.push_back(std::move(attempt));
  }
  return attempts;
}

Result<void> PutPlan(store::Transaction& transaction, vault::CaseId of, std::int64_t version,
                     std::uint32_t key_version, const std::vector<std::byte>& sealed) {
  TRY(store::Execute(
      transaction,
      "INSERT INTO casework_contact_plan (case_id, version, key_version, sealed) "
      "VALUES ($1, $2, $3, $4) ON CONFLICT (case_id) DO UPDATE SET version = EXCLUDED.version, "
      "key_version = EXCLUDED.key_version, sealed = EXCLUDED.sealed",
      {IdBytes(of), version, std::int64_t{key_version}, sealed}));
  return {};
}

Result<std::optional<PlanRow>> FindPlan(store::Transaction& transaction, vault::CaseId of) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT version, sealed FROM casework_contact_plan WHERE case_id = $1",
      {IdBytes(of)}));
  if (!row) return std::optional<PlanRow>();
  PlanRow plan;
  plan.version = TRY(row->Get<std::int64_t>(0));
  plan.sealed = TRY(row->Get<std::vector<std::byte>>(1));
  return std::optional(std::move(plan));
}

Result<void> InsertReferral(store::Transaction& transaction, const Referral& referral) {
  const std::string fields = JoinCodes(referral.fields);
  const std::int64_t added = TRY(store::Execute(
      transaction,
      "INSERT INTO casework_referral (id, case_id, agency, purpose, state, fields, offered_at, "
      "changed_at, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
      "ON CONFLICT DO NOTHING",
      {IdBytes(referral.id), IdBytes(referral.of), referral.agency, referral.purpose,
       ReferralStateName(referral.state), fields, referral.offered_at, referral.changed_at,
       referral.revision}));
  if (added == 1) return {};
  return Error{ErrorCode::kAlreadyExists,
               "a referral to this agency for this purpose is under way already"};
}

Result<Referral> LoadReferral(store::Transaction& transaction, ReferralId id) {
  const auto row =
      TRY(store::QueryOne(transaction, std::string(kReferral) + "WHERE id = $1", {IdBytes(id)}));
  if (!row) return Missing("referral");
  return ReadReferral(*row);
}

Result<void> SaveReferral(store::Transaction& transaction, Referral& referral) {
  const std::int64_t changed = TRY(store::Execute(
      transaction,
      "UPDATE casework_referral SET state = $2, changed_at = $3, revision = revision + 1 "
      "WHERE id = $1 AND revision = $4",
      {IdBytes(referral.id), ReferralStateName(referral.state), referral.changed_at,
       referral.revision}));
  if (changed != 1) {
    return Error{ErrorCode::kStale, "somebody else changed the referral: read it again"};
  }
  ++referral.revision;
  return {};
}

Result<std::vector<Referral>> QueryReferrals(store::Transaction& transaction, vault::CaseId of) {
  std::vector<Referral> referrals;
  for (const auto& row : TRY(store::Query(
           transaction, std::string(kReferral) + "WHERE case_id = $1 ORDER BY offered_at, id",
           {IdBytes(of)}))) {
    referrals.push_back(TRY(ReadReferral(row)));
  }
  return referrals;
}

Result<std::vector<vault::CaseId>> QueryCasesWithOpenReferrals(
    store::Transaction& transaction, const std::optional<vault::CaseId>& after, int limit) {
  const std::string open =
      "SELECT DISTINCT case_id FROM casework_referral WHERE state IN ('offered', 'accepted', "
      "'in_progress') ";
  const auto rows =
      TRY(after ? store::Query(transaction, open + "AND case_id > $1 ORDER BY case_id LIMIT $2",
                               {IdBytes(*after), limit})
                : store::Query(transaction, open + "ORDER BY case_id LIMIT $1", {limit}));
  std::vector<vault::CaseId> cases;
  for (const auto& row : rows) cases.push_back(TRY(GetId<vault::CaseId>(row, 0)));
  return cases;
}

Result<void> PutChecklist(store::Transaction& transaction, vault::CaseId of,
                          const ChecklistEntry& entry) {
  const std::string day = entry.date ? DayText(*entry.date) : "";
  TRY(store::Execute(
      transaction,
      "INSERT INTO casework_checklist (case_id, code, done, changed_at, changed_by, day) "
      "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (case_id, code) DO UPDATE SET "
      "done = EXCLUDED.done, changed_at = EXCLUDED.changed_at, changed_by = EXCLUDED.changed_by, "
      "day = EXCLUDED.day",
      {IdBytes(of), entry.code, entry.done ? 1 : 0, *entry.changed_at, entry.by, day}));
  return {};
}

Result<std::vector<ChecklistEntry>> QueryChecklist(store::Transaction& transaction,
                                                   vault::CaseId of) {
  std::vector<ChecklistEntry> entries;
  for (const auto& row :
       TRY(store::Query(transaction,
                        "SELECT code, done, changed_at, changed_by, day FROM casework_checklist "
                        "WHERE case_id = $1 ORDER BY code",
                        {IdBytes(of)}))) {
    ChecklistEntry entry;
    entry.code = TRY(row.Get<std::string>(0));
    entry.done = TRY(row.Get<std::int64_t>(1)) != 0;
    entry.changed_at = TRY(row.Get<Timestamp>(2));
    entry.by = TRY(row.Get<std::string>(3));
    const std::string day = TRY(row.Get<std::string>(4));
    if (!day.empty()) entry.date = TRY(ParseDay(day));
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<void> InsertHold(store::Transaction& transaction, const HoldRow& row) {
  TRY(store::Execute(
      transaction,
      "INSERT INTO casework_hold (id, case_id, authority, starts_at, ends_at, "
      "ended_at) VALUES ($1, $2, $3, $4, $5, NULL)",
      {IdBytes(row.hold.id), IdBytes(row.of), row.hold.authority, row.hold.from, row.hold.until}));
  return {};
}

Result<HoldRow> LoadHold(store::Transaction& transaction, HoldId id) {
  const auto row =
      TRY(store::QueryOne(transaction, std::string(kHold) + "WHERE id = $1", {IdBytes(id)}));
  if (!row) return Missing("hold");
  return ReadHold(*row);
}

Result<void> EndHoldRow(store::Transaction& transaction, HoldId id, Timestamp at) {
  TRY(store::Execute(transaction,
                     "UPDATE casework_hold SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL",
                     {IdBytes(id), at}));
  return {};
}

Result<std::vector<Hold>> QueryHolds(store::Transaction& transaction, vault::CaseId of) {
  std::vector<Hold> holds;
  for (const auto& row : TRY(store::Query(
           transaction, std::string(kHold) + "WHERE case_id = $1 ORDER BY starts_at, id",
           {IdBytes(of)}))) {
    holds.push_back(TRY(ReadHold(row)).hold);
  }
  return holds;
}

}  // namespace jikimi::casework
