// Roles, agencies and terms of consent as data: whatever stands in them, what is taken gives nobody
// what the header forbids, and what is refused says in which file.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "access/agencies.h"
#include "access/consent.h"
#include "access/roles.h"
#include "base/check.h"
#include "store/utf8.h"

namespace jikimi::access {
namespace {

constexpr std::string_view kWhere = "fuzzed.toml";

template <typename Parsed>
bool IsTaken(const Parsed& parsed) {
  if (parsed) return true;
  CHECK(parsed.error().code == ErrorCode::kInvalidArgument);
  return false;
}

void CheckRoles(const Roles& roles) {
  for (std::size_t i = 0; i < kRoleCount; ++i) {
    const Role role = static_cast<Role>(i);
    CHECK(store::IsText(roles.TextOf(role).korean) && store::IsText(roles.TextOf(role).english));
    for (std::size_t j = 0; j < kPermissionCount; ++j) {
      const Permission permission = static_cast<Permission>(j);
      if (!roles.Of(role).Of(permission)) continue;
      CHECK(IsPortal(permission) == (role == Role::kSurvivor));
      if (role == Role::kAdministrator || role == Role::kStatistician || role == Role::kPlatform) {
        CHECK(!ReadsCases(permission));
      }
    }
  }
  for (std::size_t j = 0; j < kPermissionCount; ++j) {
    const Permission permission = static_cast<Permission>(j);
    if (roles.SurvivorWithoutWord().Of(permission)) CHECK(IsPortal(permission));
  }
}

void CheckAgencies(const std::vector<Agency>& agencies) {
  for (const Agency& agency : agencies) {
    CHECK(!agency.code.empty() && !agency.name.empty() && agency.jurisdiction.size() == 2);
    CHECK(store::IsText(agency.name) && store::IsText(agency.name_en) &&
          store::IsText(agency.source));
    CHECK(!agency.from || !agency.until || *agency.from < *agency.until);
    for (const Agency& other : agencies) {
      if (&other == &agency || other.code != agency.code) continue;
      CHECK((agency.until && other.from && *agency.until <= *other.from) ||
            (other.until && agency.from && *other.until <= *agency.from));
    }
  }
}

void CheckTerms(const ConsentTerms& terms) {
  CHECK(terms.warn_days > 0 && terms.max_days > 0 && terms.override_hours > 0);
  for (const ConsentField& field : terms.fields)
    CHECK(store::IsText(field.name_ko) && store::IsText(field.name_en));
  for (const ConsentPurpose& purpose : terms.purposes) {
    CHECK(!purpose.fields.empty() && terms.CheckFields(purpose.fields));
    CHECK(store::IsText(purpose.meaning_ko) && store::IsText(purpose.meaning_en));
    for (const auto& field : purpose.override_fields) CHECK(purpose.fields.contains(field));
  }
  for (const ConsentDuty& duty : terms.duties) {
    for (const auto& purpose : duty.purposes) CHECK(terms.Purpose(purpose).has_value());
  }
}

}  // namespace
}  // namespace jikimi::access

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::access;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto roles = Roles::Parse(text, kWhere); IsTaken(roles)) CheckRoles(*roles);
  if (const auto list = ParseAgencies(text, kWhere); IsTaken(list)) CheckAgencies(*list);
  if (const auto terms = ConsentTerms::Parse(text, kWhere); IsTaken(terms)) CheckTerms(*terms);
  return 0;
}
