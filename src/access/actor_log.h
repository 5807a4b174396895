#ifndef JIKIMI_ACCESS_ACTOR_LOG_H_
#define JIKIMI_ACCESS_ACTOR_LOG_H_

#include <string_view>
#include <vector>

#include "access/act_log.h"
#include "access/actor.h"
#include "access/centre_keys.h"
#include "log/entry.h"
#include "store/database.h"

// As act_log.h, where there is no Actor (somebody who enrols) or no case key at hand.
namespace jikimi::access {

Result<void> LogForCentre(store::Transaction& transaction, const CentreKeys& keys,
                          const log::ActorRef& actor, log::EntryKind kind, Timestamp at,
                          std::vector<log::EntryField> fields);
// Into a case's log: sealed to its public half, and to the audit key.
Result<void> LogForCase(store::Transaction& transaction, const CentreKeys& keys,
                        const log::ActorRef& actor, vault::CaseId of_case, log::EntryKind kind,
                        Timestamp at, std::vector<log::EntryField> fields = {});

// An event whose payload is the 16 bytes of an id.
Result<void> TellOf(store::Transaction& transaction, std::string_view topic,
                    const vault::RecordReference& subject, Timestamp at);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_ACTOR_LOG_H_
