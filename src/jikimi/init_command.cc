// `jikimi init`: a new centre. Killed anywhere it can be called again until the escrow is made;
// from then on the centre is open.

#include <cstdio>
#include <string>
#include <vector>

#include "access/agencies.h"
#include "access/enrolment.h"
#include "access/escrow.h"
#include "jikimi/centre.h"
#include "jikimi/centre_commands.h"
#include "jikimi/reading.h"
#include "jikimi/shares.h"
#include "log/sequencer.h"

namespace jikimi {
namespace {

struct Opened {
  access::PrintedShares escrow;
  access::PrintedShares audit;
  std::vector<access::Invitation> invitations;
};

std::string Shown(const vault::SecretBytes& text) {
  return {reinterpret_cast<const char*>(text.bytes().data()), text.bytes().size()};
}

Result<Opened> OpenInTransaction(store::Transaction& transaction, const Centre& centre,
                                 const InitOptions& options, Timestamp now) {
  const access::Actor system(access::SystemActor{"init"});
  Opened opened;
  opened.escrow =
      TRY(access::CreateEscrow(transaction, centre.keys, options.needed, options.shares, now));
  opened.audit =
      TRY(access::CreateAuditKey(transaction, centre.keys, options.needed, options.shares, now));
  TRY(access::AddShippedAgencies(transaction, now));
  for (const std::string& name : options.supervisors) {
    opened.invitations.push_back(
        TRY(access::Invite(transaction, centre.keys, centre.roles, system, std::nullopt,
                           {name, access::Role::kSupervisor, std::nullopt}, now)));
  }
  return opened;
}

Result<void> Init(const InitOptions& options) {
  if (options.supervisors.size() < 2 || options.supervisors.size() > 3) {
    return Error{ErrorCode::kInvalidArgument,
                 "--supervisor: name two or three, since much takes two of them"};
  }
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  const SystemClock clock;
  {
    auto database = TRY(store::Database::Open(loaded.config.database.url));
    TRY(store::Migrate(database, AllSchemas(), clock));
  }
  // Keys of an init that was killed are taken up again.
  const auto keys = access::CentreKeys::Init(KeysOptions(loaded.config), clock.Now());
  if (!keys.has_value() && keys.error().code != ErrorCode::kAlreadyExists) return keys.error();
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kUsable));
  const auto opened = TRY(centre->database.Write([&](store::Transaction& transaction) {
    return OpenInTransaction(transaction, *centre, options, clock.Now());
  }));
  log::Sequencer sequencer(centre->database, centre->log_signer, clock);
  TRY(sequencer.RunOnce());
  TRY(sequencer.RunOnce());

  std::printf("The centre \"%s\" is open. What follows is shown once and stored nowhere.\n",
              loaded.config.centre.name.c_str());
  TRY(PrintShares("Escrow", opened.escrow, options.needed));
  TRY(PrintShares("Audit key", opened.audit, options.needed));
  std::printf("\n== Invitations, each good once within 72 hours\n\n");
  for (std::size_t i = 0; i < opened.invitations.size(); ++i) {
    std::printf("%s\t%s\n", options.supervisors[i].c_str(),
                Shown(opened.invitations[i].code).c_str());
  }
  std::printf("\nThe log's key, to be kept outside the centre: %s\n",
              centre->log_signer.verifier().ToText().c_str());
  std::fflush(stdout);
  return {};
}

}  // namespace

ExitCode RunInit(const InitOptions& options) { return Ended(Init(options)); }

}  // namespace jikimi
