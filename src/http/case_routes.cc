// Cases, lists and searches, who works on what, and what belongs together.

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "casework/assignment.h"
#include "casework/case_record.h"
#include "casework/incident.h"
#include "casework/lists.h"
#include "http/case_json.h"
#include "http/etag.h"
#include "http/fields.h"
#include "http/problem.h"
#include "http/report_json.h"
#include "http/services.h"
#include "http/time_text.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;
using casework::Desk;
using store::Transaction;

// --- Lists

std::span<const std::byte> BytesOf(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string StringOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The name of a list for its cursors: which one, and whose.
std::string ListName(const Request& request, std::string_view list, std::string_view filter) {
  return std::string(list) + "\n" + std::string(filter) + "\n" + PrincipalOf(request);
}

// Positions as a cursor holds them.
std::string PlaceText(const casework::CasePosition& position) { return position.ToText(); }
std::string PlaceText(const casework::FollowUpPosition& position) {
  return TimeText(position.due_at) + casework::internal::IdText(position.id);
}
Result<void> ReadPlace(std::string_view text, casework::CasePosition& position) {
  position = TRY(casework::CasePosition::Parse(text));
  return {};
}
Result<void> ReadPlace(std::string_view text, casework::FollowUpPosition& position) {
  constexpr std::size_t kIdDigits = 32;
  const std::size_t time = text.size() - std::min(kIdDigits, text.size());
  const auto id = casework::internal::ParseIdText(text.substr(time));
  if (!id) return Error{ErrorCode::kInvalidArgument, "is no place in this list"};
  position = {TRY(ParseTime(text.substr(0, time))), *id};
  return {};
}

template <typename Position>
Result<std::optional<Position>> PositionOf(const Services& services, const Request& request,
                                           const std::string& list) {
  const auto* cursor = request.Find("cursor");
  if (cursor == nullptr) return std::optional<Position>();
  const auto place = TRY(services.cursors.Open(list, cursor->get_string()));
  std::optional<Position> position(std::in_place);
  TRY(ReadPlace(StringOf(place), *position));
  return position;
}

template <typename Position>
json::value NextJson(const Services& services, const std::string& list,
                     const std::optional<Position>& next) {
  if (!next) return nullptr;
  return json::value(services.cursors.Seal(list, BytesOf(PlaceText(*next))));
}

Result<Response> ListCases(const Services& services, const Request& request) {
  const auto* queue = request.Find("queue");
  const auto* assigned = request.Find("assigned");
  const bool overdue = request.Find("overdue")->get_bool();
  if ((queue != nullptr) + (assigned != nullptr) + overdue != 1) {
    return Invalids({{"query", "give exactly one of queue, assigned and overdue"}});
  }
  const std::string list = ListName(request,
                                    queue != nullptr      ? "queue"
                                    : assigned != nullptr ? "assigned"
                                                          : "overdue",
                                    queue != nullptr      ? std::string_view(queue->get_string())
                                    : assigned != nullptr ? std::string_view(assigned->get_string())
                                                          : "");
  const auto after = PositionOf<casework::CasePosition>(services, request, list);
  if (!after.has_value()) return Invalids({{"query/cursor", after.error().message}});
  const auto limit = static_cast<int>(request.Integer("limit"));
  return List(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        casework::CasePage page;
        if (queue != nullptr) {
          page = TRY(casework::ListQueue(transaction, desk, queue->get_string(), *after, limit));
        } else if (assigned != nullptr) {
          const auto person = IdParameter<vault::PersonId>(request, "assigned");
          page = TRY(casework::ListAssigned(transaction, desk, person, *after, limit));
        } else {
          page = TRY(casework::ListOverdue(transaction, desk, *after, limit));
        }
        json::array cases;
        for (const auto& record : page.cases) cases.push_back(CaseRecordJson(record));
        return JsonResponse(200, json::object{{"cases", std::move(cases)},
                                              {"next", NextJson(services, list, page.next)}});
      });
}

Result<Response> SearchCases(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto kind = TextOf(body, "kind") == "name" ? casework::SearchKind::kName
                                                   : casework::SearchKind::kTelephone;
  const std::string text = TextOf(body, "text");
  const auto* limit = body.if_contains("limit");
  const int most = limit == nullptr ? 50 : static_cast<int>(limit->get_int64());
  return Look(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        json::array hits;
        for (const auto& hit : TRY(casework::SearchExact(transaction, desk, kind, text, most))) {
          hits.push_back(json::object{{"record", CaseRecordJson(hit.record)},
                                      {"role", casework::PartyRoleName(hit.role)},
                                      {"in_report", hit.in_report}});
        }
        return JsonResponse(200, json::object{{"hits", std::move(hits)}});
      });
}

Result<Response> ListFollowUps(const Services& services, const Request& request) {
  const Timestamp until = TRY(ParseTime(request.Text("until")));
  std::optional<vault::PersonId> assigned;
  if (request.Find("assigned") != nullptr) {
    assigned = IdParameter<vault::PersonId>(request, "assigned");
  }
  const std::string list = ListName(
      request, "follow-ups", TimeText(until) + (assigned ? casework::IdText(*assigned) : ""));
  const auto after = PositionOf<casework::FollowUpPosition>(services, request, list);
  if (!after.has_value()) return Invalids({{"query/cursor", after.error().message}});
  const auto limit = static_cast<int>(request.Integer("limit"));
  return List(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto page =
            TRY(casework::ListFollowUps(transaction, desk, assigned, until, *after, limit));
        json::array entries;
        for (const auto& entry : page.entries) {
          entries.push_back(json::object{{"case", casework::IdText(entry.of)},
                                         {"due_at", TimeText(entry.due_at)},
                                         {"task", IdJson(entry.task)},
                                         {"checklist", entry.checklist},
                                         {"assigned", IdJson(entry.assigned)}});
        }
        return JsonResponse(200, json::object{{"entries", std::move(entries)},
                                              {"next", NextJson(services, list, page.next)}});
      });
}

// --- One case

Result<Response> CreateCase(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  casework::NewCase of;
  of.harms = TextsOf(body, "harms");
  of.sheet = SheetOf(body, "sheet");
  of.queue = TextOf(body, "queue");
  of.triage = TRY(AnswersFrom(body, "triage"));
  of.minor = TRY(casework::ParseMinorState(TextOr(body, "minor", "unknown")));
  for (const std::string& person : TextsOf(body, "persons")) {
    of.persons.push_back(casework::ParseId<vault::PersonId>(person).value());
  }
  return Create(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  const auto id = TRY(casework::OpenNewCase(transaction, desk, of));
                  return CreatedResponse("/v1/cases/" + casework::IdText(id),
                                         json::object{{"id", casework::IdText(id)}});
                });
}

Result<Response> OpenCase(const Services& services, const Request& request) {
  return Look(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                const auto opened = TRY(casework::ReadCase(transaction, desk, CaseOf(request)));
                Response response =
                    JsonResponse(200, json::object{{"record", CaseRecordJson(opened.record)},
                                                   {"sheet", SheetJson(opened.sheet)}});
                response.etag = RevisionTag(opened.record.revision);
                return response;
              });
}

Result<Response> GetCaseRecord(const Services& services, const Request& request) {
  return List(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                const auto record = TRY(casework::GetCase(transaction, desk, CaseOf(request)));
                Response response = JsonResponse(200, CaseRecordJson(record));
                response.etag = RevisionTag(record.revision);
                return response;
              });
}

// A change of a case's own fields: `set` gives the new revision.
using SetField = std::function<Result<std::int64_t>(Transaction&, const Desk&, vault::CaseId,
                                                    std::int64_t revision)>;
Result<Response> SetCase(const Services& services, const Request& request, const SetField& set) {
  return ChangeRevised(
      services, request,
      [&](Transaction& transaction, const Desk& desk, std::int64_t revision) -> Result<Response> {
        return RevisionResponse(TRY(set(transaction, desk, CaseOf(request), revision)));
      });
}

Result<Response> SetCaseSheet(const Services& services, const Request& request) {
  const casework::Sheet sheet = SheetOf(request.json.as_object(), "sheet");
  return SetCase(
      services, request,
      [&](Transaction& transaction, const Desk& desk, vault::CaseId id, std::int64_t revision) {
        return casework::SetSheet(transaction, desk, id, revision, sheet);
      });
}

Result<Response> SetCaseHarms(const Services& services, const Request& request) {
  const auto harms = TextsOf(request.json.as_object(), "harms");
  return SetCase(
      services, request,
      [&](Transaction& transaction, const Desk& desk, vault::CaseId id, std::int64_t revision) {
        return casework::SetHarms(transaction, desk, id, revision, harms);
      });
}

Result<Response> SetCaseQueue(const Services& services, const Request& request) {
  const std::string queue = TextOf(request.json.as_object(), "queue");
  return SetCase(
      services, request,
      [&](Transaction& transaction, const Desk& desk, vault::CaseId id, std::int64_t revision) {
        return casework::SetQueue(transaction, desk, id, revision, queue);
      });
}

Result<Response> SetCaseMinor(const Services& services, const Request& request) {
  const auto minor = TRY(casework::ParseMinorState(TextOf(request.json.as_object(), "minor")));
  return SetCase(
      services, request,
      [&](Transaction& transaction, const Desk& desk, vault::CaseId id, std::int64_t revision) {
        return casework::SetMinor(transaction, desk, id, revision, minor);
      });
}

Result<Response> SetCaseState(const Services& services, const Request& request) {
  const auto state = TRY(casework::ParseCaseState(TextOf(request.json.as_object(), "state")));
  return SetCase(
      services, request,
      [&](Transaction& transaction, const Desk& desk, vault::CaseId id, std::int64_t revision) {
        return casework::SetState(transaction, desk, id, revision, state);
      });
}

Result<Response> SetCaseTriage(const Services& services, const Request& request) {
  const auto answers = TRY(AnswersFrom(request.json.as_object(), "answers"));
  return SetCase(
      services, request,
      [&](Transaction& transaction, const Desk& desk, vault::CaseId id, std::int64_t revision) {
        return casework::SetTriage(transaction, desk, id, revision, answers);
      });
}

Result<Response> ReadCaseTriage(const Services& services, const Request& request) {
  return Look(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                const auto answers = TRY(casework::ReadTriage(transaction, desk, CaseOf(request)));
                return JsonResponse(200, json::object{{"answers", AnswersJson(answers)}});
              });
}

// --- Who works on it

Result<Response> TakeCase(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto assigned = IdOf<vault::PersonId>(body, "assigned");
  const auto second = IdOf<vault::PersonId>(body, "second");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::TakeCase(transaction, desk, CaseOf(request), assigned, second));
                  return NoContentResponse();
                });
}

Result<Response> HandOverCase(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto to = IdOf<vault::PersonId>(body, "to");
  const auto former = TextOf(body, "former") == "keeps_access" ? casework::Former::kKeepsAccess
                                                               : casework::Former::kLosesAccess;
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::HandOver(transaction, desk, CaseOf(request), to, former));
                  return NoContentResponse();
                });
}

// --- What belongs together

Result<Response> LinkCase(const Services& services, const Request& request) {
  const auto other = IdOf<vault::CaseId>(request.json.as_object(), "case");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::LinkCases(transaction, desk, CaseOf(request), other));
                  return NoContentResponse();
                });
}

Result<Response> UnlinkCase(const Services& services, const Request& request) {
  const auto other = IdParameter<vault::CaseId>(request, "other_id");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::UnlinkCases(transaction, desk, CaseOf(request), other));
                  return NoContentResponse();
                });
}

Result<Response> ListLinks(const Services& services, const Request& request) {
  return List(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                const auto cases = TRY(casework::LinkedCases(transaction, desk, CaseOf(request)));
                return JsonResponse(200, json::object{{"cases", CaseIdsJson(cases)}});
              });
}

Result<Response> OpenIncident(const Services& services, const Request& request) {
  const std::string title = TextOf(request.json.as_object(), "title");
  return Create(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  const auto id = TRY(casework::OpenIncident(transaction, desk, title));
                  return CreatedResponse("/v1/incidents/" + casework::IdText(id),
                                         json::object{{"id", casework::IdText(id)}});
                });
}

Result<Response> GetIncident(const Services& services, const Request& request) {
  const auto id = IdParameter<casework::IncidentId>(request, "incident_id");
  return List(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const std::string title = TRY(casework::IncidentTitle(transaction, desk, id));
        const auto cases = TRY(casework::CasesOfIncident(transaction, desk, id));
        return JsonResponse(200, json::object{{"title", title}, {"cases", CaseIdsJson(cases)}});
      });
}

Result<Response> AddToIncident(const Services& services, const Request& request) {
  const auto id = IdParameter<casework::IncidentId>(request, "incident_id");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::AddToIncident(transaction, desk, id, CaseOf(request)));
                  return NoContentResponse();
                });
}

Result<Response> RemoveFromIncident(const Services& services, const Request& request) {
  const auto id = IdParameter<casework::IncidentId>(request, "incident_id");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::RemoveFromIncident(transaction, desk, id, CaseOf(request)));
                  return NoContentResponse();
                });
}

}  // namespace

void AddCaseRoutes(Api& api, const Services& services) {
  AddRoute(api, services, "listCases", ListCases);
  AddRoute(api, services, "searchCases", SearchCases);
  AddRoute(api, services, "listFollowUps", ListFollowUps);
  AddRoute(api, services, "createCase", CreateCase);
  AddRoute(api, services, "openCase", OpenCase);
  AddRoute(api, services, "getCaseRecord", GetCaseRecord);
  AddRoute(api, services, "setCaseSheet", SetCaseSheet);
  AddRoute(api, services, "setCaseHarms", SetCaseHarms);
  AddRoute(api, services, "setCaseQueue", SetCaseQueue);
  AddRoute(api, services, "setCaseMinor", SetCaseMinor);
  AddRoute(api, services, "setCaseState", SetCaseState);
  AddRoute(api, services, "setCaseTriage", SetCaseTriage);
  AddRoute(api, services, "readCaseTriage", ReadCaseTriage);
  AddRoute(api, services, "takeCase", TakeCase);
  AddRoute(api, services, "handOverCase", HandOverCase);
  AddRoute(api, services, "linkCase", LinkCase);
  AddRoute(api, services, "unlinkCase", UnlinkCase);
  AddRoute(api, services, "listLinks", ListLinks);
  AddRoute(api, services, "openIncident", OpenIncident);
  AddRoute(api, services, "getIncident", GetIncident);
  AddRoute(api, services, "addToIncident", AddToIncident);
  AddRoute(api, services, "removeFromIncident", RemoveFromIncident);
}

}  // namespace jikimi::http
