#include <cstdio>
#include <string>

#include "access/enrolment.h"
#include "access/people.h"
#include "base/file.h"
#include "jikimi/centre.h"
#include "jikimi/centre_commands.h"
#include "jikimi/reading.h"

namespace jikimi {
namespace {

constexpr int kPage = 200;

Result<void> List(const UserOptions& options) {
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kUsable));
  std::int64_t after = 0;
  while (true) {
    const auto people = TRY(centre->database.Read([&](store::Transaction& transaction) {
      return access::ListPeople(transaction, centre->keys, after, kPage);
    }));
    for (const access::Person& person : people) {
      std::printf("%lld\t%s\t%s\t%s\t%s\n", static_cast<long long>(person.number),
                  std::string(access::RoleCode(person.role)).c_str(),
                  std::string(access::PersonStateCode(person.state)).c_str(),
                  Printable(person.sign_in_name).c_str(), Printable(person.name).c_str());
      after = person.number;
    }
    if (people.size() < static_cast<std::size_t>(kPage)) return {};
  }
}

Result<void> Invite(const UserOptions& options) {
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kUsable));
  const access::Actor system(access::SystemActor{"command line"});
  const auto invitation = TRY(centre->database.Write([&](store::Transaction& transaction) {
    return access::Invite(transaction, centre->keys, centre->roles, system, std::nullopt,
                          {options.name, access::Role::kSupervisor, std::nullopt},
                          centre->clock.Now());
  }));
  const auto code = invitation.code.bytes();
  std::printf("%s\t%.*s\n", Printable(options.name).c_str(), static_cast<int>(code.size()),
              reinterpret_cast<const char*>(code.data()));
  return {};
}

}  // namespace

ExitCode RunUserList(const UserOptions& options) { return Ended(List(options)); }
ExitCode RunUserInvite(const UserOptions& options) { return Ended(Invite(options)); }

}  // namespace jikimi
