#include "casework/service.h"

#include "casework/acts.h"
#include "casework/text_check.h"
#include "casework/work_tables.h"

namespace jikimi::casework {

using access::Permission;

Result<Recorded> RecordService(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                               std::string_view type, std::string_view key, Timestamp given_at) {
  constexpr std::size_t kMaxKeyBytes = 200;
  TRY(desk.rules.services.Check(type));
  TRY(CheckText("the service's key", key, kMaxKeyBytes));
  if (given_at > desk.now) {
    return Error{ErrorCode::kInvalidArgument, "the service lies in the future"};
  }
  TRY(RequireCase(transaction, desk, of, Permission::kServiceRecord));
  Service service;
  service.id = ServiceId::Random();
  service.type = type;
  service.given_at = given_at;
  service.by = ActorText(desk.who);
  if (!TRY(InsertService(transaction, of, service, key))) return Recorded::kBefore;
  TRY(WriteEntry(transaction, desk, of, "service.given", {{"service", std::string(type)}}));
  TRY(TellEvent(
      transaction, desk, "service.given",
      {{"case", IdText(of)}, {"service", std::string(type)}, {"id", IdText(service.id)}}));
  return Recorded::kNew;
}

Result<std::vector<Service>> ServicesOf(store::Transaction& transaction, const Desk& desk,
                                        vault::CaseId of) {
  TRY(RequireCase(transaction, desk, of,
                  {Permission::kCaseOpen, Permission::kPortalRead, Right::kSee}));
  auto services = TRY(QueryServices(transaction, of));
  TRY(WriteEntry(transaction, desk, of, "case.opened", {{"part", "services"}}));
  return services;
}

}  // namespace jikimi::casework
