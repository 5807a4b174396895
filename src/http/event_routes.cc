// What lists that are on a screen are told (http/events.h): which of the cases in them have
// changed.

#include <memory>

#include "casework/case_record.h"
#include "casework/record_ids.h"
#include "http/services.h"

namespace jikimi::http {
namespace {

// Somebody for as long as they watch. Their opened key stays with the request: this one has a key
// of its own that opens nothing.
std::shared_ptr<const access::Actor> WatcherOf(const access::Actor& actor) {
  const access::StaffActor& staff = *actor.staff();
  access::StaffActor watcher{staff.person,  staff.number,
                             staff.role,    staff.team,
                             staff.session, staff.revision,
                             staff.covers,  vault::PersonKeyPair::Generate(staff.pair.name())};
  return std::make_shared<const access::Actor>(std::move(watcher), actor.permissions());
}

// Whether they would find the case in their lists, asked anew for each event: the session may be
// over by now, the case another's. Of a case that is gone, only those learn who see them all.
bool MayKnow(const Services& services, const access::Actor& watcher, const ListEvent& event) {
  const auto id = casework::ParseId<vault::CaseId>(event.id);
  if (!id.has_value()) return false;
  const casework::Desk desk{watcher, services.keys, services.rules, services.clock.Now(), nullptr};
  const auto seen = services.database.Read([&](store::Transaction& transaction) -> Result<void> {
    if (event.etag.empty()) {
      return access::Require(transaction, watcher, access::Permission::kCaseList);
    }
    TRY(casework::GetCase(transaction, desk, *id));
    return {};
  });
  return seen.has_value();
}

Result<Response> WatchEvents(const Services& services, const Request& request) {
  return services.events.Open(
      request, [&services, watcher = WatcherOf(ActorOf(request))](const ListEvent& event) {
        return MayKnow(services, *watcher, event);
      });
}

}  // namespace

void AddEventRoutes(Api& api, const Services& services) {
  AddRoute(api, services, "watchEvents", WatchEvents);
}

}  // namespace jikimi::http
