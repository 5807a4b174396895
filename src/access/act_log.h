#ifndef JIKIMI_ACCESS_ACT_LOG_H_
#define JIKIMI_ACCESS_ACT_LOG_H_

#include <string_view>
#include <vector>

#include "access/actor.h"
#include "access/centre_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "log/entry.h"
#include "store/database.h"
#include "vault/keys.h"

// What an act leaves behind, in its own transaction: an entry of the log and an event.
namespace jikimi::access {

log::ActorRef LogRefOf(const Actor& who);

// An act on a case: sealed to the case and to the audit key.
Result<void> LogCaseAct(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        log::EntryKind kind, const vault::CasePublicKey& of,
                        std::vector<log::EntryField> fields, Timestamp now);
// An act of the centre: sealed under the server keys.
Result<void> LogCentreAct(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                          log::EntryKind kind, std::vector<log::EntryField> fields, Timestamp now);

// An event about a case: its payload is the 16 bytes of the case's id.
Result<void> TellOfCase(store::Transaction& transaction, std::string_view topic, vault::CaseId of,
                        Timestamp now);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_ACT_LOG_H_
