// Consent and what stands beside it, the directory of agencies, who is granted a case, the escrow,
// and a survivor's lost code.

#include <boost/json.hpp>
#include <utility>

#include "access/agencies.h"
#include "access/approvals.h"
#include "access/case_keys.h"
#include "access/consent.h"
#include "access/escrow.h"
#include "access/survivors.h"
#include "casework/case_record.h"
#include "casework/civil_day.h"
#include "http/case_json.h"
#include "http/consent_json.h"
#include "http/etag.h"
#include "http/fields.h"
#include "http/problem.h"
#include "http/services.h"
#include "http/time_text.h"
#include "vault/split_key.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;
using casework::Desk;
using store::Transaction;

Result<access::ApprovalId> ApprovalFrom(const json::object& body) {
  return OpaqueIdFrom<access::ApprovalId>(TextOf(body, "approval"));
}

// Whose a case is. Asking needs the permission to list it.
struct Facts {
  std::vector<vault::PersonId> persons;
  access::ScopeFacts facts;
};
Result<std::unique_ptr<Facts>> FactsOf(Transaction& transaction, const Desk& desk,
                                       vault::CaseId id) {
  const auto record = TRY(casework::GetCase(transaction, desk, id));
  auto facts = std::make_unique<Facts>();
  if (record.assigned) facts->persons.push_back(*record.assigned);
  for (const auto& grant : TRY(access::GrantsOf(transaction, id))) {
    facts->persons.push_back(grant.person);
  }
  facts->facts = {id, facts->persons, record.team};
  return facts;
}

// --- Consent

Result<Response> GetConsentTerms(const Services&, const Request&) {
  const access::ConsentTerms& terms = access::Terms();
  const auto codes = [](const access::FieldCodes& fields) {
    json::array array;
    for (const std::string& field : fields) array.emplace_back(field);
    return array;
  };
  json::array fields, purposes;
  for (const auto& field : terms.fields) {
    fields.push_back(
        json::object{{"code", field.code}, {"ko", field.name_ko}, {"en", field.name_en}});
  }
  for (const auto& purpose : terms.purposes) {
    const auto keeping = terms.Keeping(purpose.keep_days);
    purposes.push_back(json::object{{"code", purpose.code},
                                    {"ko", purpose.name_ko},
                                    {"en", purpose.name_en},
                                    {"meaning_ko", purpose.meaning_ko},
                                    {"meaning_en", purpose.meaning_en},
                                    {"meaning_version", purpose.meaning_version},
                                    {"keep_days", purpose.keep_days},
                                    {"keeping_ko", keeping.ko},
                                    {"keeping_en", keeping.en},
                                    {"refusing_ko", purpose.refusing_ko},
                                    {"refusing_en", purpose.refusing_en},
                                    {"fields", codes(purpose.fields)}});
  }
  return JsonResponse(200, json::object{{"fields", std::move(fields)},
                                        {"purposes", std::move(purposes)},
                                        {"max_days", terms.max_days},
                                        {"warn_days", terms.warn_days}});
}

Result<Response> ListConsents(const Services& services, const Request& request) {
  return List(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                const auto facts = TRY(FactsOf(transaction, desk, CaseOf(request)));
                TRY(access::Require(transaction, desk.who, access::Permission::kConsentRecord,
                                    facts->facts));
                json::array consents, overrides;
                for (const auto& consent : TRY(access::ConsentsOf(transaction, CaseOf(request)))) {
                  consents.push_back(ConsentJson(consent));
                }
                for (const auto& decided : TRY(access::OverridesOf(transaction, CaseOf(request)))) {
                  overrides.push_back(OverrideJson(decided));
                }
                return JsonResponse(200, json::object{{"consents", std::move(consents)},
                                                      {"overrides", std::move(overrides)}});
              });
}

Result<Response> RecordConsent(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto choice = TRY(ChoiceFrom(body, services.clock.Now()));
  const auto given = TRY(ParseConsentGiven(TextOf(body, "given")));
  return Create(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  const auto id = TRY(access::GiveConsent(
                      transaction, desk.keys, desk.who, CaseOf(request), choice, given, desk.now));
                  return JsonResponse(201, json::object{{"id", ConsentIdText(id)}});
                });
}

Result<Response> ChangeConsent(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto id = TRY(ParseConsentId(request.Text("consent_id")));
  const auto choice = TRY(ChoiceFrom(body, services.clock.Now()));
  const auto given = TRY(ParseConsentGiven(TextOf(body, "given")));
  return ChangeRevised(
      services, request,
      [&](Transaction& transaction, const Desk& desk, std::int64_t version) -> Result<Response> {
        return RevisionResponse(
            TRY(access::ChangeConsent(transaction, desk.keys, desk.who, id,
                                      static_cast<int>(version), choice, given, desk.now)));
      });
}

Result<Response> EndConsent(const Services& services, const Request& request) {
  const auto id = TRY(ParseConsentId(request.Text("consent_id")));
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(access::EndConsent(transaction, desk.keys, desk.who, id, desk.now));
                  return NoContentResponse();
                });
}

Result<Response> DecideEmergency(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto approval = TRY(ApprovalFrom(body));
  const auto choice = TRY(ChoiceFrom(body, services.clock.Now()));
  const std::string reason = TextOf(body, "reason");
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto id = TRY(access::DecideEmergency(transaction, desk.keys, desk.who, approval,
                                                    CaseOf(request), choice, reason, desk.now));
        return JsonResponse(201, json::object{{"id", ConsentIdText(id)}});
      });
}

Result<Response> DecideDuty(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto choice = TRY(ChoiceFrom(body, services.clock.Now()));
  const std::string basis = TextOf(body, "legal_basis"), reason = TextOf(body, "reason");
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto id = TRY(access::DecideDuty(transaction, desk.keys, desk.who, CaseOf(request),
                                               choice, basis, reason, desk.now));
        return JsonResponse(201, json::object{{"id", ConsentIdText(id)}});
      });
}

// --- Agencies

json::object AgencyJson(const access::Agency& agency) {
  json::value from, until;
  if (agency.from) from = casework::DayText(*agency.from);
  if (agency.until) until = casework::DayText(*agency.until);
  return {{"code", agency.code},
          {"kind", agency.kind},
          {"name", agency.name},
          {"name_en", agency.name_en},
          {"jurisdiction", agency.jurisdiction},
          {"from", std::move(from)},
          {"until", std::move(until)},
          {"address", agency.address},
          {"source", agency.source}};
}

Result<access::Agency> AgencyFrom(const json::object& body) {
  access::Agency agency;
  agency.code = TextOf(body, "code");
  agency.kind = TextOf(body, "kind");
  agency.name = TextOf(body, "name");
  agency.name_en = TextOf(body, "name_en");
  agency.jurisdiction = TextOf(body, "jurisdiction");
  if (const auto day = TextOr(body, "from", ""); !day.empty()) {
    agency.from = TRY(casework::ParseDay(day));
  }
  if (const auto day = TextOr(body, "until", ""); !day.empty()) {
    agency.until = TRY(casework::ParseDay(day));
  }
  agency.address = TextOr(body, "address", "");
  agency.source = TextOr(body, "source", "");
  return agency;
}

Result<Response> ListAgencies(const Services& services, const Request& request) {
  std::optional<std::string> kind;
  if (request.Find("kind") != nullptr) kind = request.Text("kind");
  return List(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                json::array agencies;
                for (const auto& agency : TRY(access::ListAgencies(transaction, kind, desk.now))) {
                  agencies.push_back(AgencyJson(agency));
                }
                return JsonResponse(200, json::object{{"agencies", std::move(agencies)}});
              });
}

Result<Response> PutAgency(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto approval = TRY(ApprovalFrom(body));
  const auto agency = TRY(AgencyFrom(body.at("agency").as_object()));
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        TRY(access::PutAgency(transaction, desk.keys, desk.who, approval, agency, desk.now));
        return NoContentResponse();
      });
}

Result<Response> GetAgencySubject(const Services&, const Request& request) {
  const auto agency = TRY(AgencyFrom(request.json.as_object()));
  return JsonResponse(200, json::object{{"subject", access::AgencySubject(agency)}});
}

// --- Who is granted a case

Result<Response> ListGrants(const Services& services, const Request& request) {
  return List(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                TRY(casework::GetCase(transaction, desk, CaseOf(request)));
                json::array grants;
                for (const auto& grant : TRY(access::GrantsOf(transaction, CaseOf(request)))) {
                  grants.push_back(json::object{{"person", casework::IdText(grant.person)},
                                                {"granted_at", TimeText(grant.granted_at)}});
                }
                return JsonResponse(200, json::object{{"grants", std::move(grants)}});
              });
}

Result<Response> GrantCase(const Services& services, const Request& request) {
  const auto person = IdParameter<vault::PersonId>(request, "person_id");
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        auto opened = TRY(access::OpenCase(transaction, desk.keys, desk.who, CaseOf(request)));
        TRY(access::Grant(transaction, desk.keys, desk.who, opened, person, desk.now));
        desk.LeaveDue(std::move(opened));
        return NoContentResponse();
      });
}

Result<Response> RevokeGrant(const Services& services, const Request& request) {
  const auto person = IdParameter<vault::PersonId>(request, "person_id");
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        auto opened = TRY(access::OpenCase(transaction, desk.keys, desk.who, CaseOf(request)));
        TRY(access::Revoke(transaction, desk.keys, desk.who, opened, person, desk.now));
        desk.LeaveDue(std::move(opened));
        return NoContentResponse();
      });
}

Result<Response> RotateCase(const Services& services, const Request& request) {
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        auto opened = TRY(access::OpenCase(transaction, desk.keys, desk.who, CaseOf(request)));
        TRY(access::RotateCase(transaction, desk.keys, desk.who, opened, desk.now));
        desk.LeaveDue(std::move(opened));
        return NoContentResponse();
      });
}

// --- The escrow

Result<std::vector<vault::KeyShare>> SharesFrom(const json::object& body) {
  std::vector<vault::KeyShare> shares;
  for (const std::string& text : TextsOf(body, "shares")) {
    auto share = vault::KeyShare::FromText(text);
    if (!share.has_value()) {
      return Prefixed("shares[" + std::to_string(shares.size()) + "]", share.error());
    }
    shares.push_back(std::move(*share));
  }
  return shares;
}

// Opens one case with the escrow, to grant it again to people who are there.
Result<Response> UseEscrow(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto approval = TRY(ApprovalFrom(body));
  const auto shares = TRY(SharesFrom(body));
  const auto persons = TextsOf(body, "grant_to");
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        auto opened = TRY(access::OpenByEscrow(transaction, desk.keys, desk.who, approval, shares,
                                               CaseOf(request), desk.now));
        for (const std::string& person : persons) {
          TRY(access::Grant(transaction, desk.keys, desk.who, opened,
                            casework::ParseId<vault::PersonId>(person).value(), desk.now));
        }
        desk.LeaveDue(std::move(opened));
        return NoContentResponse();
      });
}

Result<Response> CheckShare(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto share = TRY(vault::KeyShare::FromText(TextOf(body, "share")));
  const bool audit = TextOf(body, "of") == "audit";
  return List(services, request, [&](Transaction& transaction, const Desk&) -> Result<Response> {
    const auto status = TRY(audit ? access::CheckAuditShare(transaction, share)
                                  : access::CheckEscrowShare(transaction, share));
    return JsonResponse(
        200, json::object{{"version", status.version}, {"needed", status.k}, {"shares", status.n}});
  });
}

// --- A lost code

json::object LostCodeJson(const access::LostCode& lost) {
  return {{"first", casework::IdText(lost.first)},
          {"asked_at", TimeText(lost.asked_at)},
          {"second", IdJson(lost.second)},
          {"not_before", TimeJson(lost.not_before)}};
}

Result<Response> SetAgreedQuestion(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const std::string text = json::serialize(
      json::object{{"question", TextOf(body, "question")}, {"answer", TextOf(body, "answer")}});
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto id = CaseOf(request);
        const auto facts = TRY(FactsOf(transaction, desk, id));
        const auto key = TRY(access::FindCaseKey(transaction, desk.keys, id));
        const auto sealed = TRY(
            vault::Seal(key, access::AgreedQuestionContext(id), std::as_bytes(std::span(text))));
        TRY(access::SetAgreedQuestion(transaction, desk.keys, desk.who, facts->facts, id, sealed,
                                      desk.now));
        return NoContentResponse();
      });
}

Result<Response> ReadAgreedQuestion(const Services& services, const Request& request) {
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto id = CaseOf(request);
        const auto facts = TRY(FactsOf(transaction, desk, id));
        TRY(casework::ReadCase(transaction, desk, id));  // the logged act of opening the case
        const auto opened = TRY(access::OpenCase(transaction, desk.keys, desk.who, id));
        const auto bytes = TRY(access::FindAgreedQuestion(transaction, desk.who, facts->facts, id));
        const auto sealed = TRY(vault::SealedTo<vault::KeyKind::kCase>::Parse(bytes));
        const auto plain = TRY(opened.OpenField(access::AgreedQuestionContext(id), sealed));
        return JsonResponse(200, json::parse(Shown(plain)));
      });
}

Result<Response> AttestLostCode(const Services& services, const Request& request) {
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto facts = TRY(FactsOf(transaction, desk, CaseOf(request)));
        return JsonResponse(
            200, LostCodeJson(TRY(access::AttestLostCode(
                     transaction, desk.keys, desk.who, facts->facts, CaseOf(request), desk.now))));
      });
}

Result<Response> StopLostCode(const Services& services, const Request& request) {
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  const auto facts = TRY(FactsOf(transaction, desk, CaseOf(request)));
                  TRY(access::StopLostCode(transaction, desk.keys, desk.who, facts->facts,
                                           CaseOf(request), desk.now));
                  return NoContentResponse();
                });
}

Result<Response> GiveNewCode(const Services& services, const Request& request) {
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto facts = TRY(FactsOf(transaction, desk, CaseOf(request)));
        auto opened = TRY(access::OpenCase(transaction, desk.keys, desk.who, CaseOf(request)));
        const auto code = TRY(
            access::GiveNewCode(transaction, desk.keys, desk.who, facts->facts, opened, desk.now));
        desk.LeaveDue(std::move(opened));
        return JsonResponse(201, json::object{{"code", Shown(code.ToText())}});
      });
}

}  // namespace

void AddSharingRoutes(Api& api, const Services& services) {
  AddRoute(api, services, "getConsentTerms", GetConsentTerms);
  AddRoute(api, services, "listConsents", ListConsents);
  AddRoute(api, services, "recordConsent", RecordConsent);
  AddRoute(api, services, "changeConsent", ChangeConsent);
  AddRoute(api, services, "endConsent", EndConsent);
  AddRoute(api, services, "decideEmergency", DecideEmergency);
  AddRoute(api, services, "decideDuty", DecideDuty);
  AddRoute(api, services, "listAgencies", ListAgencies);
  AddRoute(api, services, "putAgency", PutAgency);
  AddRoute(api, services, "getAgencySubject", GetAgencySubject);
  AddRoute(api, services, "listGrants", ListGrants);
  AddRoute(api, services, "grantCase", GrantCase);
  AddRoute(api, services, "revokeGrant", RevokeGrant);
  AddRoute(api, services, "rotateCase", RotateCase);
  AddRoute(api, services, "useEscrow", UseEscrow);
  AddRoute(api, services, "checkShare", CheckShare);
  AddRoute(api, services, "setAgreedQuestion", SetAgreedQuestion);
  AddRoute(api, services, "readAgreedQuestion", ReadAgreedQuestion);
  AddRoute(api, services, "attestLostCode", AttestLostCode);
  AddRoute(api, services, "stopLostCode", StopLostCode);
  AddRoute(api, services, "giveNewCode", GiveNewCode);
}

}  // namespace jikimi::http
