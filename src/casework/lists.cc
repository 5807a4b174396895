#include "casework/lists.h"

#include <algorithm>
#include <charconv>

#include "access/team_keys.h"
#include "casework/acts.h"
#include "casework/case_tables.h"
#include "casework/party_tables.h"
#include "casework/sealed_fields.h"
#include "casework/search_index.h"
#include "casework/work_tables.h"

namespace jikimi::casework {
namespace {

using access::Permission;

Result<void> CheckLimit(int limit) {
  if (limit >= 1 && limit <= kMaxPage) return {};
  return Error{ErrorCode::kInvalidArgument,
               "a page has 1 to " + std::to_string(kMaxPage) + " entries"};
}

// What the person at work may list: everything, the team's, or their own.
Result<ListScope> ScopeOf(store::Transaction& transaction, const Desk& desk) {
  const auto* staff = TRY(access::RequireStaff(desk.who));
  const vault::PersonId self = staff->person;
  access::ScopeFacts facts;
  facts.persons = std::span(&self, 1);
  facts.team = staff->team;
  TRY(access::Require(transaction, desk.who, Permission::kCaseList, facts));
  const auto scope = desk.who.permissions().Of(Permission::kCaseList);
  ListScope list;
  if (scope == access::Scope::kCentre) return list;
  if (scope == access::Scope::kTeam && staff->team) {
    list.team = staff->team;
  } else {
    list.person = self;
  }
  return list;
}

CasePage PageOf(std::vector<CaseRecord> records, int limit) {
  CasePage page;
  page.cases = std::move(records);
  if (static_cast<int>(page.cases.size()) > limit) {
    page.cases.pop_back();
    const CaseRecord& last = page.cases.back();
    page.next = CasePosition{last.urgency, last.due_at.value_or(last.opened_at), last.id};
  }
  return page;
}

}  // namespace

std::string CasePosition::ToText() const {
  return std::to_string(urgency) + "." + std::to_string(due_at.time_since_epoch().count()) + "." +
         IdText(id);
}

Result<CasePosition> CasePosition::Parse(std::string_view text) {
  const Error wrong{ErrorCode::kInvalidArgument, "this is no cursor of a list of cases"};
  CasePosition position;
  const char* end = text.data() + text.size();
  const auto urgency = std::from_chars(text.data(), end, position.urgency);
  if (urgency.ec != std::errc() || urgency.ptr == end || *urgency.ptr != '.') return wrong;
  std::int64_t due = 0;
  const auto at = std::from_chars(urgency.ptr + 1, end, due);
  if (at.ec != std::errc() || at.ptr == end || *at.ptr != '.') return wrong;
  const auto id = ParseId<vault::CaseId>(
      std::string_view(at.ptr + 1, static_cast<std::size_t>(end - at.ptr - 1)));
  if (!id) return wrong;
  position.due_at = Timestamp(std::chrono::microseconds(due));
  position.id = *id;
  return position;
}

Result<CasePage> ListQueue(store::Transaction& transaction, const Desk& desk,
                           std::string_view queue, const std::optional<CasePosition>& after,
                           int limit) {
  TRY(CheckLimit(limit));
  TRY(desk.rules.queues.Check(queue));
  const ListScope scope = TRY(ScopeOf(transaction, desk));
  return PageOf(
      TRY(QueryCases(transaction, CaseOrder::kQueue, queue, scope, desk.now, after, limit + 1)),
      limit);
}

Result<CasePage> ListAssigned(store::Transaction& transaction, const Desk& desk,
                              vault::PersonId person, const std::optional<CasePosition>& after,
                              int limit) {
  TRY(CheckLimit(limit));
  ListScope scope = TRY(ScopeOf(transaction, desk));
  if (scope.person && *scope.person != person) {
    const auto& covers = desk.who.staff()->covers;
    if (std::find(covers.begin(), covers.end(), person) == covers.end()) {
      return Error{ErrorCode::kPermissionDenied, "these are somebody else's cases"};
    }
  }
  scope.person = person;
  return PageOf(
      TRY(QueryCases(transaction, CaseOrder::kAssigned, "", scope, desk.now, after, limit + 1)),
      limit);
}

Result<CasePage> ListOverdue(store::Transaction& transaction, const Desk& desk,
                             const std::optional<CasePosition>& after, int limit) {
  TRY(CheckLimit(limit));
  const ListScope scope = TRY(ScopeOf(transaction, desk));
  return PageOf(
      TRY(QueryCases(transaction, CaseOrder::kDue, "", scope, desk.now, after, limit + 1)), limit);
}

Result<FollowUpPage> ListFollowUps(store::Transaction& transaction, const Desk& desk,
                                   const std::optional<vault::PersonId>& assigned, Timestamp until,
                                   const std::optional<FollowUpPosition>& after, int limit) {
  TRY(CheckLimit(limit));
  const ListScope scope = TRY(ScopeOf(transaction, desk));
  if (scope.person && assigned && *assigned != *scope.person) {
    return Error{ErrorCode::kPermissionDenied, "these are somebody else's follow-ups"};
  }
  const auto rows = TRY(QueryFollowUps(transaction, assigned ? assigned : scope.person, scope.team,
                                       until, after, limit + 1));
  FollowUpPage page;
  for (const TaskRow& row : rows) {
    if (static_cast<int>(page.entries.size()) == limit) {
      const FollowUp& last = page.entries.back();
      page.next = FollowUpPosition{last.due_at, last.task->bytes()};
      break;
    }
    page.entries.push_back(
        {row.task.of, row.task.due_at, row.task.id, row.checklist, row.task.assigned});
  }
  return page;
}

namespace {

// The role under which the searched text stands in a record of a case; none: it is another text
// with the same token.
struct Match {
  PartyRole role = PartyRole::kSurvivor;
  bool in_report = false;
};
Result<std::optional<Match>> FindMatch(store::Transaction& transaction, const Desk& desk,
                                       const access::OpenedCase& opened,
                                       const vault::RecordReference& record, SearchKind kind,
                                       std::string_view text) {
  Match match;
  match.in_report = record.kind == ReportId().Reference().kind;
  SheetKind sheet_kind = SheetKind::kReport;
  if (!match.in_report) {
    const auto party = LoadParty(transaction, PartyId(record.id));
    if (!party) return std::optional<Match>();
    match.role = party->party.role;
    sheet_kind = match.role == PartyRole::kSurvivor ? SheetKind::kSurvivor : SheetKind::kPerson;
  }
  const Sheet sheet = TRY(ReadSheet(transaction, opened, record));
  for (const FieldTable::Field* field : desk.rules.fields.FieldsOf(sheet_kind)) {
    const std::string& stored = sheet.Get(field->label.code);
    if (!field->search || stored.empty() || !SameText(kind, stored, text)) continue;
    return std::optional(match);
  }
  return std::optional<Match>();
}

}  // namespace

Result<std::vector<SearchHit>> SearchExact(store::Transaction& transaction, const Desk& desk,
                                           SearchKind kind, std::string_view text, int limit) {
  constexpr int kMostCandidates = 2000;
  TRY(CheckLimit(limit));
  const auto* staff = TRY(access::RequireStaff(desk.who));
  if (!staff->team) {
    return Error{ErrorCode::kPermissionDenied, "who is in no team has no index to search"};
  }
  access::ScopeFacts facts;
  facts.persons = std::span(&staff->person, 1);
  facts.team = staff->team;
  TRY(access::Require(transaction, desk.who, Permission::kCaseSearch, facts));
  const auto key = TRY(access::OpenIndexKey(transaction, desk.who, *staff->team));
  const auto token = TRY(TokenOf(key, kind, text));
  std::vector<SearchHit> hits;
  for (const TokenHit& candidate :
       TRY(FindTokens(transaction, *staff->team, kind, token, kMostCandidates))) {
    if (static_cast<int>(hits.size()) == limit) break;
    const bool known = std::any_of(hits.begin(), hits.end(), [&](const SearchHit& hit) {
      return hit.record.id == candidate.of;
    });
    if (known) continue;
    // A case that isn't theirs to open is not told of.
    auto opened = access::OpenCase(transaction, desk.keys, desk.who, candidate.of);
    if (!opened) {
      const ErrorCode code = opened.error().code;
      if (code == ErrorCode::kPermissionDenied || code == ErrorCode::kNotFound) continue;
      return std::move(opened).error();
    }
    const auto match = TRY(FindMatch(transaction, desk, *opened, candidate.record, kind, text));
    if (!match) continue;
    SearchHit hit;
    hit.record = TRY(LoadCase(transaction, candidate.of));
    hit.role = match->role;
    hit.in_report = match->in_report;
    TRY(WriteEntry(transaction, desk, opened->public_key(), "case.found"));
    hits.push_back(std::move(hit));
  }
  return hits;
}

}  // namespace jikimi::casework
