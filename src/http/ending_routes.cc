// Referrals and exports within consent; legal holds, withdrawal and destruction.

#include <boost/json.hpp>
#include <utility>

#include "access/destructions.h"
#include "casework/export.h"
#include "casework/referral.h"
#include "casework/schema.h"
#include "casework/withdrawal.h"
#include "http/case_json.h"
#include "http/consent_json.h"
#include "http/fields.h"
#include "http/services.h"
#include "http/time_text.h"
#include "http/withdrawal_json.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;
using casework::Desk;
using store::Transaction;

// --- Sharing

json::object ReferralJson(const casework::Referral& referral) {
  return {{"id", casework::IdText(referral.id)},
          {"agency", referral.agency},
          {"purpose", referral.purpose},
          {"state", casework::ReferralStateName(referral.state)},
          {"fields", TextsJson(referral.fields)},
          {"offered_at", TimeText(referral.offered_at)},
          {"changed_at", TimeText(referral.changed_at)},
          {"revision", referral.revision}};
}

Result<Response> ReadReferrals(const Services& services, const Request& request) {
  return Look(services, request,
              [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                json::array referrals;
                for (const auto& referral :
                     TRY(casework::ReferralsOf(transaction, desk, CaseOf(request)))) {
                  referrals.push_back(ReferralJson(referral));
                }
                return JsonResponse(200, json::object{{"referrals", std::move(referrals)}});
              });
}

Result<Response> OfferReferral(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const std::string agency = TextOf(body, "agency"), purpose = TextOf(body, "purpose");
  const auto fields = FieldsFrom(body, "fields");
  return Create(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        const auto offer = TRY(
            casework::OfferReferral(transaction, desk, CaseOf(request), agency, purpose, fields));
        return JsonResponse(201, json::object{{"referral", ReferralJson(offer.referral)},
                                              {"bundle", json::parse(offer.bundle.json)}});
      });
}

Result<Response> MoveReferral(const Services& services, const Request& request) {
  const auto id = IdParameter<casework::ReferralId>(request, "referral_id");
  const auto state = TRY(casework::ParseReferralState(TextOf(request.json.as_object(), "state")));
  return ChangeRevised(
      services, request,
      [&](Transaction& transaction, const Desk& desk, std::int64_t revision) -> Result<Response> {
        return RevisionResponse(
            TRY(casework::MoveReferral(transaction, desk, id, revision, state)));
      });
}

Response BundleResponse(casework::Export bundle) {
  Response response;
  response.content_type = "application/json";
  response.body = std::move(bundle.json);
  return response;
}

Result<Response> ExportCase(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const std::string agency = TextOf(body, "agency"), purpose = TextOf(body, "purpose");
  const auto fields = FieldsFrom(body, "fields");
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        return BundleResponse(
            TRY(casework::ExportFor(transaction, desk, CaseOf(request), agency, purpose, fields)));
      });
}

Result<Response> ExportDecided(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const std::string agency = TextOf(body, "agency"), purpose = TextOf(body, "purpose");
  const auto fields = FieldsFrom(body, "fields");
  const auto decided = TRY(ParseConsentId(request.Text("consent_id")));
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  return BundleResponse(TRY(casework::ExportOnOverride(
                      transaction, desk, CaseOf(request), decided, agency, purpose, fields)));
                });
}

// The whole file in memory, as readUpload has it. `send` takes transaction, desk and where its
// pieces go.
template <typename Send>
Result<Response> FileResponse(const Services& services, const Request& request, Send&& send) {
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        Response response;
        response.content_type = "application/octet-stream";
        response.headers.Add("Content-Disposition", "attachment");
        TRY(send(transaction, desk, [&](std::span<const std::byte> piece) -> Result<void> {
          response.body.append(reinterpret_cast<const char*>(piece.data()), piece.size());
          return {};
        }));
        return response;
      });
}

Result<Response> ExportFile(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const std::string agency = TextOf(body, "agency"), purpose = TextOf(body, "purpose");
  const auto file = IdParameter<vault::FileId>(request, "file_id");
  return FileResponse(services, request,
                      [&](Transaction& transaction, const Desk& desk, const auto& take) {
                        return casework::ExportFile(transaction, desk, CaseOf(request), file,
                                                    agency, purpose, take);
                      });
}

Result<Response> ExportDecidedFile(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const std::string agency = TextOf(body, "agency"), purpose = TextOf(body, "purpose");
  const auto decided = TRY(ParseConsentId(request.Text("consent_id")));
  const auto file = IdParameter<vault::FileId>(request, "file_id");
  return FileResponse(services, request,
                      [&](Transaction& transaction, const Desk& desk, const auto& take) {
                        return casework::ExportFileOnOverride(transaction, desk, CaseOf(request),
                                                              decided, file, agency, purpose, take);
                      });
}

// --- Holds, withdrawal, destruction

Result<Response> GetRetention(const Services& services, const Request& request) {
  return List(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        return JsonResponse(
            200, RetentionJson(TRY(casework::RetentionOf(transaction, desk, CaseOf(request)))));
      });
}

Result<Response> ReadHolds(const Services& services, const Request& request) {
  return Look(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        json::array holds;
        for (const auto& hold : TRY(casework::ReadHolds(transaction, desk, CaseOf(request)))) {
          holds.push_back(json::object{{"id", casework::IdText(hold.id)},
                                       {"authority", hold.authority},
                                       {"scope", hold.scope},
                                       {"from", TimeText(hold.from)},
                                       {"until", TimeText(hold.until)},
                                       {"ended_at", TimeJson(hold.ended_at)}});
        }
        return JsonResponse(200, json::object{{"holds", std::move(holds)}});
      });
}

Result<Response> SetHold(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto until = TRY(TimeOf(body, "until"));
  const casework::NewHold hold{TextOf(body, "authority"), TextOf(body, "scope"), until};
  return Create(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  const auto id = TRY(casework::SetHold(transaction, desk, CaseOf(request), hold));
                  return JsonResponse(201, json::object{{"id", casework::IdText(id)}});
                });
}

Result<Response> EndHold(const Services& services, const Request& request) {
  const auto id = IdParameter<casework::HoldId>(request, "hold_id");
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  TRY(casework::EndHold(transaction, desk, id));
                  return NoContentResponse();
                });
}

Result<Response> WithdrawCase(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto wanted = TRY(casework::ParseWithdrawal(TextOf(body, "withdrawal")));
  const auto confirmed = TruthOr(body, "over_safe_contact", false)
                             ? casework::Confirmed::kOverSafeContact
                             : casework::Confirmed::kNo;
  const auto receipt =
      TruthOr(body, "receipt", false) ? casework::WantsReceipt::kYes : casework::WantsReceipt::kNo;
  return Change(services, request,
                [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
                  return JsonResponse(
                      200, WithdrawalJson(TRY(casework::Withdraw(transaction, desk, CaseOf(request),
                                                                 wanted, confirmed, receipt))));
                });
}

Result<Response> TakeBackCase(const Services& services, const Request& request) {
  const auto to = TRY(casework::ParseWithdrawal(TextOf(request.json.as_object(), "withdrawal")));
  return Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        return JsonResponse(
            200, WithdrawalJson(TRY(casework::TakeBack(transaction, desk, CaseOf(request), to))));
      });
}

// Destroys in one transaction; the receipt is made after it, from the journal. That there is none
// (its last day can't be told while keys are being rotated) changes nothing of what was done.
Result<Response> DestroyCase(const Services& services, const Request& request) {
  const std::string subject = TextOr(request.json.as_object(), "receipt_for", "");
  const access::CaseEraser eraser = casework::Eraser();
  casework::Destroyed destroyed;
  auto response = Change(
      services, request, [&](Transaction& transaction, const Desk& desk) -> Result<Response> {
        destroyed =
            TRY(casework::DestroyCase(transaction, desk, CaseOf(request), std::span(&eraser, 1)));
        return JsonResponse(200,
                            json::object{{"keys", destroyed.keys}, {"at", TimeText(destroyed.at)}});
      });
  if (!response.has_value() || response->status != 200 || subject.empty()) return response;
  const auto receipt = access::ReceiptOf(
      services.database, services.keys, services.centre_name, vault::DestroyedRecord::kCase,
      destroyed.keys, std::as_bytes(std::span(subject)), destroyed.at, services.clock.Now());
  if (!receipt.has_value()) return response;
  return JsonResponse(
      200, json::object{
               {"keys", destroyed.keys}, {"at", TimeText(destroyed.at)}, {"receipt", *receipt}});
}

}  // namespace

void AddEndingRoutes(Api& api, const Services& services) {
  AddRoute(api, services, "readReferrals", ReadReferrals);
  AddRoute(api, services, "offerReferral", OfferReferral);
  AddRoute(api, services, "moveReferral", MoveReferral);
  AddRoute(api, services, "exportCase", ExportCase);
  AddRoute(api, services, "exportDecided", ExportDecided);
  AddRoute(api, services, "exportFile", ExportFile);
  AddRoute(api, services, "exportDecidedFile", ExportDecidedFile);
  AddRoute(api, services, "getRetention", GetRetention);
  AddRoute(api, services, "readHolds", ReadHolds);
  AddRoute(api, services, "setHold", SetHold);
  AddRoute(api, services, "endHold", EndHold);
  AddRoute(api, services, "withdrawCase", WithdrawCase);
  AddRoute(api, services, "takeBackCase", TakeBackCase);
  AddRoute(api, services, "destroyCase", DestroyCase);
}

}  // namespace jikimi::http
