#include "casework/incident.h"

#include "base/bytes.h"
#include "casework/acts.h"
#include "casework/incident_tables.h"
#include "casework/server_fields.h"
#include "casework/text_check.h"

namespace jikimi::casework {
namespace {

using access::Permission;
using ServerSealed = vault::SealedUnder<vault::KeyKind::kServer>;

constexpr std::size_t kMaxTitleBytes = 4096;

// Those that the person may list: the others are not even counted.
Result<std::vector<vault::CaseId>> Listable(store::Transaction& transaction, const Desk& desk,
                                            const std::vector<vault::CaseId>& ids) {
  std::vector<vault::CaseId> listable;
  for (const vault::CaseId id : ids) {
    const auto record = RequireCase(transaction, desk, id, Permission::kCaseList);
    if (record) {
      listable.push_back(id);
    } else if (record.error().code != ErrorCode::kPermissionDenied) {
      return record.error();
    }
  }
  return listable;
}

Result<void> RequireMerge(store::Transaction& transaction, const Desk& desk) {
  access::ScopeFacts facts;
  if (const auto* staff = desk.who.staff()) facts.team = staff->team;
  return access::Require(transaction, desk.who, Permission::kCaseMerge, facts);
}

}  // namespace

Result<void> LinkCases(store::Transaction& transaction, const Desk& desk, vault::CaseId one,
                       vault::CaseId other) {
  if (one == other) {
    return Error{ErrorCode::kInvalidArgument, "a case is not linked with itself"};
  }
  TRY(RequireCase(transaction, desk, one, Permission::kCaseMerge));
  TRY(RequireCase(transaction, desk, other, Permission::kCaseMerge));
  TRY(LinkRows(transaction, one, other));
  // Neither survivor learns from her log which other case it is.
  TRY(WriteEntry(transaction, desk, one, "case.linked"));
  return WriteEntry(transaction, desk, other, "case.linked");
}

Result<void> UnlinkCases(store::Transaction& transaction, const Desk& desk, vault::CaseId one,
                         vault::CaseId other) {
  TRY(RequireCase(transaction, desk, one, Permission::kCaseMerge));
  TRY(RequireCase(transaction, desk, other, Permission::kCaseMerge));
  TRY(UnlinkRows(transaction, one, other));
  TRY(WriteEntry(transaction, desk, one, "case.unlinked"));
  return WriteEntry(transaction, desk, other, "case.unlinked");
}

Result<std::vector<vault::CaseId>> LinkedCases(store::Transaction& transaction, const Desk& desk,
                                               vault::CaseId of) {
  TRY(RequireCase(transaction, desk, of, Permission::kCaseList));
  return Listable(transaction, desk, TRY(QueryLinks(transaction, of)));
}

Result<IncidentId> OpenIncident(store::Transaction& transaction, const Desk& desk,
                                const std::string& title) {
  TRY(CheckText("the incident's title", title, kMaxTitleBytes));
  TRY(RequireMerge(transaction, desk));
  const IncidentId id = IncidentId::Random();
  const auto sealed = desk.keys.SealField(IncidentContext(id), AsBytes(title));
  TRY(InsertIncident(transaction, id, desk.now, sealed.key_version(), sealed.bytes()));
  TRY(TellEvent(transaction, desk, "incident.opened", {{"incident", IdText(id)}}));
  return id;
}

Result<std::string> IncidentTitle(store::Transaction& transaction, const Desk& desk,
                                  IncidentId id) {
  TRY(RequireMerge(transaction, desk));
  const auto bytes = TRY(LoadIncident(transaction, id));
  const auto sealed = TRY(ServerSealed::Parse(bytes));
  const auto title = TRY(desk.keys.OpenField(IncidentContext(id), sealed));
  return std::string(reinterpret_cast<const char*>(title.bytes().data()), title.size());
}

Result<void> AddToIncident(store::Transaction& transaction, const Desk& desk, IncidentId incident,
                           vault::CaseId of) {
  TRY(LoadIncident(transaction, incident));
  TRY(RequireCase(transaction, desk, of, Permission::kCaseMerge));
  TRY(InsertIncidentCase(transaction, incident, of));
  return WriteEntry(transaction, desk, of, "case.linked");
}

Result<void> RemoveFromIncident(store::Transaction& transaction, const Desk& desk,
                                IncidentId incident, vault::CaseId of) {
  TRY(RequireCase(transaction, desk, of, Permission::kCaseMerge));
  TRY(DeleteIncidentCase(transaction, incident, of));
  return WriteEntry(transaction, desk, of, "case.unlinked");
}

Result<std::vector<vault::CaseId>> CasesOfIncident(store::Transaction& transaction,
                                                   const Desk& desk, IncidentId incident) {
  TRY(LoadIncident(transaction, incident));
  return Listable(transaction, desk, TRY(QueryIncidentCases(transaction, incident)));
}

Result<std::vector<IncidentId>> IncidentsOf(store::Transaction& transaction, const Desk& desk,
                                            vault::CaseId of) {
  TRY(RequireCase(transaction, desk, of, Permission::kCaseList));
  return QueryIncidents(transaction, of);
}

}  // namespace jikimi::casework
