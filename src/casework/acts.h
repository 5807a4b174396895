#ifndef JIKIMI_CASEWORK_ACTS_H_
#define JIKIMI_CASEWORK_ACTS_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/case_keys.h"
#include "casework/case_record.h"
#include "casework/desk.h"
#include "log/entry.h"
#include "store/database.h"

// What the acts of this room have in common: permission, opening, the log entry, the event. Not for
// other rooms.
namespace jikimi::casework {

// The role and number that act, as survivors see them: "counsellor 17".
std::string ActorText(const access::Actor& who);
log::ActorRef ActorRefOf(const access::Actor& who);

// The case, when `who` has this permission for it. For the survivor `hers` counts instead, where
// there is one. Who acts for her (access::Representative) needs besides that `right` is theirs
// today; without one the act is hers alone.
struct Needed {
  access::Permission staff;
  std::optional<access::Permission> hers = {};
  std::optional<Right> right = {};

  Needed(access::Permission permission) : staff(permission) {}  // NOLINT: implicit
  Needed(access::Permission of_staff, access::Permission of_hers)
      : staff(of_staff), hers(of_hers) {}
  Needed(access::Permission of_staff, access::Permission of_hers, Right of_representative)
      : staff(of_staff), hers(of_hers), right(of_representative) {}
};
// What decides whether a case lies within the actor's scope. `persons` is what facts.persons shows.
struct CaseFacts {
  std::vector<vault::PersonId> persons;
  access::ScopeFacts facts;
};
Result<void> FactsOf(store::Transaction& transaction, const Desk& desk, const CaseRecord& record,
                     CaseFacts& facts);
Result<CaseRecord> RequireCase(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                               const Needed& needed);

// For what is a survivor's own: the actor as her, or kPermissionDenied.
Result<const access::SurvivorActor*> RequireSurvivor(const Desk& desk);

struct CaseFile {
  CaseRecord record;
  access::OpenedCase opened;
};
Result<CaseFile> OpenCaseFile(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                              const Needed& needed);

// The entry of a case; of a read it goes to `desk.reads` when there is one.
Result<void> WriteEntry(store::Transaction& transaction, const Desk& desk,
                        const vault::CasePublicKey& key, log::EntryKind kind,
                        std::vector<log::EntryField> fields = {});
// The same when only the case's id is at hand.
Result<void> WriteEntry(store::Transaction& transaction, const Desk& desk, vault::CaseId id,
                        log::EntryKind kind, std::vector<log::EntryField> fields = {});

// An event whose payload is a JSON object of these texts.
using EventFields = std::initializer_list<std::pair<std::string_view, std::string>>;
Result<void> TellEvent(store::Transaction& transaction, const Desk& desk, std::string_view topic,
                       EventFields fields);

// Not while she has withdrawn from work, and not on a closed case.
Result<void> RequireWorkable(const CaseRecord& record);
// kStale unless the caller saw this revision.
Result<void> RequireRevision(std::int64_t seen, std::int64_t is);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_ACTS_H_
