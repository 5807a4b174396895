#include "access/actor.h"

#include <algorithm>

#include "access/session_tables.h"

namespace jikimi::access {
namespace {

// Whether one of `persons` is the actor, or somebody for whom they stand in.
bool IsOwn(const StaffActor& staff, std::span<const vault::PersonId> persons) {
  return std::any_of(persons.begin(), persons.end(), [&](const vault::PersonId& person) {
    return person == staff.person ||
           std::find(staff.covers.begin(), staff.covers.end(), person) != staff.covers.end();
  });
}

bool IsWithin(const Actor& actor, Scope scope, const ScopeFacts& facts) {
  if (const SurvivorActor* survivor = actor.survivor()) {
    // The bare page has no fact to give: it is about her own case only.
    return !facts.of_case || *facts.of_case == survivor->of_case;
  }
  if (scope == Scope::kCentre) return true;
  const StaffActor& staff = *actor.staff();
  if (IsOwn(staff, facts.persons)) return true;
  return scope == Scope::kTeam && facts.team && staff.team && *facts.team == *staff.team;
}

}  // namespace

Actor::Actor(Actor&& other) noexcept = default;
Actor& Actor::operator=(Actor&& other) noexcept = default;
Actor::~Actor() = default;

std::string Actor::Describe() const {
  if (const StaffActor* person = staff()) {
    return std::string(RoleCode(person->role)) + " " + std::to_string(person->number);
  }
  if (const SurvivorActor* hers = survivor()) {
    return hers->representative ? hers->representative->role : "survivor";
  }
  return "system: " + system()->part;
}

Result<void> Require(const Actor& actor, Permission permission, const ScopeFacts& facts) {
  if (actor.system() != nullptr) return {};
  const auto scope = actor.permissions().Of(permission);
  const std::string code(PermissionCode(permission));
  if (!scope) {
    return Error{ErrorCode::kPermissionDenied, code + ": " + actor.Describe() + " may not do this"};
  }
  if (!IsWithin(actor, *scope, facts)) {
    return Error{ErrorCode::kPermissionDenied,
                 code + ": " + actor.Describe() + " may do this within " +
                     std::string(ScopeCode(*scope)) + " only, and this is not"};
  }
  return {};
}

bool May(const Actor& actor, Permission permission, const ScopeFacts& facts) {
  return Require(actor, permission, facts).has_value();
}

Result<void> Require(store::Transaction& transaction, const Actor& actor, Permission permission,
                     const ScopeFacts& facts) {
  TRY(Require(actor, permission, facts));
  if (const StaffActor* staff = actor.staff()) {
    TRY(CheckStaffSessionHolds(transaction, staff->session, staff->person, staff->revision));
  }
  if (const SurvivorActor* survivor = actor.survivor()) {
    TRY(CheckSurvivorSessionHolds(transaction, survivor->session, survivor->survivor));
  }
  return {};
}

Result<const StaffActor*> RequireStaff(const Actor& actor) {
  if (const StaffActor* staff = actor.staff()) return staff;
  return Error{ErrorCode::kPermissionDenied,
               "this is for people of staff, not for the " + actor.Describe()};
}

}  // namespace jikimi::access
