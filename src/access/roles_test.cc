#include "access/roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "access/actor.h"

namespace jikimi::access {

extern const std::string_view kRolesToml;

namespace {

using testing::HasSubstr;

Roles BuiltIn() {
  auto roles = Roles::BuiltIn();
  if (!roles) throw std::runtime_error(roles.error().message);
  return *roles;
}

std::string Replaced(std::string_view from, std::string_view to) {
  std::string text(kRolesToml);
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("not in data/roles.toml");
  return text.replace(at, from.size(), to);
}

TEST(Roles, TheBuiltInOnesAreGoodAndNameEachRoleInBothLanguages) {
  const Roles roles = BuiltIn();
  for (std::size_t i = 0; i < kRoleCount; ++i) {
    EXPECT_FALSE(roles.TextOf(static_cast<Role>(i)).korean.empty());
    EXPECT_FALSE(roles.TextOf(static_cast<Role>(i)).english.empty());
  }
}

TEST(Roles, EachPermissionIsSomebodys) {
  const Roles roles = BuiltIn();
  for (std::size_t i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    bool is_somebodys = false;
    for (std::size_t role = 0; role < kRoleCount; ++role) {
      is_somebodys |= roles.Of(static_cast<Role>(role)).Of(permission).has_value();
    }
    EXPECT_TRUE(is_somebodys) << PermissionCode(permission);
  }
}

TEST(Roles, CodesReadBackAndAreAllDifferent) {
  std::set<std::string_view> codes;
  for (std::size_t i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    EXPECT_TRUE(codes.insert(PermissionCode(permission)).second);
    EXPECT_EQ(*ParsePermission(PermissionCode(permission)), permission);
  }
  for (std::size_t i = 0; i < kRoleCount; ++i) {
    EXPECT_EQ(*ParseRole(RoleCode(static_cast<Role>(i))), static_cast<Role>(i));
  }
  EXPECT_FALSE(ParseRole("guest"));
  EXPECT_FALSE(ParseScope("world"));
}

TEST(Roles, AdministratorsStatisticiansAndPlatformsReadNoCase) {
  const Roles roles = BuiltIn();
  for (const Role role : {Role::kAdministrator, Role::kStatistician, Role::kPlatform}) {
    for (std::size_t i = 0; i < kPermissionCount; ++i) {
      const auto permission = static_cast<Permission>(i);
      EXPECT_FALSE(ReadsCases(permission) && roles.Of(role).Of(permission))
          << RoleCode(role) << " " << PermissionCode(permission);
    }
  }
}

TEST(Roles, WithoutTheSecondWordASurvivorHasTheBarePageOnly) {
  const Roles roles = BuiltIn();
  for (std::size_t i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    EXPECT_EQ(roles.SurvivorWithoutWord().Of(permission).has_value(),
              permission == Permission::kPortalStatus);
  }
  EXPECT_TRUE(roles.Of(Role::kSurvivor).Of(Permission::kPortalAct));
}

TEST(Roles, BeforeWordsWereChosenTheCodeAddsAndReadsNothing) {
  const Roles roles = BuiltIn();
  for (std::size_t i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    EXPECT_EQ(roles.SurvivorBeforeWords().Of(permission).has_value(),
              permission == Permission::kPortalStatus || permission == Permission::kPortalUpload)
        << PermissionCode(permission);
  }
}

struct BadRoles {
  std::string name, from, to, says;
};
class BadRolesTest : public testing::TestWithParam<BadRoles> {};

TEST_P(BadRolesTest, AreRefusedWithTheReason) {
  const auto roles = Roles::Parse(Replaced(GetParam().from, GetParam().to), "roles.toml");
  ASSERT_FALSE(roles.has_value());
  EXPECT_EQ(roles.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(roles.error().message, HasSubstr(GetParam().says));
  EXPECT_THAT(roles.error().message, HasSubstr("roles.toml"));
}

INSTANTIATE_TEST_SUITE_P(
    , BadRolesTest,
    testing::Values(
        BadRoles{"UnknownPermission", "\"figure.read\"", "\"figure.reed\"", "figure.reed"},
        BadRoles{"UnknownRole", "[roles.platform]", "[roles.guest]", "guest"},
        BadRoles{"MissingRole",
                 "[roles.statistician]\nkorean = \"통계 담당자\"\nenglish = \"statistician\"\n"
                 "centre = [\"figure.read\", \"figure.export\"]\n",
                 "", "'statistician' is missing"},
        BadRoles{"RoleTwice", "[roles.platform]", "[roles.supervisor]", "supervisor"},
        BadRoles{"UnknownScope", "centre = [\"figure.read\"", "world = [\"figure.read\"", "world"},
        BadRoles{"PermissionTwice", "\"figure.read\", \"figure.export\"]\n\n[roles.supervisor]",
                 "\"figure.read\", \"figure.read\"]\n\n[roles.supervisor]", "twice"},
        BadRoles{"AdministratorOpensCases", "\"centre.operate\"", "\"case.open\"", "never does"},
        BadRoles{"StatisticianSearches", "centre = [\"figure.read\"", "centre = [\"case.search\"",
                 "never does"},
        BadRoles{"StaffWithPortal", "\"centre.operate\"", "\"portal.read\"", "survivor's own"},
        BadRoles{"SurvivorWithStaffPermission", "\"portal.act\", \"portal.upload\"]",
                 "\"case.open\"]", "not for survivors"},
        BadRoles{"SurvivorBeyondHerCase", "code_alone = [\"portal.status\"]",
                 "centre = [\"portal.status\"]", "her own case"},
        BadRoles{"StaffsBeforeWords", "before_words = [\"portal.upload\"]",
                 "before_words = [\"case.open\"]", "not for survivors"},
        BadRoles{"NoList", "code_alone = [\"portal.status\"]", "code_alone = 3", "list"},
        BadRoles{"NumberInList", "\"centre.operate\"", "7", "code is expected"},
        BadRoles{"NameMissing", "english = \"administrator\"\n", "", "'english' is missing"},
        BadRoles{"UnknownKey", "[roles.survivor]", "[other]\n[roles.survivor]", "unknown key"},
        BadRoles{"NoToml", "[roles.survivor]", "[roles.survivor", "roles.toml"}),
    [](const auto& test) { return test.param.name; });

Actor Staff(const Roles& roles, Role role, const std::optional<vault::TeamId>& team,
            std::vector<vault::PersonId> covers = {}) {
  const auto id = vault::PersonId::Random();
  return Actor(StaffActor{.person = id,
                          .number = 17,
                          .role = role,
                          .team = team,
                          .session = vault::SessionId::Random(),
                          .revision = 1,
                          .covers = std::move(covers),
                          .pair = vault::PersonKeyPair::Generate({id, 1})},
               roles.Of(role));
}

TEST(Require, SelfReachesWhatIsOnesOwnOrOfWhomOneStandsInFor) {
  const Roles roles = BuiltIn();
  const auto absent = vault::PersonId::Random();
  const Actor actor = Staff(roles, Role::kCounsellor, std::nullopt, {absent});
  const vault::PersonId own[] = {vault::PersonId::Random(), actor.staff()->person};
  const vault::PersonId covered[] = {absent};
  const vault::PersonId others[] = {vault::PersonId::Random()};
  EXPECT_TRUE(May(actor, Permission::kCaseOpen, {.persons = own}));
  EXPECT_TRUE(May(actor, Permission::kCaseOpen, {.persons = covered}));
  EXPECT_FALSE(May(actor, Permission::kCaseOpen, {.persons = others}));
  EXPECT_FALSE(May(actor, Permission::kCaseOpen));
}

TEST(Require, TeamReachesWhatIsTheTeamsAndNoOther) {
  const Roles roles = BuiltIn();
  const auto team = vault::TeamId::Random();
  const Actor actor = Staff(roles, Role::kCounsellor, team);
  EXPECT_TRUE(May(actor, Permission::kCaseList, {.team = team}));
  EXPECT_FALSE(May(actor, Permission::kCaseList, {.team = vault::TeamId::Random()}));
  EXPECT_FALSE(May(actor, Permission::kCaseList));
  const Actor teamless = Staff(roles, Role::kCounsellor, std::nullopt);
  EXPECT_FALSE(May(teamless, Permission::kCaseList, {.team = team}));
  // Within a team, what is only for one's own stays so.
  EXPECT_FALSE(May(actor, Permission::kCaseOpen, {.team = team}));
}

TEST(Require, CentreReachesEverything) {
  const Actor actor = Staff(BuiltIn(), Role::kSupervisor, std::nullopt);
  EXPECT_TRUE(May(actor, Permission::kCaseList));
  EXPECT_TRUE(May(actor, Permission::kCaseList, {.team = vault::TeamId::Random()}));
}

TEST(Require, ASurvivorReachesHerOwnCaseOnly) {
  const Roles roles = BuiltIn();
  const auto own = vault::CaseId::Random();
  const auto id = vault::SurvivorId::Random();
  const Actor whole(
      SurvivorActor{id, own, vault::SessionId::Random(), vault::SurvivorKeyPair::Generate({id, 1})},
      roles.Of(Role::kSurvivor));
  EXPECT_TRUE(May(whole, Permission::kPortalRead, {.of_case = own}));
  EXPECT_FALSE(May(whole, Permission::kPortalRead, {.of_case = vault::CaseId::Random()}));
  EXPECT_FALSE(May(whole, Permission::kCaseOpen, {.of_case = own}));
  const Actor bare(SurvivorActor{id, own, vault::SessionId::Random(), std::nullopt},
                   roles.SurvivorWithoutWord());
  EXPECT_TRUE(May(bare, Permission::kPortalStatus, {.of_case = own}));
  EXPECT_FALSE(May(bare, Permission::kPortalRead, {.of_case = own}));
}

TEST(Require, TheErrorNamesPermissionAndActorAndNobodyElse) {
  const Actor actor = Staff(BuiltIn(), Role::kStatistician, std::nullopt);
  const auto refused = Require(actor, Permission::kCaseOpen);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(refused.error().message, "case.open: statistician 17 may not do this");
}

}  // namespace
}  // namespace jikimi::access
