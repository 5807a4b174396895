#include "casework/acts.h"

#include <boost/json.hpp>

#include "access/escrow.h"
#include "base/bytes.h"
#include "casework/case_tables.h"
#include "casework/party_tables.h"
#include "casework/representative.h"
#include "log/entries.h"
#include "store/outbox.h"

namespace jikimi::casework {

std::string ActorText(const access::Actor& who) { return who.Describe(); }

log::ActorRef ActorRefOf(const access::Actor& who) {
  if (const auto* staff = who.staff()) {
    return log::ActorRef::Staff(access::RoleCode(staff->role), std::to_string(staff->number));
  }
  if (const auto* hers = who.survivor()) {
    return hers->representative ? log::ActorRef::Representative(hers->representative->role)
                                : log::ActorRef::Survivor();
  }
  return log::ActorRef::System();
}

Result<void> FactsOf(store::Transaction& transaction, const Desk& desk, const CaseRecord& record,
                     CaseFacts& facts) {
  if (record.assigned) facts.persons.push_back(*record.assigned);
  if (const auto* staff = desk.who.staff()) {
    if (TRY(access::IsGranted(transaction, record.id, staff->person))) {
      facts.persons.push_back(staff->person);
    }
  }
  facts.facts.of_case = record.id;
  facts.facts.persons = facts.persons;
  facts.facts.team = record.team;
  return {};
}

namespace {

// What a representative may do is found anew at each act: papers, suspicion and age may change.
Result<void> RequireRight(store::Transaction& transaction, const Desk& desk,
                          const std::optional<Right>& right) {
  const access::SurvivorActor& hers = *desk.who.survivor();
  if (!hers.representative) return {};
  if (!right) {
    return Error{ErrorCode::kPermissionDenied,
                 "this is the survivor's own: nobody does it for her"};
  }
  const auto opened = TRY(access::OpenCase(transaction, desk.keys, desk.who, hers.of_case));
  return CheckRightIn(transaction, desk, opened, PartyId(hers.representative->party), *right);
}

}  // namespace

Result<void> CheckOwnRight(store::Transaction& transaction, const Desk& desk, Right right) {
  TRY(RequireSurvivor(desk));
  return RequireRight(transaction, desk, right);
}

Result<CaseRecord> RequireCase(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                               const Needed& needed) {
  const bool hers = desk.who.survivor() != nullptr && needed.hers;
  if (hers && desk.who.survivor()->of_case != id) {
    return Error{ErrorCode::kNotFound, "no such case"};
  }
  CaseRecord record = TRY(LoadCase(transaction, id));
  CaseFacts facts;
  TRY(FactsOf(transaction, desk, record, facts));
  TRY(access::Require(transaction, desk.who, hers ? *needed.hers : needed.staff, facts.facts));
  if (hers) TRY(RequireRight(transaction, desk, needed.right));
  return record;
}

Result<const access::SurvivorActor*> RequireSurvivor(const Desk& desk) {
  if (const auto* survivor = desk.who.survivor()) return survivor;
  return Error{ErrorCode::kPermissionDenied, "this page is the survivor's own"};
}

Result<CaseFile> OpenCaseFile(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                              const Needed& needed) {
  CaseRecord record = TRY(RequireCase(transaction, desk, id, needed));
  access::OpenedCase opened = TRY(access::OpenCase(transaction, desk.keys, desk.who, id));
  if (opened.reseal_due() || opened.rotation_due()) desk.LeaveDue(opened.Copy());
  return CaseFile{std::move(record), std::move(opened)};
}

Result<void> WriteEntry(store::Transaction& transaction, const Desk& desk,
                        const vault::CasePublicKey& key, log::EntryKind kind,
                        std::vector<log::EntryField> fields) {
  const auto audit = TRY(access::FindAuditKey(transaction, desk.keys));
  log::Entry entry{kind, desk.now, ActorRefOf(desk.who), key.name().owner, std::move(fields)};
  auto sealed = TRY(log::SealedEntry::Seal(entry, log::EntrySeals::ForCase(key, audit)));
  if (desk.reads != nullptr && kind.mode() == log::EntryMode::kRead) {
    desk.reads->push_back(std::move(sealed));
    return {};
  }
  return log::Append(transaction, sealed);
}

Result<void> WriteEntry(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                        log::EntryKind kind, std::vector<log::EntryField> fields) {
  const auto key = TRY(access::FindCaseKey(transaction, desk.keys, id));
  return WriteEntry(transaction, desk, key, kind, std::move(fields));
}

Result<void> TellEvent(store::Transaction& transaction, const Desk& desk, std::string_view topic,
                       EventFields fields) {
  boost::json::object payload;
  for (const auto& [name, text] : fields) payload[name] = text;
  const std::string json = boost::json::serialize(payload);
  const auto bytes = AsBytes(json);
  return store::AppendEvent(transaction, {topic, {bytes.begin(), bytes.end()}, desk.now});
}

Result<void> RequireWorkable(const CaseRecord& record) {
  if (record.withdrawal >= Withdrawal::kWork) {
    return Error{ErrorCode::kPermissionDenied, "she has withdrawn from work on this case"};
  }
  if (record.state == CaseState::kClosed) {
    return Error{ErrorCode::kPermissionDenied, "the case is closed: reopen it first"};
  }
  return {};
}

Result<void> RequireRevision(std::int64_t seen, std::int64_t is) {
  if (seen == is) return {};
  return Error{ErrorCode::kStale, "somebody else changed it: revision " + std::to_string(is) +
                                      " is not " + std::to_string(seen)};
}

}  // namespace jikimi::casework
