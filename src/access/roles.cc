#include "access/roles.h"

#include <map>
#include <set>
#include <sstream>
#include <toml.hpp>
#include <vector>

#include "base/check.h"

namespace jikimi::access {

extern const std::string_view kRolesToml;  // data/roles.toml

namespace {

constexpr std::string_view kRoleCodes[kRoleCount] = {
    "survivor", "counsellor",   "removal_officer", "police_liaison",
    "platform", "statistician", "supervisor",      "administrator"};
constexpr std::string_view kWithoutWord = "code_alone";
constexpr std::string_view kBeforeWords = "before_words";
constexpr std::string_view kRepresentative = "representative";

using Table = toml::value;

// A refusal that names file, line and what is wrong.
Error At(std::string_view where, const Table& value, const std::string& what) {
  return {ErrorCode::kInvalidArgument,
          std::string(where) + ":" + std::to_string(value.location().line()) + ": " + what};
}

bool MayReadCases(Role role) {
  return role != Role::kAdministrator && role != Role::kStatistician && role != Role::kPlatform;
}

// Whether the data may give this role this permission at all.
Result<void> CheckFits(std::string_view where, const Table& value, Role role,
                       Permission permission) {
  const std::string code(PermissionCode(permission));
  if (IsPortal(permission) != (role == Role::kSurvivor)) {
    return At(where, value,
              code + (IsPortal(permission) ? " is a survivor's own: nobody of staff has it"
                                           : " is not for survivors"));
  }
  if (ReadsCases(permission) && !MayReadCases(role)) {
    return At(where, value,
              code + " reads cases, which role " + std::string(RoleCode(role)) + " never does");
  }
  return {};
}

// Adds what one list names to `set`.
Result<void> AddList(std::string_view where, const Table& list, Role role, Scope scope,
                     PermissionSet& set) {
  if (!list.is_array()) return At(where, list, "a list of permissions is expected");
  for (const Table& entry : list.as_array()) {
    if (!entry.is_string()) return At(where, entry, "a permission's code is expected");
    const auto permission = ParsePermission(entry.as_string().str);
    if (!permission) return At(where, entry, permission.error().message);
    TRY(CheckFits(where, entry, role, *permission));
    if (set.Of(*permission)) {
      return At(where, entry, std::string(PermissionCode(*permission)) + " stands here twice");
    }
    set.Set(*permission, scope);
  }
  return {};
}

Result<std::string> Text(std::string_view where, const Table& table, const std::string& key) {
  if (!table.contains(key)) return At(where, table, "key '" + key + "' is missing");
  const Table& value = table.at(key);
  if (!value.is_string() || value.as_string().str.empty()) {
    return At(where, value, "key '" + key + "' must be a text");
  }
  return value.as_string().str;
}

struct ReadRole {
  PermissionSet permissions;
  PermissionSet without_word;
  PermissionSet before_words;
  PermissionSet representative;
  RoleText text;
};

// What either of two sets has.
PermissionSet Both(PermissionSet set, const PermissionSet& other) {
  for (std::size_t i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    if (const auto scope = other.Of(permission)) set.Set(permission, *scope);
  }
  return set;
}

Result<ReadRole> Read(std::string_view where, const Table& table, Role role) {
  if (!table.is_table()) return At(where, table, "a role must be a table");
  ReadRole read;
  read.text.korean = TRY(Text(where, table, "korean"));
  read.text.english = TRY(Text(where, table, "english"));
  for (const auto& [key, value] : table.as_table()) {
    if (key == "korean" || key == "english") continue;
    PermissionSet* const of_portal = key == kWithoutWord      ? &read.without_word
                                     : key == kBeforeWords    ? &read.before_words
                                     : key == kRepresentative ? &read.representative
                                                              : nullptr;
    if (of_portal != nullptr && role == Role::kSurvivor) {
      TRY(AddList(where, value, role, Scope::kSelf, *of_portal));
      continue;
    }
    const auto scope = ParseScope(key);
    if (!scope) return At(where, value, scope.error().message);
    if (role == Role::kSurvivor && *scope != Scope::kSelf) {
      return At(where, value, "a survivor has nothing beyond her own case");
    }
    TRY(AddList(where, value, role, *scope, read.permissions));
  }
  read.before_words = Both(read.before_words, read.without_word);
  return read;
}

Result<Table> ParseToml(std::string_view text, std::string_view where) {
  try {
    std::istringstream stream{std::string(text)};
    return toml::parse(stream, std::string(where));
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInvalidArgument, std::string(where) + ": " + error.what()};
  }
}

}  // namespace

std::string_view RoleCode(Role role) {
  const auto index = static_cast<std::size_t>(role);
  CHECK(index < kRoleCount);
  return kRoleCodes[index];
}

Result<Role> ParseRole(std::string_view code) {
  for (std::size_t i = 0; i < kRoleCount; ++i) {
    if (kRoleCodes[i] == code) return static_cast<Role>(i);
  }
  return Error{ErrorCode::kInvalidArgument, "no role is called '" + std::string(code) + "'"};
}

Result<Roles> Roles::Parse(std::string_view toml, std::string_view where) {
  const Table file = TRY(ParseToml(toml, where));
  for (const auto& [key, value] : file.as_table()) {
    if (key != "roles") return At(where, value, "unknown key '" + key + "'");
  }
  if (!file.contains("roles") || !file.at("roles").is_table()) {
    return Error{ErrorCode::kInvalidArgument, std::string(where) + ": has no table [roles]"};
  }
  Roles roles;
  std::set<Role> seen;
  for (const auto& [key, value] : file.at("roles").as_table()) {
    const auto role = ParseRole(key);
    if (!role) return At(where, value, role.error().message);
    seen.insert(*role);
    ReadRole read = TRY(Read(where, value, *role));
    const auto index = static_cast<std::size_t>(*role);
    roles.roles_[index] = read.permissions;
    roles.texts_[index] = std::move(read.text);
    if (*role == Role::kSurvivor) {
      roles.without_word_ = read.without_word;
      roles.before_words_ = read.before_words;
      roles.representative_ = read.representative;
    }
  }
  for (std::size_t i = 0; i < kRoleCount; ++i) {
    if (seen.contains(static_cast<Role>(i))) continue;
    return Error{ErrorCode::kInvalidArgument,
                 std::string(where) + ": role '" + std::string(kRoleCodes[i]) + "' is missing"};
  }
  return roles;
}

Result<Roles> Roles::BuiltIn() { return Parse(kRolesToml, "data/roles.toml"); }

}  // namespace jikimi::access
