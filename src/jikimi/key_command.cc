#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

#include "access/centre_keys.h"
#include "access/escrow.h"
#include "access/server_key_recovery.h"
#include "base/file.h"
#include "jikimi/centre.h"
#include "jikimi/centre_commands.h"
#include "jikimi/reading.h"
#include "jikimi/shares.h"
#include "vault/split_key.h"

namespace jikimi {
namespace {

std::string NumbersText(const std::vector<std::uint32_t>& numbers) {
  std::string text;
  for (const std::uint32_t number : numbers) {
    text += (text.empty() ? "" : ", ") + std::to_string(number);
  }
  return text;
}

Result<void> Status(const KeyOptions& options) {
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kUsable));
  std::printf("server keys  versions %s\n", NumbersText(centre->keys.server()->versions()).c_str());
  std::printf("epochs       %s\n", NumbersText(centre->keys.epochs()->epochs()).c_str());
  const auto escrow = TRY(centre->database.Read([&](store::Transaction& transaction) {
    return access::FindEscrowKey(transaction, centre->keys);
  }));
  const auto audit = TRY(centre->database.Read([&](store::Transaction& transaction) {
    return access::FindAuditKey(transaction, centre->keys);
  }));
  const auto rotation = TRY(centre->database.Read(access::FindEscrowRotation));
  std::printf("escrow       version %u\n", escrow.key().name().version);
  if (rotation.unfinished) {
    std::printf("             its rotation is not finished: %lld cases left\n",
                static_cast<long long>(rotation.cases_left));
  }
  std::printf("audit key    version %u\n", audit.name().version);
  std::printf("log key      %s\n", centre->log_signer.verifier().ToText().c_str());
  return {};
}

Result<void> Rotate(const KeyOptions& options) {
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kUsable));
  const auto fields = AllServerFields();
  if (centre->keys.server()->versions().size() == 1) {
    const auto version =
        TRY(access::BeginServerKeyRotation(centre->database, centre->keys, centre->clock.Now()));
    std::printf(
        "Version %u is the current one. Run this again in %lld minutes: what stands under "
        "the former ones is sealed anew then.\n",
        version, static_cast<long long>(access::kServerKeyGrace.count()));
    return {};
  }
  const auto resealed = TRY(
      access::FinishServerKeyRotation(centre->database, centre->keys, fields, centre->clock.Now()));
  std::printf("%lld fields sealed anew; the former versions are retired.\n",
              static_cast<long long>(resealed));
  return {};
}

Result<void> CheckShare(const KeyOptions& options) {
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kUsable));
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const auto share = TRY(vault::KeyShare::FromText(text));
  const auto status = TRY(centre->database.Read([&](store::Transaction& transaction) {
    return options.audit ? access::CheckAuditShare(transaction, share)
                         : access::CheckEscrowShare(transaction, share);
  }));
  std::printf("A share of the current %s (version %u): any %d of %d open it.\n",
              options.audit ? "audit key" : "escrow", status.version, status.k, status.n);
  return {};
}

// The folder of keys isn't read: what is missing there is why this is called.
Result<void> RecoverServerKeys(const KeyOptions& options) {
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  auto database = TRY(OpenExistingDatabase(loaded.config));
  TRY(store::CheckSchema(database, AllSchemas()));
  const auto shares = TRY(ReadShares("escrow"));
  const auto versions =
      TRY(access::RecoverServerKeyFile(database, shares, options.folder, SystemClock().Now()));
  const std::string keys = Printable(loaded.config.keys.folder);
  std::printf(
      "%s/server.keys holds the server keys, version %s.\n"
      "Where nothing but that file was lost: stop the centre, copy it to %s, and try "
      "`jikimi config check`.\n"
      "The other files of the folder of keys stand in no database and come back from copies only. "
      "Without epoch.ring every case stays closed, to everybody and with every share, and nothing "
      "can be served.\n",
      Printable(options.folder).c_str(), NumbersText(versions).c_str(), keys.c_str());
  return {};
}

}  // namespace

ExitCode RunKeyStatus(const KeyOptions& options) { return Ended(Status(options)); }
ExitCode RunKeyRotate(const KeyOptions& options) { return Ended(Rotate(options)); }
ExitCode RunKeyCheckShare(const KeyOptions& options) { return Ended(CheckShare(options)); }
ExitCode RunKeyRecoverServerKeys(const KeyOptions& options) {
  return Ended(RecoverServerKeys(options));
}

}  // namespace jikimi
