#ifndef JIKIMI_ACCESS_ACTOR_H_
#define JIKIMI_ACCESS_ACTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "access/permission.h"
#include "access/roles.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/keys.h"

// Who acts, and what they may do. An Actor comes from a session that was checked (sign_in.h,
// survivors.h), or is the system itself; nobody else makes one of a person.
namespace jikimi::access {

struct StaffActor {
  vault::PersonId person;
  std::int64_t number = 0;  // staff number: what survivors see besides the role
  Role role = Role::kCounsellor;
  std::optional<vault::TeamId> team;
  vault::SessionId session;
  std::int64_t revision = 0;            // of the person's row, as the session found it
  std::vector<vault::PersonId> covers;  // for whom they stand in just now
  vault::PersonKeyPair pair;            // opened: for unwrapping what is granted to them
};

// A guardian or proxy with a code of their own (representatives.h): acts for the survivor, within
// the rights that casework finds.
struct Representative {
  std::array<std::byte, 16> party = {};  // which of the case's persons
  std::string role;                      // "guardian", "proxy"
};

// The survivor, or who acts for her.
struct SurvivorActor {
  vault::SurvivorId survivor;
  vault::CaseId of_case;
  vault::SessionId session;
  // There after the second word (or the code alone, before words were chosen); otherwise she sees
  // the bare page.
  std::optional<vault::SurvivorKeyPair> pair;
  std::optional<Representative> representative = {};
};

// Work without a person. It may do everything that needs no key: what it does is code, not a
// request.
struct SystemActor {
  std::string part;  // "retention", "watch", "command line"
};

// Move-only: it holds opened keys, for the length of one request.
class Actor {
 public:
  Actor(StaffActor staff, const PermissionSet& permissions)
      : who_(std::move(staff)), permissions_(permissions) {}
  Actor(SurvivorActor survivor, const PermissionSet& permissions)
      : who_(std::move(survivor)), permissions_(permissions) {}
  explicit Actor(SystemActor system) : who_(std::move(system)) {}

  Actor(Actor&& other) noexcept;
  Actor& operator=(Actor&& other) noexcept;
  ~Actor();

  // Null when it is somebody else.
  const StaffActor* staff() const { return std::get_if<StaffActor>(&who_); }
  const SurvivorActor* survivor() const { return std::get_if<SurvivorActor>(&who_); }
  const SystemActor* system() const { return std::get_if<SystemActor>(&who_); }

  const PermissionSet& permissions() const { return permissions_; }
  // "counsellor 17", "survivor", "guardian", "system: retention": for the log and for messages.
  std::string Describe() const;

 private:
  std::variant<StaffActor, SurvivorActor, SystemActor> who_;
  PermissionSet permissions_;
};

// What decides whether something lies within a scope.
struct ScopeFacts {
  std::optional<vault::CaseId> of_case = {};      // a survivor's own case
  std::span<const vault::PersonId> persons = {};  // to whom it is assigned or granted
  std::optional<vault::TeamId> team = {};         // whose it is
};

// kPermissionDenied, naming the permission, unless the actor has it and `facts` lie within its
// scope. Somebody's own things are also those of the people for whom they stand in. For what
// belongs to nobody (a list of one's team, a directory) give what there is: a permission of the
// centre's scope needs no fact.
Result<void> Require(const Actor& actor, Permission permission, const ScopeFacts& facts = {});
// The same as a question: for showing or leaving out a button.
bool May(const Actor& actor, Permission permission, const ScopeFacts& facts = {});

// Require(), and besides, in this very transaction, that the session is not over and the person's
// role, team and state are what the actor was made with. For every act that changes something:
// whoever was locked, moved or signed out a moment ago gets kPermissionDenied.
Result<void> Require(store::Transaction& transaction, const Actor& actor, Permission permission,
                     const ScopeFacts& facts = {});

// The staff actor within, or kPermissionDenied.
Result<const StaffActor*> RequireStaff(const Actor& actor);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_ACTOR_H_
