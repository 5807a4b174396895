#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

#include "access/centre_keys.h"
#include "access/escrow.h"
#include "jikimi/centre.h"
#include "jikimi/centre_commands.h"
#include "jikimi/reading.h"
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

}  // namespace

ExitCode RunKeyStatus(const KeyOptions& options) { return Ended(Status(options)); }
ExitCode RunKeyRotate(const KeyOptions& options) { return Ended(Rotate(options)); }
ExitCode RunKeyCheckShare(const KeyOptions& options) { return Ended(CheckShare(options)); }

}  // namespace jikimi
