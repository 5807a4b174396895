// The people of the centre, teams, leave cover, work load, and acts that take two supervisors.

#include <boost/json.hpp>
#include <utility>

#include "access/approvals.h"
#include "access/consent.h"
#include "access/enrolment.h"
#include "access/escrow.h"
#include "access/people.h"
#include "access/team_keys.h"
#include "access/workload.h"
#include "base/bytes.h"
#include "casework/schema.h"
#include "http/consent_json.h"
#include "http/fields.h"
#include "http/problem.h"
#include "http/services.h"
#include "http/time_text.h"
#include "vault/base64.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;
using casework::Desk;
using store::Transaction;

vault::PersonId PersonOf(const Request& request) {
  return IdParameter<vault::PersonId>(request, "person_id");
}

std::string ApprovalText(access::ApprovalId id) { return casework::internal::IdText(id.bytes); }

Result<access::ApprovalId> ApprovalFrom(std::string_view text) {
  return OpaqueIdFrom<access::ApprovalId>(text);
}

Result<std::optional<access::ApprovalId>> ApprovalIfAny(const json::object& body) {
  const std::string text = TextOr(body, "approval", "");
  if (text.empty()) return std::optional<access::ApprovalId>();
  return std::optional<access::ApprovalId>(TRY(ApprovalFrom(text)));
}

json::object PersonJson(const access::Person& person) {
  return {{"id", casework::IdText(person.id)},
          {"number", person.number},
          {"sign_in_name", person.sign_in_name},
          {"name", person.name},
          {"role", access::RoleCode(person.role)},
          {"team", IdJson(person.team)},
          {"state", access::PersonStateCode(person.state)},
          {"enrolled_at", TimeText(person.enrolled_at)},
          {"key_version", person.key_version},
          {"revision", person.revision}};
}

json::object InvitationJson(const access::Invitation& invitation) {
  return {{"person", casework::IdText(invitation.person)},
          {"code", Shown(invitation.code)},
          {"until", TimeText(invitation.until)}};
}

Result<Response> ListPeople(const Services& services, const Request& request) {
  const std::int64_t after = request.Integer("after");
  const auto limit = static_cast<int>(request.Integer("limit"));
  return List(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        TRY(access::Require(transaction, desk.who, access::Permission::kPersonList));
        json::array people;
        for (const auto& person : TRY(access::ListPeople(transaction, desk.keys, after, limit))) {
          people.push_back(PersonJson(person));
        }
        return JsonResponse(200, json::object{{"people", std::move(people)}});
      });
}

Result<access::NewPerson> NewPersonFrom(const json::object& body) {
  const auto role = TRY(access::ParseRole(TextOf(body, "role")));
  return access::NewPerson{TextOf(body, "name"), role, IdIfAny<vault::TeamId>(body, "team")};
}

Result<Response> InvitePerson(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto person = TRY(NewPersonFrom(body));
  const auto approval = TRY(ApprovalIfAny(body));
  return Create(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  const auto invitation = TRY(access::Invite(transaction, desk.keys, services.roles,
                                                             desk.who, approval, person, desk.now));
                  return JsonResponse(201, InvitationJson(invitation));
                });
}

Result<Response> WithdrawInvitation(const Services& services, const Request& request) {
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(access::WithdrawInvitation(transaction, desk.keys, desk.who,
                                                 PersonOf(request), desk.now));
                  return NoContentResponse();
                });
}

Result<Response> ResetKey(const Services& services, const Request& request) {
  const auto approval = TRY(ApprovalFrom(TextOf(request.json.as_object(), "approval")));
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        return JsonResponse(
            201, InvitationJson(TRY(access::ResetKey(transaction, desk.keys, desk.who, approval,
                                                     PersonOf(request), desk.now))));
      });
}

Result<Response> ResetSecondFactor(const Services& services, const Request& request) {
  const auto approval = TRY(ApprovalFrom(TextOf(request.json.as_object(), "approval")));
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        return JsonResponse(
            201, InvitationJson(TRY(access::ResetSecondFactor(
                     transaction, desk.keys, desk.who, approval, PersonOf(request), desk.now))));
      });
}

Result<Response> ChangeRole(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto approval = TRY(ApprovalFrom(TextOf(body, "approval")));
  const auto role = TRY(access::ParseRole(TextOf(body, "role")));
  const auto team = IdIfAny<vault::TeamId>(body, "team");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(access::ChangeRole(transaction, desk.keys, desk.who, approval,
                                         PersonOf(request), role, team, desk.now));
                  return NoContentResponse();
                });
}

Result<Response> LockPerson(const Services& services, const Request& request) {
  const std::string reason = TextOf(request.json.as_object(), "reason");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(access::LockPerson(transaction, desk.keys, desk.who, PersonOf(request),
                                         reason, desk.now));
                  return NoContentResponse();
                });
}

Result<Response> UnlockPerson(const Services& services, const Request& request) {
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        TRY(access::UnlockPerson(transaction, desk.keys, desk.who, PersonOf(request), desk.now));
        return NoContentResponse();
      });
}

Result<Response> LeaveCentre(const Services& services, const Request& request) {
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        TRY(access::LeaveCentre(transaction, desk.keys, desk.who, PersonOf(request), desk.now));
        return NoContentResponse();
      });
}

// --- Teams

Result<Response> ListTeams(const Services& services, const Request& request) {
  return List(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                TRY(access::Require(transaction, desk.who, access::Permission::kPersonList));
                json::array teams;
                for (const auto& team : TRY(access::ListTeams(transaction))) {
                  json::array members;
                  for (const auto& member : TRY(access::MembersOf(transaction, team.id))) {
                    members.emplace_back(casework::IdText(member.person));
                  }
                  teams.push_back(json::object{{"id", casework::IdText(team.id)},
                                               {"name", team.name},
                                               {"members", std::move(members)}});
                }
                return JsonResponse(200, json::object{{"teams", std::move(teams)}});
              });
}

Result<Response> AddTeam(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  std::vector<vault::PersonId> members;
  for (const std::string& id : TextsOf(body, "members")) {
    members.push_back(casework::ParseId<vault::PersonId>(id).value());
  }
  const std::string name = TextOf(body, "name");
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto id = TRY(access::AddTeam(transaction, desk.keys, desk.who, name, desk.now));
        TRY(access::CreateTeamKeys(transaction, desk.keys, desk.who, id, members, desk.now));
        return JsonResponse(201, json::object{{"id", casework::IdText(id)}});
      });
}

Result<Response> JoinTeam(const Services& services, const Request& request) {
  const auto team = IdParameter<vault::TeamId>(request, "team_id");
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        TRY(access::JoinTeam(transaction, desk.keys, desk.who, team, PersonOf(request), desk.now));
        return NoContentResponse();
      });
}

Result<Response> LeaveTeam(const Services& services, const Request& request) {
  const auto team = IdParameter<vault::TeamId>(request, "team_id");
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        TRY(access::LeaveTeam(transaction, desk.keys, desk.who, team, PersonOf(request), desk.now));
        return NoContentResponse();
      });
}

Result<Response> RotateTeam(const Services& services, const Request& request) {
  const auto team = IdParameter<vault::TeamId>(request, "team_id");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(access::RotateTeam(transaction, desk.keys, desk.who, team, desk.now));
                  return NoContentResponse();
                });
}

// Puts the team's new keys into reports at intake, a number of them a call.
Result<Response> RewrapIntake(const Services& services, const Request& request) {
  constexpr std::int64_t kReportsACall = 100;
  const auto team = IdParameter<vault::TeamId>(request, "team_id");
  const auto fields = casework::CaseFields();
  const std::int64_t left =
      TRY(access::RewrapIntake(services.database, services.keys, ActorOf(request), team, fields,
                               kReportsACall, services.clock));
  return JsonResponse(200, json::object{{"left", left}});
}

// --- Leave cover and work load

Result<Response> ListCovers(const Services& services, const Request& request) {
  return List(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        TRY(access::Require(transaction, desk.who, access::Permission::kPersonList));
        json::array covers;
        for (const auto& cover : TRY(access::ListCovers(transaction, std::nullopt, desk.now))) {
          covers.push_back(json::object{{"id", cover.id},
                                        {"absent", casework::IdText(cover.absent)},
                                        {"stand_in", casework::IdText(cover.stand_in)},
                                        {"from", TimeText(cover.from)},
                                        {"until", TimeText(cover.until)}});
        }
        return JsonResponse(200, json::object{{"covers", std::move(covers)}});
      });
}

Result<Response> AddCover(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  access::Cover cover;
  cover.absent = IdOf<vault::PersonId>(body, "absent");
  cover.stand_in = IdOf<vault::PersonId>(body, "stand_in");
  cover.from = TRY(TimeOf(body, "from"));
  cover.until = TRY(TimeOf(body, "until"));
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto id = TRY(access::AddCover(transaction, desk.keys, desk.who, cover, desk.now));
        return JsonResponse(201, json::object{{"id", id}});
      });
}

Result<Response> EndCover(const Services& services, const Request& request) {
  const std::int64_t id = request.Integer("cover_id");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(access::EndCover(transaction, desk.keys, desk.who, id, desk.now));
                  return NoContentResponse();
                });
}

std::int64_t Minutes(std::chrono::microseconds time) {
  return std::chrono::duration_cast<std::chrono::minutes>(time).count();
}

Result<Response> GetWorkload(const Services& services, const Request& request) {
  const Timestamp from = TRY(ParseTime(request.Text("from")));
  const Timestamp until = TRY(ParseTime(request.Text("until")));
  return List(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        json::array exposure, load;
        for (const auto& sum : TRY(access::SumExposures(transaction, desk.who, from, until))) {
          exposure.push_back(json::object{{"person", casework::IdText(sum.person)},
                                          {"blurred_minutes", Minutes(sum.blurred)},
                                          {"original_minutes", Minutes(sum.original)},
                                          {"text_minutes", Minutes(sum.text)},
                                          {"minutes", Minutes(sum.all)}});
        }
        for (const auto& row : TRY(access::CaseLoads(transaction, desk.who, from, until))) {
          load.push_back(json::object{{"person", casework::IdText(row.person)},
                                      {"now", row.now},
                                      {"taken", row.taken},
                                      {"put_down", row.put_down}});
        }
        return JsonResponse(
            200, json::object{{"exposure", std::move(exposure)}, {"cases", std::move(load)}});
      });
}

Result<Response> NoteExposure(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto what = TRY(access::ParseExposure(TextOf(body, "what")));
  const Timestamp from = TRY(TimeOf(body, "from"));
  const Timestamp until = TRY(TimeOf(body, "until"));
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(access::NoteExposure(transaction, desk.who, what, from, until, desk.now));
                  return NoContentResponse();
                });
}

// --- Acts that take two

Result<std::array<std::byte, 32>> DigestFrom(std::string_view text) {
  std::array<std::byte, 32> digest = {};
  if (FromHex(text, digest)) return digest;
  return Error{ErrorCode::kInvalidArgument, "digest: is 64 digits of 0-9 and a-f"};
}

json::object ApprovalJson(const access::Approval& approval) {
  json::array votes;
  for (const auto& vote : approval.votes) votes.emplace_back(casework::IdText(vote));
  return {{"id", ApprovalText(approval.id)},
          {"kind", access::ActKindCode(approval.kind)},
          {"subject", approval.subject},
          {"payload", vault::ToBase64(approval.payload)},
          {"digest", ToHex(approval.digest)},
          {"reason", approval.reason},
          {"about", IdJson(approval.about)},
          {"proposer", casework::IdText(approval.proposer)},
          {"votes", std::move(votes)},
          {"state", access::ApprovalStateCode(approval.state)},
          {"proposed_at", TimeText(approval.proposed_at)},
          {"until", TimeText(approval.until)}};
}

// What a proposal is about, in the words that the act will compare: by the members of the kind.
Result<std::string> SubjectFrom(access::ActKind kind, const json::object& body, Timestamp now) {
  if (const std::string subject = TextOr(body, "subject", ""); !subject.empty()) return subject;
  const auto person = IdIfAny<vault::PersonId>(body, "about");
  switch (kind) {
    case access::ActKind::kRole:
      if (body.contains("person")) {
        return access::InvitationSubject(TRY(NewPersonFrom(body.at("person").as_object())));
      }
      if (person && body.contains("role")) {
        return access::RoleSubject(*person, TRY(access::ParseRole(TextOf(body, "role"))),
                                   IdIfAny<vault::TeamId>(body, "team"));
      }
      break;
    case access::ActKind::kKeyReset:
    case access::ActKind::kSecondFactorReset:
      if (person) return access::PersonSubject(*person);
      break;
    case access::ActKind::kEmergencyOverride:
      if (body.contains("case") && body.contains("choice")) {
        const auto choice = TRY(ChoiceFrom(body.at("choice").as_object(), now));
        return access::EmergencySubject(IdOf<vault::CaseId>(body, "case"), choice);
      }
      break;
    case access::ActKind::kEscrowUse:
      if (body.contains("case")) {
        return access::EscrowUseSubject(IdOf<vault::CaseId>(body, "case"));
      }
      break;
    case access::ActKind::kEscrowRotation:
      return std::string(access::kEscrowRotationSubject);
    case access::ActKind::kAuditUse:
      return std::string(access::kAuditUseSubject);
    default:
      break;
  }
  return Error{ErrorCode::kInvalidArgument,
               "subject: is needed, or what a subject of this kind is made of"};
}

Result<Response> ProposeAct(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  access::NewApproval act;
  act.kind = TRY(access::ParseActKind(TextOf(body, "kind")));
  act.subject = TRY(SubjectFrom(act.kind, body, services.clock.Now()));
  act.payload = TRY(vault::FromBase64(TextOr(body, "payload", "")));
  act.reason = TextOf(body, "reason");
  act.about = IdIfAny<vault::PersonId>(body, "about");
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto id = TRY(access::Propose(transaction, desk.keys, desk.who, act, desk.now));
        return JsonResponse(201, json::object{{"id", ApprovalText(id)}});
      });
}

Result<void> RequireVoterOrProposer(Transaction& transaction, const Desk& desk) {
  if (access::May(desk.who, access::Permission::kApprovalVote)) {
    return access::Require(transaction, desk.who, access::Permission::kApprovalVote);
  }
  return access::Require(transaction, desk.who, access::Permission::kApprovalPropose);
}

Result<Response> ListApprovals(const Services& services, const Request& request) {
  const auto listed =
      request.Find("all")->get_bool() ? access::Listed::kAll : access::Listed::kWaiting;
  std::optional<access::ApprovalId> before;
  if (request.Find("before") != nullptr) before = TRY(ApprovalFrom(request.Text("before")));
  const auto limit = static_cast<int>(request.Integer("limit"));
  return List(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        TRY(RequireVoterOrProposer(transaction, desk));
        json::array approvals;
        for (const auto& approval :
             TRY(access::ListApprovals(transaction, desk.keys, listed, before, limit, desk.now))) {
          approvals.push_back(ApprovalJson(approval));
        }
        return JsonResponse(200, json::object{{"approvals", std::move(approvals)}});
      });
}

Result<Response> VoteForAct(const Services& services, const Request& request) {
  const auto id = TRY(ApprovalFrom(request.Text("approval_id")));
  const auto digest = TRY(DigestFrom(TextOf(request.json.as_object(), "digest")));
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto state =
            TRY(access::Vote(transaction, desk.keys, desk.who, id, digest, nullptr, desk.now));
        return JsonResponse(200, json::object{{"state", access::ApprovalStateCode(state)}});
      });
}

Result<Response> WithdrawAct(const Services& services, const Request& request) {
  const auto id = TRY(ApprovalFrom(request.Text("approval_id")));
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(access::WithdrawApproval(transaction, desk.keys, desk.who, id, desk.now));
                  return NoContentResponse();
                });
}

}  // namespace

void AddPeopleRoutes(Api& api, const Services& services) {
  AddRoute(api, services, "listPeople", ListPeople);
  AddRoute(api, services, "invitePerson", InvitePerson);
  AddRoute(api, services, "withdrawInvitation", WithdrawInvitation);
  AddRoute(api, services, "resetKey", ResetKey);
  AddRoute(api, services, "resetSecondFactor", ResetSecondFactor);
  AddRoute(api, services, "changeRole", ChangeRole);
  AddRoute(api, services, "lockPerson", LockPerson);
  AddRoute(api, services, "unlockPerson", UnlockPerson);
  AddRoute(api, services, "leaveCentre", LeaveCentre);
  AddRoute(api, services, "listTeams", ListTeams);
  AddRoute(api, services, "addTeam", AddTeam);
  AddRoute(api, services, "joinTeam", JoinTeam);
  AddRoute(api, services, "leaveTeam", LeaveTeam);
  AddRoute(api, services, "rotateTeam", RotateTeam);
  AddRoute(api, services, "rewrapIntake", RewrapIntake);
  AddRoute(api, services, "listCovers", ListCovers);
  AddRoute(api, services, "addCover", AddCover);
  AddRoute(api, services, "endCover", EndCover);
  AddRoute(api, services, "getWorkload", GetWorkload);
  AddRoute(api, services, "noteExposure", NoteExposure);
  AddRoute(api, services, "proposeAct", ProposeAct);
  AddRoute(api, services, "listApprovals", ListApprovals);
  AddRoute(api, services, "voteForAct", VoteForAct);
  AddRoute(api, services, "withdrawAct", WithdrawAct);
}

}  // namespace jikimi::http
