// The persons of a case, how to reach her, and the work: notes, results, tasks, services, the
// prosecution checklist.

#include <boost/json.hpp>
#include <utility>

#include "casework/checklist.h"
#include "casework/contact.h"
#include "casework/note.h"
#include "casework/party.h"
#include "casework/representative.h"
#include "casework/service.h"
#include "casework/task.h"
#include "http/case_json.h"
#include "http/fields.h"
#include "http/problem.h"
#include "http/services.h"
#include "http/time_text.h"
#include "http/withdrawal_json.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;
using casework::Desk;
using store::Transaction;

template <typename Id>
Response Made(const Id& id) {
  return JsonResponse(201, json::object{{"id", casework::IdText(id)}});
}

// --- Persons

Result<casework::NewParty> PartyFrom(const json::object& body) {
  return casework::NewParty{TRY(casework::ParsePartyRole(TextOf(body, "role"))),
                            TruthOr(body, "suspected", false), SheetOf(body, "sheet")};
}

Result<Response> ReadParties(const Services& services, const Request& request) {
  return Look(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        json::array parties;
        for (const auto& party : TRY(casework::ReadParties(transaction, desk, CaseOf(request)))) {
          json::array papers;
          for (const std::string& paper : party.papers) papers.emplace_back(paper);
          parties.push_back(json::object{{"id", casework::IdText(party.id)},
                                         {"role", casework::PartyRoleName(party.role)},
                                         {"suspected", party.suspected},
                                         {"papers", std::move(papers)},
                                         {"revision", party.revision},
                                         {"code_issued_at", TimeJson(party.code_issued_at)},
                                         {"sheet", SheetJson(party.sheet)}});
        }
        return JsonResponse(200, json::object{{"parties", std::move(parties)}});
      });
}

Result<Response> AddParty(const Services& services, const Request& request) {
  const auto party = TRY(PartyFrom(request.json.as_object()));
  return Create(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  return Made(TRY(casework::AddParty(transaction, desk, CaseOf(request), party)));
                });
}

Result<Response> SetParty(const Services& services, const Request& request) {
  const auto id = IdParameter<casework::PartyId>(request, "party_id");
  const auto party = TRY(PartyFrom(request.json.as_object()));
  return ChangeRevised(
      services, request,
      [&](Transaction& transaction, const Desk& desk, std::int64_t revision) -> Result<Response> {
        return RevisionResponse(TRY(casework::SetParty(transaction, desk, id, revision, party)));
      });
}

Result<Response> RemoveParty(const Services& services, const Request& request) {
  const auto id = IdParameter<casework::PartyId>(request, "party_id");
  return ChangeRevised(
      services, request,
      [&](Transaction& transaction, const Desk& desk, std::int64_t revision) -> Result<Response> {
        TRY(casework::RemoveParty(transaction, desk, id, revision));
        return NoContentResponse();
      });
}

Result<Response> CheckPaper(const Services& services, const Request& request) {
  const auto id = IdParameter<casework::PartyId>(request, "party_id");
  const std::string paper = TextOf(request.json.as_object(), "paper");
  return ChangeRevised(
      services, request,
      [&](Transaction& transaction, const Desk& desk, std::int64_t revision) -> Result<Response> {
        return RevisionResponse(TRY(casework::CheckPaper(transaction, desk, id, revision, paper)));
      });
}

// Shown this once.
Result<Response> IssuePartyCode(const Services& services, const Request& request) {
  const auto id = IdParameter<casework::PartyId>(request, "party_id");
  return Create(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  const auto code = TRY(casework::IssueCode(transaction, desk, id));
                  return JsonResponse(201, json::object{{"code", Shown(code.ToText())}});
                });
}

Result<Response> EndPartyCode(const Services& services, const Request& request) {
  const auto id = IdParameter<casework::PartyId>(request, "party_id");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::EndCode(transaction, desk, id));
                  return NoContentResponse();
                });
}

// --- Reaching her

Result<Response> ReadContact(const Services& services, const Request& request) {
  return Look(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto plan = TRY(casework::ReadContactPlan(transaction, desk, CaseOf(request)));
        return JsonResponse(200, ContactPlanJson(plan));
      });
}

Result<Response> SetContact(const Services& services, const Request& request) {
  const auto plan = TRY(ContactPlanFrom(request.json.as_object()));
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::SetContactPlan(transaction, desk, CaseOf(request), plan));
                  return NoContentResponse();
                });
}

Result<Response> SetContactUnsafe(const Services& services, const Request& request) {
  const bool unsafe = request.json.as_object().at("unsafe").as_bool();
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::SetContactUnsafe(transaction, desk, CaseOf(request), unsafe));
                  return NoContentResponse();
                });
}

Result<Response> ReadAttempts(const Services& services, const Request& request) {
  return Look(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        json::array attempts;
        for (const auto& attempt :
             TRY(casework::ReadAttempts(transaction, desk, CaseOf(request)))) {
          attempts.push_back(json::object{{"id", casework::IdText(attempt.id)},
                                          {"at", TimeText(attempt.at)},
                                          {"reached", casework::ReachedName(attempt.reached)},
                                          {"by", attempt.by},
                                          {"text", attempt.text}});
        }
        return JsonResponse(200, json::object{{"attempts", std::move(attempts)}});
      });
}

Result<Response> AddAttempt(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const Timestamp at = TRY(TimeOf(body, "at"));
  const auto reached = TRY(casework::ParseReached(TextOf(body, "reached")));
  const std::string text = TextOr(body, "text", "");
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        return Made(
            TRY(casework::AddAttempt(transaction, desk, CaseOf(request), at, reached, text)));
      });
}

// --- Notes and results

Result<Response> ReadNotes(const Services& services, const Request& request) {
  const auto limit = static_cast<int>(request.Integer("limit"));
  const std::string list =
      "notes\n" + std::string(request.Text("case_id")) + "\n" + PrincipalOf(request);
  std::optional<casework::NotePosition> before;
  if (const auto* cursor = request.Find("cursor"); cursor != nullptr) {
    const auto place = services.cursors.Open(list, cursor->get_string());
    if (!place.has_value()) return Invalids({{"query/cursor", place.error().message}});
    const std::string text(reinterpret_cast<const char*>(place->data()), place->size());
    const std::size_t space = text.find(' ');
    before.emplace();
    before->written_at = TRY(ParseTime(text.substr(0, space)));
    before->id = TRY(casework::ParseId<casework::NoteId>(text.substr(space + 1)));
  }
  return Look(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                const auto notes =
                    TRY(casework::ReadNotes(transaction, desk, CaseOf(request), before, limit));
                json::array shown;
                for (const auto& note : notes) {
                  shown.push_back(json::object{{"id", casework::IdText(note.id)},
                                               {"written_at", TimeText(note.written_at)},
                                               {"by", note.by},
                                               {"text", note.text}});
                }
                json::value next;
                if (static_cast<int>(notes.size()) == limit) {
                  const std::string place =
                      TimeText(notes.back().written_at) + " " + casework::IdText(notes.back().id);
                  next = services.cursors.Seal(list, std::as_bytes(std::span(place)));
                }
                return JsonResponse(
                    200, json::object{{"notes", std::move(shown)}, {"next", std::move(next)}});
              });
}

Result<Response> AddNote(const Services& services, const Request& request) {
  const std::string text = TextOf(request.json.as_object(), "text");
  return Create(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  return Made(TRY(casework::AddNote(transaction, desk, CaseOf(request), text)));
                });
}

Result<Response> ReadResults(const Services& services, const Request& request) {
  return Look(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                json::array results;
                for (const auto& result :
                     TRY(casework::ReadResultReports(transaction, desk, CaseOf(request)))) {
                  results.push_back(json::object{{"id", casework::IdText(result.id)},
                                                 {"written_at", TimeText(result.written_at)},
                                                 {"text", result.text}});
                }
                return JsonResponse(200, json::object{{"results", std::move(results)}});
              });
}

Result<Response> AddResult(const Services& services, const Request& request) {
  const std::string text = TextOf(request.json.as_object(), "text");
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        return Made(TRY(casework::AddResultReport(transaction, desk, CaseOf(request), text)));
      });
}

// --- Tasks, services, the checklist

Result<Response> ReadTasks(const Services& services, const Request& request) {
  return Look(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        json::array tasks;
        for (const auto& task : TRY(casework::ReadTasks(transaction, desk, CaseOf(request)))) {
          tasks.push_back(json::object{{"id", casework::IdText(task.id)},
                                       {"due_at", TimeText(task.due_at)},
                                       {"assigned", IdJson(task.assigned)},
                                       {"done_at", TimeJson(task.done_at)},
                                       {"text", task.text}});
        }
        return JsonResponse(200, json::object{{"tasks", std::move(tasks)}});
      });
}

Result<Response> AddTask(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto due_at = TRY(TimeOf(body, "due_at"));
  const casework::NewTask task{TextOf(body, "text"), due_at,
                               IdIfAny<vault::PersonId>(body, "assigned")};
  return Create(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  return Made(TRY(casework::AddTask(transaction, desk, CaseOf(request), task)));
                });
}

Result<Response> MoveTask(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto id = IdParameter<casework::TaskId>(request, "task_id");
  const Timestamp due_at = TRY(TimeOf(body, "due_at"));
  const auto assigned = IdIfAny<vault::PersonId>(body, "assigned");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::MoveTask(transaction, desk, id, due_at, assigned));
                  return NoContentResponse();
                });
}

Result<Response> FinishTask(const Services& services, const Request& request) {
  const auto id = IdParameter<casework::TaskId>(request, "task_id");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::FinishTask(transaction, desk, id));
                  return NoContentResponse();
                });
}

Result<Response> ReadServices(const Services& services, const Request& request) {
  return Look(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        json::array given;
        for (const auto& service : TRY(casework::ServicesOf(transaction, desk, CaseOf(request)))) {
          given.push_back(json::object{{"id", casework::IdText(service.id)},
                                       {"type", service.type},
                                       {"given_at", TimeText(service.given_at)},
                                       {"by", service.by}});
        }
        return JsonResponse(200, json::object{{"services", std::move(given)}});
      });
}

Result<Response> RecordService(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const Timestamp given_at = TRY(TimeOf(body, "given_at"));
  const std::string type = TextOf(body, "type"), key = TextOf(body, "key");
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto recorded =
            TRY(casework::RecordService(transaction, desk, CaseOf(request), type, key, given_at));
        return JsonResponse(
            200,
            json::object{{"recorded", recorded == casework::Recorded::kNew ? "new" : "before"}});
      });
}

Result<Response> ReadChecklist(const Services& services, const Request& request) {
  return Look(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        json::array entries;
        for (const auto& entry : TRY(casework::ReadChecklist(transaction, desk, CaseOf(request)))) {
          json::value date;
          if (entry.date) date = casework::DayText(*entry.date);
          entries.push_back(json::object{{"code", entry.code},
                                         {"done", entry.done},
                                         {"changed_at", TimeJson(entry.changed_at)},
                                         {"date", std::move(date)},
                                         {"by", entry.by}});
        }
        return JsonResponse(200, json::object{{"entries", std::move(entries)}});
      });
}

Result<Response> SetChecklist(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  std::optional<casework::CivilDay> date;
  if (const std::string text = TextOr(body, "date", ""); !text.empty()) {
    date = TRY(casework::ParseDay(text));
  }
  const std::string code = TextOf(body, "code");
  const bool done = body.at("done").as_bool();
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::SetChecklist(transaction, desk, CaseOf(request), code, done, date));
                  return NoContentResponse();
                });
}

}  // namespace

void AddWorkRoutes(Api& api, const Services& services) {
  AddRoute(api, services, "readParties", ReadParties);
  AddRoute(api, services, "addParty", AddParty);
  AddRoute(api, services, "setParty", SetParty);
  AddRoute(api, services, "removeParty", RemoveParty);
  AddRoute(api, services, "checkPaper", CheckPaper);
  AddRoute(api, services, "issuePartyCode", IssuePartyCode);
  AddRoute(api, services, "endPartyCode", EndPartyCode);
  AddRoute(api, services, "readContact", ReadContact);
  AddRoute(api, services, "setContact", SetContact);
  AddRoute(api, services, "setContactUnsafe", SetContactUnsafe);
  AddRoute(api, services, "readAttempts", ReadAttempts);
  AddRoute(api, services, "addAttempt", AddAttempt);
  AddRoute(api, services, "readNotes", ReadNotes);
  AddRoute(api, services, "addNote", AddNote);
  AddRoute(api, services, "readResults", ReadResults);
  AddRoute(api, services, "addResult", AddResult);
  AddRoute(api, services, "readTasks", ReadTasks);
  AddRoute(api, services, "addTask", AddTask);
  AddRoute(api, services, "moveTask", MoveTask);
  AddRoute(api, services, "finishTask", FinishTask);
  AddRoute(api, services, "readServices", ReadServices);
  AddRoute(api, services, "recordService", RecordService);
  AddRoute(api, services, "readChecklist", ReadChecklist);
  AddRoute(api, services, "setChecklist", SetChecklist);
}

}  // namespace jikimi::http
