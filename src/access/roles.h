#ifndef JIKIMI_ACCESS_ROLES_H_
#define JIKIMI_ACCESS_ROLES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "access/permission.h"
#include "base/result.h"

namespace jikimi::access {

enum class Role : std::uint8_t {
  kSurvivor,
  kCounsellor,
  kRemovalOfficer,
  kPoliceLiaison,
  kPlatform,  // a platform's responsible person
  kStatistician,
  kSupervisor,
  kAdministrator,
};
inline constexpr std::size_t kRoleCount = 8;

// "survivor", "counsellor", "removal_officer", "police_liaison", "platform", "statistician",
// "supervisor", "administrator".
std::string_view RoleCode(Role role);
// kInvalidArgument for a text that is no code.
Result<Role> ParseRole(std::string_view code);

// Which permissions somebody has, and how far each reaches. A value.
class PermissionSet {
 public:
  std::optional<Scope> Of(Permission permission) const {
    const std::uint8_t scope = scopes_[static_cast<std::size_t>(permission)];
    if (scope == 0) return std::nullopt;
    return static_cast<Scope>(scope - 1);
  }
  void Set(Permission permission, Scope scope) {
    scopes_[static_cast<std::size_t>(permission)] =
        static_cast<std::uint8_t>(static_cast<std::uint8_t>(scope) + 1);
  }

  friend bool operator==(const PermissionSet&, const PermissionSet&) = default;

 private:
  std::array<std::uint8_t, kPermissionCount> scopes_ = {};  // 0: none, otherwise Scope + 1
};

struct RoleText {
  std::string korean;
  std::string english;
};

// What each role may do. From data, checked when it is read; immutable afterwards, so thread-safe.
class Roles {
 public:
  // `toml` as data/roles.toml says in its head. `where` stands before messages, which name line and
  // key. kInvalidArgument when a role is missing, unknown or there twice, when a permission or a
  // scope is unknown, when staff get what is a survivor's or the reverse, and when administrators,
  // statisticians or platforms get what reads a case.
  static Result<Roles> Parse(std::string_view toml, std::string_view where);
  // The ones that the program was built with.
  static Result<Roles> BuiltIn();

  const PermissionSet& Of(Role role) const { return roles_[static_cast<std::size_t>(role)]; }
  // What a survivor may do with her code alone, or after the duress word.
  const PermissionSet& SurvivorWithoutWord() const { return without_word_; }
  // What she may do with her code before she has chosen words; never less than the above.
  const PermissionSet& SurvivorBeforeWords() const { return before_words_; }
  // What a guardian or proxy may do at most, with a code and word of their own.
  const PermissionSet& Representative() const { return representative_; }
  const RoleText& TextOf(Role role) const { return texts_[static_cast<std::size_t>(role)]; }

 private:
  Roles() = default;

  std::array<PermissionSet, kRoleCount> roles_;
  PermissionSet without_word_;
  PermissionSet before_words_;
  PermissionSet representative_;
  std::array<RoleText, kRoleCount> texts_;
};

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_ROLES_H_
