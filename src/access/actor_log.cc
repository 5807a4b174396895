#include "access/actor_log.h"

#include "access/case_keys.h"
#include "access/escrow.h"
#include "log/entries.h"
#include "store/outbox.h"

namespace jikimi::access {

Result<void> LogForCentre(store::Transaction& transaction, const CentreKeys& keys,
                          const log::ActorRef& actor, log::EntryKind kind, Timestamp at,
                          std::vector<log::EntryField> fields) {
  const auto server = keys.server();
  return log::Append(
      transaction, log::Entry{.kind = kind, .at = at, .actor = actor, .fields = std::move(fields)},
      log::EntrySeals::ForCentre(*server));
}

Result<void> LogForCase(store::Transaction& transaction, const CentreKeys& keys,
                        const log::ActorRef& actor, vault::CaseId of_case, log::EntryKind kind,
                        Timestamp at, std::vector<log::EntryField> fields) {
  const auto case_key = TRY(FindCaseKey(transaction, keys, of_case));
  const auto audit_key = TRY(FindAuditKey(transaction, keys));
  return log::Append(
      transaction,
      log::Entry{
          .kind = kind, .at = at, .actor = actor, .case_id = of_case, .fields = std::move(fields)},
      log::EntrySeals::ForCase(case_key, audit_key));
}

Result<void> TellOf(store::Transaction& transaction, std::string_view topic,
                    const vault::RecordReference& subject, Timestamp at) {
  return store::AppendEvent(
      transaction,
      {.topic = topic, .payload = {subject.id.begin(), subject.id.end()}, .happened_at = at});
}

}  // namespace jikimi::access
