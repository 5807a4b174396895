#ifndef JIKIMI_HTTP_SERVICES_H_
#define JIKIMI_HTTP_SERVICES_H_

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/actor.h"
#include "access/argon2_gate.h"
#include "access/case_keys.h"
#include "access/centre_keys.h"
#include "access/intake_seals.h"
#include "access/roles.h"
#include "access/sign_in.h"
#include "access/source.h"
#include "access/survivors.h"
#include "base/clock.h"
#include "base/result.h"
#include "casework/desk.h"
#include "casework/rulebook.h"
#include "http/api.h"
#include "http/cursor.h"
#include "http/events.h"
#include "http/request.h"
#include "http/response.h"
#include "log/note.h"
#include "store/database.h"
#include "store/group_commit.h"

namespace jikimi::http {

// What the product's routes work with: the open centre. Everything outlives the server.
struct Services {
  store::Database& database;
  const Clock& clock;
  const access::CentreKeys& keys;
  const access::Roles& roles;
  const casework::Rulebook& rules;
  const access::SourceHasher& sources;
  access::Argon2Gate& gate;
  access::SignIn& sign_in;
  access::SurvivorDoor& survivors;
  store::GroupCommit& commits;
  EventHub& events;
  const Cursors& cursors;
  const log::NoteVerifier& log_key;
  std::vector<std::string> log_successions;  // the notes that led to it, the earliest first
  std::string centre_name;
  std::chrono::hours receipt_time{24 * 90};  // for which a receipt of a destruction waits
  // A proxy of the centre stands before us: where a request comes from is the last address of its
  // X-Forwarded-For, the one that the proxy added.
  bool behind_proxy = false;
  // What reports of the portal are sealed to.
  std::shared_ptr<access::IntakeSealsCache> intake = std::make_shared<access::IntakeSealsCache>();
};

// Cookies, without their "__Host-"; api/openapi.yaml names them as security schemes.
inline constexpr std::string_view kStaffCookie = "jikimi";
inline constexpr std::string_view kPendingCookie = "jikimi-pending";
inline constexpr std::string_view kPortalCookie = "jikimi-portal";

// The value of a cookie of ours; "" when the request has none.
std::string_view CookieOf(const Request& request, std::string_view name);

// Who acts, for operations with the security scheme "staff" or "portal": 401 without a session that
// is good, 403 when x-permission is one that the actor hasn't in any scope. What lies within the
// scope the rooms below decide.
Api::Guard MakeGuard(const Services& services);

// The actor that the guard found. A bug on operations that are open to all.
const access::Actor& ActorOf(const Request& request);
// Whose idempotency keys these are: "staff:…" or "portal:…" with the id; "anybody" where nobody is
// signed in (the same on every machine, so that a report may be repeated on another one).
std::string PrincipalOf(const Request& request);
// The source of a request for quotas.
access::Source SourceOf(const Services& services, const Request& request);

// --- The four ways in which a route meets the database. Each gives `work` a transaction and the
// desk of who acts, and the session is checked again within it by the rooms' Require().

using Work = std::function<Result<Response>(store::Transaction&, const casework::Desk&)>;

// Lists and directories: nothing is written, nothing logged.
Result<Response> List(const Services& services, const Request& request, const Work& work);
// Reading what is sealed, which writes its entry of the log: durable before the body leaves.
Result<Response> Look(const Services& services, const Request& request, const Work& work);
// A change. Repeating it is either harmless or refused by a revision.
Result<Response> Change(const Services& services, const Request& request, const Work& work);
// A creating call under its Idempotency-Key. The log's journal of what is gone is flushed after it,
// unless nothing can end by it.
enum class Endings { kPossible, kNone };
Result<Response> Create(const Services& services, const Request& request, const Work& work,
                        Endings endings = Endings::kPossible);

// Cases whose keys were changed are rotated and re-sealed as far as they are due, by who has their
// keys just now: Look(), Change() and Create() do it for each case that their work opened. Killed
// half-way, whoever opens the case next goes on; so a failure is nobody's answer.
//
// Of those who signed in, some of what waits for them; of her who chose words, her case.
void ResealAfterSignIn(const Services& services, const access::Actor& who);
void ResealAfterWords(const Services& services, const access::Actor& who);

// The desk of who acts, for what is prepared before its transaction.
casework::Desk DeskFor(const Services& services, const Request& request);

// Registers a handler that a route's function makes of the services.
using Route = Result<Response> (*)(const Services&, const Request&);
void AddRoute(Api& api, const Services& services, std::string_view operation_id, Route route);

// All operations of the product, which are these, by the part of api/openapi.yaml that describes
// them.
void AddProductRoutes(Api& api, const Services& services);
void AddPortalRoutes(Api& api, const Services& services);
void AddSessionRoutes(Api& api, const Services& services);
void AddPeopleRoutes(Api& api, const Services& services);
void AddSharingRoutes(Api& api, const Services& services);
void AddReportRoutes(Api& api, const Services& services);
void AddCaseRoutes(Api& api, const Services& services);
void AddWorkRoutes(Api& api, const Services& services);
void AddItemRoutes(Api& api, const Services& services);
void AddUploadRoutes(Api& api, const Services& services);
void AddEndingRoutes(Api& api, const Services& services);
void AddLogRoutes(Api& api, const Services& services);
void AddEventRoutes(Api& api, const Services& services);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_SERVICES_H_
