#include "casework/survivor_page.h"

#include "casework/acts.h"
#include "casework/case_tables.h"
#include "casework/item_tables.h"
#include "casework/sealed_fields.h"
#include "casework/work_tables.h"
#include "log/reader.h"

namespace jikimi::casework {
namespace {

using access::Permission;

std::string WhoText(const log::ActorRef& actor) {
  switch (actor.kind) {
    case log::ActorRef::Kind::kStaff:
      return actor.role + " " + actor.staff_number;
    case log::ActorRef::Kind::kSurvivor:
      return "you";
    case log::ActorRef::Kind::kRepresentative:
      return actor.role;
    case log::ActorRef::Kind::kSystem:
      return "the centre's computer";
  }
  return "";
}

}  // namespace

std::string_view BareStatusName(BareStatus status) {
  return status == BareStatus::kReceived ? "received" : "in_progress";
}

Result<BareStatus> ReadBareStatus(store::Transaction& transaction, const Desk& desk) {
  const auto* survivor = TRY(RequireSurvivor(desk));
  access::ScopeFacts facts;
  facts.of_case = survivor->of_case;
  TRY(access::Require(transaction, desk.who, Permission::kPortalStatus, facts));
  const CaseRecord record = TRY(LoadCase(transaction, survivor->of_case));
  return record.state == CaseState::kIntake ? BareStatus::kReceived : BareStatus::kInProgress;
}

Result<SurvivorPage> ReadSurvivorPage(store::Transaction& transaction, const Desk& desk) {
  const auto* survivor = TRY(RequireSurvivor(desk));
  const vault::CaseId of = survivor->of_case;
  const CaseFile file = TRY(OpenCaseFile(
      transaction, desk, of, {Permission::kCaseOpen, Permission::kPortalRead, Right::kSee}));
  SurvivorPage page;
  page.state = file.record.state;
  page.withdrawal = file.record.withdrawal;
  page.destroy_at = file.record.destroy_at;
  page.services = TRY(QueryServices(transaction, of));
  page.consents = TRY(access::ConsentsOf(transaction, of));
  page.overrides = TRY(access::OverridesOf(transaction, of));
  page.referrals = TRY(QueryReferrals(transaction, of));
  // Its own entry of the log tells of the results too.
  page.results = TRY(ReadResultReports(transaction, desk, of));
  page.retention = TRY(RetentionOf(transaction, desk, of));
  page.items = TRY(CountItems(transaction, of));
  return page;
}

Result<std::vector<AccessLine>> ReadAccessLog(store::Transaction& transaction, const Desk& desk,
                                              int limit) {
  const auto* survivor = TRY(RequireSurvivor(desk));
  const CaseFile file =
      TRY(OpenCaseFile(transaction, desk, survivor->of_case,
                       {Permission::kCaseOpen, Permission::kPortalRead, Right::kSee}));
  log::PageRequest request;
  request.limit = limit;
  const auto page =
      TRY(log::ReadCase(transaction, file.opened.keyring(), file.opened.pair(), request));
  std::vector<AccessLine> lines;
  for (const log::ReadEntry& read : page.entries) {
    AccessLine line;
    if (read.entry) {
      line.at = read.entry->at;
      line.who = WhoText(read.entry->actor);
      line.ko = read.entry->kind.Words(log::Language::kKorean);
      line.en = read.entry->kind.Words(log::Language::kEnglish);
    } else {
      line.ko = "이 기록은 손상되어 읽을 수 없습니다.";
      line.en = "This entry was damaged and can't be read.";
    }
    lines.push_back(std::move(line));
  }
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "log.read"));
  return lines;
}

}  // namespace jikimi::casework
