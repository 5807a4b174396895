#include "access/act_log.h"

#include <string>
#include <utility>

#include "access/escrow.h"
#include "log/entries.h"
#include "store/outbox.h"

namespace jikimi::access {

log::ActorRef LogRefOf(const Actor& who) {
  if (const auto* staff = who.staff()) {
    return log::ActorRef::Staff(RoleCode(staff->role), std::to_string(staff->number));
  }
  if (const auto* hers = who.survivor()) {
    return hers->representative ? log::ActorRef::Representative(hers->representative->role)
                                : log::ActorRef::Survivor();
  }
  return log::ActorRef::System();
}

Result<void> LogCaseAct(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        log::EntryKind kind, const vault::CasePublicKey& of,
                        std::vector<log::EntryField> fields, Timestamp now) {
  const auto audit = TRY(FindAuditKey(transaction, keys));
  const log::Entry entry{kind, now, LogRefOf(who), of.name().owner, std::move(fields)};
  return log::Append(transaction, entry, log::EntrySeals::ForCase(of, audit));
}

Result<void> LogCentreAct(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                          log::EntryKind kind, std::vector<log::EntryField> fields, Timestamp now) {
  const auto server = keys.server();
  const log::Entry entry{kind, now, LogRefOf(who), std::nullopt, std::move(fields)};
  return log::Append(transaction, entry, log::EntrySeals::ForCentre(*server));
}

Result<void> TellOfCase(store::Transaction& transaction, std::string_view topic, vault::CaseId of,
                        Timestamp now) {
  return store::AppendEvent(transaction,
                            {std::string(topic), {of.bytes().begin(), of.bytes().end()}, now});
}

}  // namespace jikimi::access
