#include "http/services.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

#include "access/destructions.h"
#include "access/permission.h"
#include "access/team_keys.h"
#include "base/bytes.h"
#include "base/check.h"
#include "casework/schema.h"
#include "http/idempotency.h"
#include "http/openapi.h"
#include "http/problem.h"
#include "log/entries.h"

namespace jikimi::http {
namespace {

// std::any wants what can be copied; an actor can't be.
using Identity = std::shared_ptr<const access::Actor>;

constexpr char kSignInAgain[] = "sign in first, or again: this session is over";

bool Names(const Operation& operation, std::string_view scheme) {
  return std::find(operation.security.begin(), operation.security.end(), scheme) !=
         operation.security.end();
}

// Whether the actor has the permission in some scope. What is within it needs the record.
Result<bool> HasPermission(const access::Actor& actor, const std::string& code) {
  if (code.empty()) return true;
  const auto permission = TRY(access::ParsePermission(code));
  return actor.permissions().Of(permission).has_value();
}

casework::Desk DeskOf(const Services& services, const access::Actor& actor) {
  return {actor, services.keys, services.rules, services.clock.Now()};
}

// The system's own actor, where an operation is open to all: a report from the portal.
const access::Actor& Portal() {
  static const access::Actor actor(access::SystemActor{"portal"});
  return actor;
}

const access::Actor& ActorOrPortal(const Request& request) {
  return request.identity.has_value() ? ActorOf(request) : Portal();
}

// Whether what was read a moment ago may still be seen, and its entries are sealed to keys that
// are still the cases': since then one may have been rotated, or destroyed.
Result<bool> AreCurrent(store::Transaction& transaction,
                        const std::vector<log::SealedEntry>& reads) {
  for (const log::SealedEntry& entry : reads) {
    for (const auto& copy : entry.copies()) {
      if (copy.kind != log::SealKind::kCase) continue;
      if (!TRY(access::IsCurrentCaseKey(transaction, *entry.case_id(), copy.key_version))) {
        return false;
      }
    }
  }
  return true;
}

constexpr std::int64_t kEverything = 1'000'000;
// Nobody waits long for what they look at: the next look goes on.
constexpr std::int64_t kOfALook = 2'000;

void Reseal(const Services& services, const access::Actor& who, access::OpenedCase& opened,
            std::int64_t most) {
  const auto fields = casework::CaseFields();
  (void)access::RotateAndReseal(services.database, services.keys, who, opened, fields,
                                services.clock.Now(), most);
}

void ResealAll(const Services& services, const access::Actor& who,
               std::vector<access::OpenedCase>& due, std::int64_t most) {
  for (std::size_t i = 0; i < due.size(); ++i) {
    const bool comes_again =
        std::any_of(due.begin() + static_cast<std::ptrdiff_t>(i) + 1, due.end(),
                    [&](const access::OpenedCase& later) { return later.id() == due[i].id(); });
    if (!comes_again) Reseal(services, who, due[i], most);
  }
}

void OpenAndReseal(const Services& services, const access::Actor& who, vault::CaseId id) {
  auto opened = services.database.Read([&](store::Transaction& transaction) {
    return access::OpenCase(transaction, services.keys, who, id);
  });
  if (opened.has_value()) Reseal(services, who, *opened, kOfALook);
}

// What was ended, revoked or destroyed must be in the journal before anybody is told so.
Result<Response> Finished(const Services& services, Result<Response> response) {
  const bool done = response.has_value() && response->status < 400;
  if (done) TRY(access::FlushJournal(services.database, services.keys));
  return response;
}

}  // namespace

std::string_view CookieOf(const Request& request, std::string_view name) {
  return request.cookies.Find("__Host-" + std::string(name)).value_or(std::string_view());
}

Api::Guard MakeGuard(const Services& services) {
  return [&services](Request& request) -> Result<std::optional<Response>> {
    const Operation& operation = *request.operation;
    const bool staff = Names(operation, "staff");
    const bool portal = Names(operation, "portal");
    if (!staff && !portal) return std::optional<Response>();
    Result<access::Actor> actor = Error{ErrorCode::kPermissionDenied, kSignInAgain};
    if (const auto cookie = CookieOf(request, kStaffCookie); staff && !cookie.empty()) {
      actor = services.sign_in.Check(cookie);
    } else if (const auto hers = CookieOf(request, kPortalCookie); portal && !hers.empty()) {
      actor = services.survivors.Check(hers);
    }
    if (!actor.has_value()) {
      if (actor.error().code != ErrorCode::kPermissionDenied) return actor.error();
      return std::optional<Response>(Unauthorized(kSignInAgain));
    }
    if (!TRY(HasPermission(*actor, operation.permission))) {
      return Error{ErrorCode::kPermissionDenied,
                   actor->Describe() + " has no permission " + operation.permission};
    }
    request.identity = std::make_shared<const access::Actor>(std::move(*actor));
    return std::optional<Response>();
  };
}

const access::Actor& ActorOf(const Request& request) {
  const auto* identity = std::any_cast<Identity>(&request.identity);
  CHECK(identity != nullptr && *identity != nullptr);
  return **identity;
}

std::string PrincipalOf(const Request& request) {
  if (!request.identity.has_value()) return "anybody";
  const access::Actor& actor = ActorOf(request);
  if (const auto* staff = actor.staff()) return "staff:" + ToHex(staff->person.bytes());
  const auto* survivor = actor.survivor();
  CHECK(survivor != nullptr);
  return "portal:" + ToHex(survivor->survivor.bytes());
}

access::Source SourceOf(const Services& services, const Request& request) {
  std::string source = request.source;
  if (const auto forwarded = request.headers.Joined("X-Forwarded-For");
      services.behind_proxy && forwarded) {
    source = TrimBlank(std::string_view(*forwarded).substr(forwarded->rfind(',') + 1));
  }
  std::array<std::byte, 16> address = {};
  if (inet_pton(AF_INET, source.c_str(), address.data()) == 1) {
    return services.sources.Of(std::span(address).first<4>());
  }
  if (inet_pton(AF_INET6, source.c_str(), address.data()) == 1) {
    return services.sources.Of(address);
  }
  return services.sources.Local();
}

casework::Desk DeskFor(const Services& services, const Request& request) {
  return DeskOf(services, ActorOrPortal(request));
}

Result<Response> List(const Services& services, const Request& request, const Work& work) {
  const casework::Desk desk = DeskOf(services, ActorOrPortal(request));
  return services.database.Read(
      [&](store::Transaction& transaction) { return work(transaction, desk); });
}

Result<Response> Look(const Services& services, const Request& request, const Work& work) {
  constexpr int kTries = 3;
  casework::Desk desk = DeskOf(services, ActorOrPortal(request));
  std::vector<log::SealedEntry> reads;
  std::vector<access::OpenedCase> due;
  desk.reads = &reads;
  desk.due = &due;
  for (int i = 0; i < kTries; ++i) {
    auto response = TRY(services.database.Read([&](store::Transaction& transaction) {
      reads.clear();
      due.clear();
      return work(transaction, desk);
    }));
    if (reads.empty()) return response;
    const bool appended =
        TRY(services.commits.Write([&](store::Transaction& transaction) -> Result<bool> {
          if (!TRY(AreCurrent(transaction, reads))) return false;
          TRY(log::AppendAll(transaction, reads));
          return true;
        }));
    if (!appended) continue;
    ResealAll(services, desk.who, due, kOfALook);
    return response;
  }
  return Error{ErrorCode::kUnavailable, "the case's keys are being changed"};
}

Result<Response> Change(const Services& services, const Request& request, const Work& work) {
  casework::Desk desk = DeskOf(services, ActorOrPortal(request));
  std::vector<access::OpenedCase> due;
  desk.due = &due;
  std::optional<Response> refusal;
  auto response = services.database.Write([&](store::Transaction& transaction) -> Result<Response> {
    refusal.reset();
    due.clear();
    auto made = work(transaction, desk);
    if (!made.has_value() || made->status < 400) return made;
    // A response that refuses must undo what its work wrote.
    refusal = std::move(*made);
    return Error{ErrorCode::kInterrupted, "refused"};
  });
  if (refusal) return std::move(*refusal);
  response = Finished(services, std::move(response));
  if (response.has_value()) ResealAll(services, desk.who, due, kEverything);
  return response;
}

Result<Response> Create(const Services& services, const Request& request, const Work& work,
                        Endings endings) {
  casework::Desk desk = DeskOf(services, ActorOrPortal(request));
  std::vector<access::OpenedCase> due;
  desk.due = &due;
  const auto call = IdempotentCall::Of(request, PrincipalOf(request));
  if (!call.has_value()) return RequestFault(call.error());
  auto response =
      RunOnce(services.commits, services.clock, *call, [&](store::Transaction& transaction) {
        due.clear();
        return work(transaction, desk);
      });
  if (endings == Endings::kPossible) response = Finished(services, std::move(response));
  if (response.has_value() && response->status < 400) {
    ResealAll(services, desk.who, due, kEverything);
  }
  return response;
}

void ResealAfterSignIn(const Services& services, const access::Actor& who) {
  constexpr int kCases = 20;
  const access::StaffActor& staff = *who.staff();
  const auto due = services.database.Read([&](store::Transaction& transaction) {
    return access::CasesToReseal(transaction, staff.person, kCases);
  });
  if (due.has_value()) {
    for (const vault::CaseId id : *due) OpenAndReseal(services, who, id);
  }
  if (!staff.team) return;
  const auto rewrap = services.database.Read(
      [&](store::Transaction& transaction) { return access::RewrapDue(transaction, *staff.team); });
  if (!rewrap.has_value() || !*rewrap) return;
  (void)access::RewrapIntake(services.database, services.keys, who, *staff.team,
                             casework::CaseFields(), kCases, services.clock);
}

void ResealAfterWords(const Services& services, const access::Actor& who) {
  OpenAndReseal(services, who, who.survivor()->of_case);
}

void AddRoute(Api& api, const Services& services, std::string_view operation_id, Route route) {
  api.Handle(operation_id,
             [&services, route](const Request& request) { return route(services, request); });
}

void AddProductRoutes(Api& api, const Services& services) {
  AddPortalRoutes(api, services);
  AddSessionRoutes(api, services);
  AddPeopleRoutes(api, services);
  AddSharingRoutes(api, services);
  AddReportRoutes(api, services);
  AddCaseRoutes(api, services);
  AddWorkRoutes(api, services);
  AddItemRoutes(api, services);
  AddUploadRoutes(api, services);
  AddEndingRoutes(api, services);
  AddLogRoutes(api, services);
  AddEventRoutes(api, services);
}

}  // namespace jikimi::http
