// The survivor's portal: reporting, and looking at one's own case with a code. No picture is ever
// shown here, nothing stays on the device but a cookie that dies with the tab.

#include <boost/json.hpp>
#include <utility>

#include "access/team_keys.h"
#include "casework/contact.h"
#include "casework/report.h"
#include "casework/representative.h"
#include "casework/survivor_page.h"
#include "casework/withdrawal.h"
#include "http/consent_json.h"
#include "http/cookie.h"
#include "http/etag.h"
#include "http/fields.h"
#include "http/report_json.h"
#include "http/services.h"
#include "http/throttled.h"
#include "http/time_text.h"
#include "http/withdrawal_json.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;
using casework::Desk;
using store::Transaction;

Result<Response> TakeReport(const Services& services, const Request& request) {
  auto report = ReportFrom(request.json.as_object(), casework::Channel::kPortal);
  if (!report.has_value()) return report.error();
  TRY(casework::CheckReport(services.rules, *report));
  const auto answer = [](const casework::TakenReport& taken) {
    json::object object = {{"status", "received"}};
    if (taken.code) object["code"] = Shown(taken.code->ToText());
    return JsonResponse(201, object);
  };
  // Sealed here, in as many threads as there are, so that the transaction only writes.
  const auto seals = TRY(services.intake->Get(services.database, services.keys));
  const auto prepared = TRY(casework::PrepareReport(DeskFor(services, request), *report, *seals));
  const auto work = [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
    if (TRY(access::AreCurrent(transaction, *seals))) {
      TRY(casework::StoreReport(transaction, desk, prepared));
      return answer(prepared.taken());
    }
    services.intake->Drop(seals);
    const vault::TeamId team = TRY(access::IntakeTeam(transaction));
    const auto taken = TRY(casework::TakeReport(transaction, desk, *report, team));
    return answer(taken);
  };
  return Create(services, request, work, Endings::kNone);
}

// The session begins with the bare page; whether a word opened more shows on the next page only to
// whoever knows the word.
Result<Response> Entered(const Services& services, const Result<access::SurvivorIn>& in) {
  if (!in.has_value()) return SignInFault(in.error());
  const Desk desk{in->actor, services.keys, services.rules, services.clock.Now(), nullptr};
  const auto status = TRY(services.database.Read(
      [&](Transaction& transaction) { return casework::ReadBareStatus(transaction, desk); }));
  Response response = JsonResponse(200, json::object{{"status", casework::BareStatusName(status)}});
  response.headers.Add("Set-Cookie", HostCookie(kPortalCookie, Shown(in->cookie)));
  return response;
}

Result<Response> EnterPortal(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const std::string word = TextOr(body, "word", "");
  const access::Source source = SourceOf(services, request);
  return Entered(services, word.empty() ? services.survivors.Enter(TextOf(body, "code"), source)
                                        : services.survivors.EnterWithWord(TextOf(body, "code"),
                                                                           word, source));
}

Result<Response> ChooseWords(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const std::string second = TextOf(body, "second_word");
  const std::string duress = TextOf(body, "duress_word");
  auto in = services.survivors.ChooseWords(TextOf(body, "code"), TextOr(body, "word", ""),
                                           {second, duress}, SourceOf(services, request));
  if (in.has_value()) ResealAfterWords(services, in->actor);
  return Entered(services, std::move(in));
}

Result<Response> LeavePortal(const Services& services, const Request& request) {
  TRY(services.survivors.SignOut(CookieOf(request, kPortalCookie)));
  Response response = NoContentResponse();
  response.headers.Add("Set-Cookie", ForgetHostCookie(kPortalCookie));
  return response;
}

Result<Response> GetStatus(const Services& services, const Request& request) {
  const bool words = TRY(services.survivors.HasWords(CookieOf(request, kPortalCookie)));
  return List(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto status = TRY(casework::ReadBareStatus(transaction, desk));
        return JsonResponse(
            200, json::object{{"status", casework::BareStatusName(status)}, {"has_words", words}});
      });
}

json::object PageJson(const casework::SurvivorPage& page) {
  json::array services, consents, overrides, referrals, results;
  for (const auto& service : page.services) {
    services.push_back(json::object{
        {"type", service.type}, {"given_at", TimeText(service.given_at)}, {"by", service.by}});
  }
  for (const auto& consent : page.consents) consents.push_back(ConsentJson(consent));
  for (const auto& decided : page.overrides) overrides.push_back(OverrideJson(decided));
  for (const auto& referral : page.referrals) {
    referrals.push_back(json::object{{"agency", referral.agency},
                                     {"purpose", referral.purpose},
                                     {"state", casework::ReferralStateName(referral.state)},
                                     {"fields", TextsJson(referral.fields)},
                                     {"offered_at", TimeText(referral.offered_at)},
                                     {"changed_at", TimeText(referral.changed_at)}});
  }
  for (const auto& result : page.results) {
    results.push_back(
        json::object{{"written_at", TimeText(result.written_at)}, {"text", result.text}});
  }
  return {{"state", casework::CaseStateName(page.state)},
          {"withdrawal", casework::WithdrawalName(page.withdrawal)},
          {"destroy_at", TimeJson(page.destroy_at)},
          {"services", std::move(services)},
          {"consents", std::move(consents)},
          {"overrides", std::move(overrides)},
          {"referrals", std::move(referrals)},
          {"results", std::move(results)},
          {"retention", RetentionJson(page.retention)},
          {"items", page.items}};
}

Result<Response> GetPage(const Services& services, const Request& request) {
  return Look(
      services, request, [](Transaction& transaction, const Desk& desk) -> Result<Response> {
        return JsonResponse(200, PageJson(TRY(casework::ReadSurvivorPage(transaction, desk))));
      });
}

Result<Response> GetLog(const Services& services, const Request& request) {
  const auto limit = static_cast<int>(request.Integer("limit"));
  return Look(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        json::array lines;
        for (const auto& line : TRY(casework::ReadAccessLog(transaction, desk, limit))) {
          lines.push_back(json::object{
              {"at", TimeText(line.at)}, {"who", line.who}, {"ko", line.ko}, {"en", line.en}});
        }
        return JsonResponse(200, json::object{{"lines", std::move(lines)}});
      });
}

vault::CaseId OwnCase(const Desk& desk) { return desk.who.survivor()->of_case; }

access::ConsentGiven GivenBy(const Desk& desk) {
  const auto& representative = desk.who.survivor()->representative;
  if (!representative) return access::ConsentGiven::kBySurvivor;
  return representative->role == "guardian" ? access::ConsentGiven::kByGuardian
                                            : access::ConsentGiven::kByProxy;
}

Result<Response> GiveConsent(const Services& services, const Request& request) {
  const auto choice = TRY(ChoiceFrom(request.json.as_object(), services.clock.Now()));
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        TRY(casework::CheckOwnRight(transaction, desk, casework::Right::kConsent));
        const auto id = TRY(access::GiveConsent(transaction, desk.keys, desk.who, OwnCase(desk),
                                                choice, GivenBy(desk), desk.now));
        return JsonResponse(201, json::object{{"id", ConsentIdText(id)}});
      });
}

// One of her own; somebody else's looks like none.
Result<access::ConsentId> OwnConsent(Transaction& transaction, const Desk& desk,
                                     const Request& request) {
  const auto id = TRY(ParseConsentId(request.Text("consent_id")));
  for (const auto& consent : TRY(access::ConsentsOf(transaction, OwnCase(desk)))) {
    if (consent.id == id) return id;
  }
  return Error{ErrorCode::kNotFound, "there is no such consent"};
}

Result<Response> EndConsent(const Services& services, const Request& request) {
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::CheckOwnRight(transaction, desk, casework::Right::kConsent));
                  const auto id = TRY(OwnConsent(transaction, desk, request));
                  TRY(access::EndConsent(transaction, desk.keys, desk.who, id, desk.now));
                  return NoContentResponse();
                });
}

Result<Response> Withdraw(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto wanted = TRY(casework::ParseWithdrawal(TextOf(body, "withdrawal")));
  const auto receipt =
      TruthOr(body, "receipt", false) ? casework::WantsReceipt::kYes : casework::WantsReceipt::kNo;
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        return JsonResponse(
            200, WithdrawalJson(TRY(casework::Withdraw(transaction, desk, OwnCase(desk), wanted,
                                                       casework::Confirmed::kNo, receipt))));
      });
}

Result<Response> FetchReceipt(const Services& services, const Request& request) {
  const auto receipt =
      services.survivors.Receipt(TextOf(request.json.as_object(), "code"), services.centre_name,
                                 services.receipt_time, SourceOf(services, request));
  if (!receipt.has_value()) return SignInFault(receipt.error());
  return JsonResponse(200, json::object{{"receipt", *receipt}});
}

Result<Response> TakeBack(const Services& services, const Request& request) {
  const auto to = TRY(casework::ParseWithdrawal(TextOf(request.json.as_object(), "withdrawal")));
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        return JsonResponse(
            200, WithdrawalJson(TRY(casework::TakeBack(transaction, desk, OwnCase(desk), to))));
      });
}

Result<Response> AddItem(const Services& services, const Request& request) {
  const auto item = TRY(ItemFrom(request.json.as_object()));
  TRY(casework::CheckItem(services.rules, item));
  return Create(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  const auto id = TRY(casework::AddItem(transaction, desk, OwnCase(desk), item));
                  return JsonResponse(201, json::object{{"id", casework::IdText(id)}});
                });
}

Result<Response> SetContact(const Services& services, const Request& request) {
  const auto plan = TRY(ContactPlanFrom(request.json.as_object()));
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::SetContactPlan(transaction, desk, OwnCase(desk), plan));
                  return NoContentResponse();
                });
}

}  // namespace

void AddPortalRoutes(Api& api, const Services& services) {
  AddRoute(api, services, "takeReport", TakeReport);
  AddRoute(api, services, "enterPortal", EnterPortal);
  AddRoute(api, services, "choosePortalWords", ChooseWords);
  AddRoute(api, services, "leavePortal", LeavePortal);
  AddRoute(api, services, "getPortalStatus", GetStatus);
  AddRoute(api, services, "getPortalPage", GetPage);
  AddRoute(api, services, "getPortalLog", GetLog);
  AddRoute(api, services, "givePortalConsent", GiveConsent);
  AddRoute(api, services, "endPortalConsent", EndConsent);
  AddRoute(api, services, "withdrawFromPortal", Withdraw);
  AddRoute(api, services, "takeBackFromPortal", TakeBack);
  AddRoute(api, services, "fetchReceipt", FetchReceipt);
  AddRoute(api, services, "addPortalItem", AddItem);
  AddRoute(api, services, "setPortalContact", SetContact);
}

}  // namespace jikimi::http
