// Signing in and out, one's own sessions and second factors, and coming in by an invitation.

#include <boost/json.hpp>
#include <utility>

#include "access/enrolment.h"
#include "access/passkey.h"
#include "http/base64url.h"
#include "http/cookie.h"
#include "http/fields.h"
#include "http/problem.h"
#include "http/services.h"
#include "http/throttled.h"
#include "http/time_text.h"

namespace jikimi::http {
namespace {

namespace json = boost::json;

json::object PersonJson(const Services& services, const access::Actor& actor) {
  const access::StaffActor& staff = *actor.staff();
  json::array permissions;
  for (std::size_t i = 0; i < access::kPermissionCount; ++i) {
    const auto permission = static_cast<access::Permission>(i);
    const auto scope = actor.permissions().Of(permission);
    if (!scope) continue;
    permissions.push_back(json::object{{"permission", access::PermissionCode(permission)},
                                       {"scope", access::ScopeCode(*scope)}});
  }
  const access::RoleText& text = services.roles.TextOf(staff.role);
  return {{"person", casework::IdText(staff.person)},
          {"number", staff.number},
          {"role", access::RoleCode(staff.role)},
          {"role_ko", text.korean},
          {"role_en", text.english},
          {"team", IdJson(staff.team)},
          {"permissions", std::move(permissions)}};
}

// The session begins: its cookie replaces the pending one.
Result<Response> Begun(const Services& services, Result<access::SignedIn> signed_in) {
  if (!signed_in.has_value()) return SignInFault(signed_in.error());
  ResealAfterSignIn(services, signed_in->actor);
  Response response = JsonResponse(200, PersonJson(services, signed_in->actor));
  response.headers.Add("Set-Cookie", HostCookie(kStaffCookie, Shown(signed_in->cookie)));
  response.headers.Add("Set-Cookie", ForgetHostCookie(kPendingCookie));
  return response;
}

Result<Response> BeginSession(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto pending =
      services.sign_in.Password(TextOf(body, "name"), TextOf(body, "password"),
                                SourceOf(services, request), TextOr(body, "device", ""));
  if (!pending.has_value()) return SignInFault(pending.error());
  json::array factors;
  if (pending->has_totp) factors.emplace_back("totp");
  if (pending->has_passkey) factors.emplace_back("passkey");
  Response response = JsonResponse(200, json::object{{"second_factors", std::move(factors)},
                                                     {"until", TimeText(pending->until)}});
  response.headers.Add("Set-Cookie", HostCookie(kPendingCookie, Shown(pending->cookie)));
  return response;
}

Result<Response> GiveTotp(const Services& services, const Request& request) {
  return Begun(services, services.sign_in.Totp(CookieOf(request, kPendingCookie),
                                               TextOf(request.json.as_object(), "code")));
}

Result<Response> AskPasskey(const Services& services, const Request& request) {
  const auto question = services.sign_in.AskPasskey(CookieOf(request, kPendingCookie));
  if (!question.has_value()) return SignInFault(question.error());
  json::array credentials;
  for (const auto& id : question->credential_ids) credentials.emplace_back(ToBase64Url(id));
  return JsonResponse(200, json::object{{"challenge", ToBase64Url(question->challenge)},
                                        {"credentials", std::move(credentials)}});
}

// A member in base64url, decoded; kInvalidArgument names it.
Result<std::vector<std::byte>> BytesOf(const json::object& body, std::string_view name) {
  auto bytes = FromBase64Url(TextOf(body, name));
  if (!bytes.has_value()) return Prefixed(name, bytes.error());
  return bytes;
}

Result<access::SignedIn> TryPasskey(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto credential = TRY(BytesOf(body, "credential_id"));
  const auto client_data = TRY(BytesOf(body, "client_data_json"));
  const auto authenticator = TRY(BytesOf(body, "authenticator_data"));
  const auto signature = TRY(BytesOf(body, "signature"));
  return services.sign_in.AnswerPasskey(CookieOf(request, kPendingCookie),
                                        {credential, client_data, authenticator, signature});
}

Result<Response> GivePasskey(const Services& services, const Request& request) {
  return Begun(services, TryPasskey(services, request));
}

Result<Response> AskNewPasskey(const Services& services, const Request& request) {
  const auto challenge = TRY(services.sign_in.AskNewPasskey(ActorOf(request)));
  return JsonResponse(200, json::object{{"challenge", ToBase64Url(challenge)}});
}

Result<Response> AddPasskey(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto client_data = TRY(BytesOf(body, "client_data_json"));
  const auto attestation = TRY(BytesOf(body, "attestation_object"));
  TRY(services.sign_in.AddPasskey(ActorOf(request), {client_data, attestation},
                                  TextOf(body, "label")));
  return NoContentResponse();
}

Result<Response> ListPasskeys(const Services& services, const Request& request) {
  json::array passkeys;
  for (const auto& row : TRY(services.sign_in.Passkeys(ActorOf(request)))) {
    passkeys.push_back(json::object{{"credential_id", ToBase64Url(row.credential_id)},
                                    {"label", row.label},
                                    {"added_at", TimeText(row.added_at)}});
  }
  return JsonResponse(200, json::object{{"passkeys", std::move(passkeys)}});
}

Result<Response> RemovePasskey(const Services& services, const Request& request) {
  const auto id = TRY(FromBase64Url(request.Text("credential_id")));
  TRY(services.sign_in.RemovePasskey(ActorOf(request), id));
  return NoContentResponse();
}

Result<Response> GetSession(const Services& services, const Request& request) {
  return JsonResponse(200, PersonJson(services, ActorOf(request)));
}

Result<Response> EndSession(const Services& services, const Request& request) {
  TRY(services.sign_in.SignOut(CookieOf(request, kStaffCookie)));
  Response response = NoContentResponse();
  response.headers.Add("Set-Cookie", ForgetHostCookie(kStaffCookie));
  return response;
}

Result<Response> ListSessions(const Services& services, const Request& request) {
  json::array sessions;
  const vault::SessionId own = ActorOf(request).staff()->session;
  for (const access::SessionRow& row : TRY(services.sign_in.Sessions(ActorOf(request)))) {
    sessions.push_back(json::object{{"id", casework::IdText(row.id)},
                                    {"began_at", TimeText(row.began_at)},
                                    {"last_used_at", TimeText(row.last_used_at)},
                                    {"device", row.device},
                                    {"this_one", row.id == own}});
  }
  return JsonResponse(200, json::object{{"sessions", std::move(sessions)}});
}

Result<Response> EndOtherSession(const Services& services, const Request& request) {
  TRY(services.sign_in.EndSession(ActorOf(request),
                                  IdParameter<vault::SessionId>(request, "session_id")));
  return NoContentResponse();
}

Result<Response> ChangePassword(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const auto changed =
      services.sign_in.ChangePassword(ActorOf(request), TextOf(body, "old_password"),
                                      TextOf(body, "new_password"), SourceOf(services, request));
  if (!changed.has_value()) return SignInFault(changed.error());
  return NoContentResponse();
}

Result<Response> OpenInvitation(const Services& services, const Request& request) {
  const auto welcome =
      access::OpenInvitation(services.database, services.keys, services.centre_name,
                             TextOf(request.json.as_object(), "code"), services.clock.Now());
  if (!welcome.has_value()) return SignInFault(welcome.error());
  return JsonResponse(200, json::object{{"name", welcome->name},
                                        {"role", access::RoleCode(welcome->role)},
                                        {"asks_name", welcome->asks_name},
                                        {"asks_new_password", welcome->asks_new_password},
                                        {"totp_uri", Shown(welcome->totp_uri)},
                                        {"totp_secret", Shown(welcome->totp_secret)}});
}

Result<Response> AcceptInvitation(const Services& services, const Request& request) {
  const json::object& body = request.json.as_object();
  const std::string name = TextOr(body, "sign_in_name", "");
  const std::string password = TextOf(body, "password");
  const std::string code = TextOf(body, "totp_code");
  const auto person = access::AcceptInvitation(services.database, services.keys, services.gate,
                                               SourceOf(services, request), TextOf(body, "code"),
                                               {name, password, code}, services.clock);
  if (!person.has_value()) return SignInFault(person.error());
  return JsonResponse(200, json::object{{"person", casework::IdText(*person)}});
}

}  // namespace

void AddSessionRoutes(Api& api, const Services& services) {
  AddRoute(api, services, "beginSession", BeginSession);
  AddRoute(api, services, "giveTotp", GiveTotp);
  AddRoute(api, services, "askPasskey", AskPasskey);
  AddRoute(api, services, "givePasskey", GivePasskey);
  AddRoute(api, services, "askNewPasskey", AskNewPasskey);
  AddRoute(api, services, "addPasskey", AddPasskey);
  AddRoute(api, services, "listPasskeys", ListPasskeys);
  AddRoute(api, services, "removePasskey", RemovePasskey);
  AddRoute(api, services, "getSession", GetSession);
  AddRoute(api, services, "endSession", EndSession);
  AddRoute(api, services, "listSessions", ListSessions);
  AddRoute(api, services, "endOtherSession", EndOtherSession);
  AddRoute(api, services, "changePassword", ChangePassword);
  AddRoute(api, services, "openInvitation", OpenInvitation);
  AddRoute(api, services, "acceptInvitation", AcceptInvitation);
}

}  // namespace jikimi::http
