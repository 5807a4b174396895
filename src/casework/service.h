#ifndef JIKIMI_CASEWORK_SERVICE_H_
#define JIKIMI_CASEWORK_SERVICE_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "casework/desk.h"
#include "casework/record_ids.h"
#include "store/database.h"

// Services given to a survivor, each counted once, by type.
namespace jikimi::casework {

struct Service {
  ServiceId id;
  std::string type;  // a code of data/services.toml
  Timestamp given_at;
  std::string by;  // role and number
};

enum class Recorded { kNew, kBefore };
// `key` names the service within its case and type: the same key again is the same service, and
// counted once. Permission::kServiceRecord; rooms that give services (removal, watching) record
// them as the system. Event "service.given" when it is new.
Result<Recorded> RecordService(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                               std::string_view type, std::string_view key, Timestamp given_at);
// Oldest first. Permission::kCaseOpen, or the survivor's own; a logged act.
Result<std::vector<Service>> ServicesOf(store::Transaction& transaction, const Desk& desk,
                                        vault::CaseId of);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_SERVICE_H_
