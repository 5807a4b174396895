// `jikimi key rotate-escrow` and `rotate-audit`: a new key and new shares of it, when a holder of a
// share leaves or a share is lost. The new shares are printed before they count, so that nothing is
// ever sealed to a key whose shares nobody has.

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "access/escrow.h"
#include "casework/record_ids.h"
#include "casework/schema.h"
#include "http/fields.h"
#include "jikimi/centre.h"
#include "jikimi/centre_commands.h"
#include "jikimi/interrupt.h"
#include "jikimi/progress.h"
#include "jikimi/reading.h"
#include "jikimi/shares.h"

namespace jikimi {
namespace {

constexpr int kCasesABatch = 50;

// Nobody is signed in at a terminal: the entries name who proposed and voted.
access::Actor CommandLine() { return access::Actor(access::SystemActor{"command line"}); }

Result<access::ApprovalId> ApprovalOf(const KeyOptions& options) {
  auto id = http::OpaqueIdFrom<access::ApprovalId>(options.approval);
  if (!id) return Prefixed("--approval", std::move(id).error());
  return id;
}

// An error after the shares were printed.
Error NotCertain(Error error) {
  error.message =
      "the rotation did not begin, as far as is known; whether the shares that were printed count "
      "`jikimi key check-share` tells: " +
      error.message;
  return error;
}

Result<vault::EscrowKeyPair> Begin(Centre& centre, const KeyOptions& options,
                                   access::ApprovalId approval,
                                   const std::vector<vault::KeyShare>& shares) {
  const auto fresh = TRY(centre.database.Read([&](store::Transaction& transaction) {
    return access::PrepareEscrowRotation(transaction, approval, shares,
                                         {options.needed, options.shares}, centre.clock.Now());
  }));
  TRY(PrintShares("Escrow", fresh.shares, fresh.record.k()));
  auto former = centre.database.Write([&](store::Transaction& transaction) {
    return access::BeginEscrowRotation(transaction, centre.keys, CommandLine(), approval, shares,
                                       fresh, centre.clock.Now());
  });
  if (!former) return NotCertain(std::move(former).error());
  return former;
}

std::string Cases(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " case" : " cases");
}

Error Stopped(std::int64_t left) {
  return {
      ErrorCode::kInterrupted,
      "stopped: " + Cases(left) +
          " left. Go on with k of the former shares and another approval; keep them until then"};
}

// Every case, until none is left that opens. Each that doesn't is named once.
Result<ExitCode> Rewrap(Centre& centre, const vault::EscrowKeyPair& former, std::int64_t left) {
  const auto fields = casework::CaseFields();
  const std::int64_t total = left;
  Progress progress("putting the new key into cases", static_cast<std::size_t>(total));
  std::size_t failed = 0;
  // Cases that came while a pass was under way take another one.
  for (bool first = true; left > static_cast<std::int64_t>(failed); first = false) {
    const std::int64_t before = left;
    std::optional<vault::CaseId> next;
    failed = 0;
    do {
      if (Interrupted()) return Stopped(left);
      const auto batch = TRY(access::RewrapEscrow(centre.database, centre.keys, former, fields,
                                                  next, kCasesABatch, centre.clock));
      left = batch.left;
      next = batch.next;
      failed += batch.failed.size();
      progress.Advance(static_cast<std::size_t>(std::max<std::int64_t>(total - left, 0)));
      for (const auto& failure : batch.failed) {
        if (!first) continue;
        progress.Clear();
        Complain({failure.error.code,
                  "case " + casework::IdText(failure.id) + ": " + failure.error.message});
      }
    } while (next);
    if (!first && left >= before) break;
  }
  // None was left to begin with: the former record is still to be forgotten.
  if (total == 0) {
    left = TRY(access::RewrapEscrow(centre.database, centre.keys, former, fields, std::nullopt,
                                    kCasesABatch, centre.clock))
               .left;
  }
  progress.Clear();
  if (left == 0) {
    std::printf(
        "Every case has the new key, and the former shares open nothing here any more. They still "
        "open backups from before: destroy them when the last of those is gone.\n");
    return ExitCode::kDone;
  }
  std::printf("%s could not be opened and left as it was: keep the former shares.\n",
              Cases(left).c_str());
  return ExitCode::kSomeFailed;
}

Result<ExitCode> RotateEscrow(const KeyOptions& options) {
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  const auto approval = TRY(ApprovalOf(options));
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kUsable));
  const auto shares = TRY(ReadShares("escrow"));
  auto state = TRY(centre->database.Read(access::FindEscrowRotation));
  std::optional<vault::EscrowKeyPair> former;
  if (state.unfinished) {
    former = TRY(centre->database.Write([&](store::Transaction& transaction) {
      return access::ReopenFormerEscrow(transaction, centre->keys, CommandLine(), approval, shares,
                                        centre->clock.Now());
    }));
    std::printf("The rotation to version %u goes on, with the shares that it printed: %s left.\n",
                state.version, Cases(state.cases_left).c_str());
  } else {
    former = TRY(Begin(*centre, options, approval, shares));
    state = TRY(centre->database.Read(access::FindEscrowRotation));
    std::printf("\nThese shares count from now on, as version %u. The new key goes into %s.\n",
                state.version, Cases(state.cases_left).c_str());
  }
  std::fflush(stdout);
  return Rewrap(*centre, *former, state.cases_left);
}

Result<void> RotateAudit(const KeyOptions& options) {
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  const auto approval = TRY(ApprovalOf(options));
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kUsable));
  const auto fresh = TRY(centre->database.Read([&](store::Transaction& transaction) {
    return access::PrepareAuditRotation(transaction, approval, {options.needed, options.shares},
                                        centre->clock.Now());
  }));
  TRY(PrintShares("Audit key", fresh.shares, fresh.record.k()));
  auto done = centre->database.Write([&](store::Transaction& transaction) {
    return access::RotateAuditKey(transaction, centre->keys, CommandLine(), approval, fresh,
                                  centre->clock.Now());
  });
  if (!done) return NotCertain(std::move(done).error());
  std::printf(
      "\nThese shares count from now on, as version %u. What staff did before opens with the "
      "former ones alone: keep them.\n",
      fresh.pair.name().version);
  return {};
}

}  // namespace

ExitCode RunKeyRotateEscrow(const KeyOptions& options) { return Ended(RotateEscrow(options)); }

ExitCode RunKeyRotateAudit(const KeyOptions& options) { return Ended(RotateAudit(options)); }

}  // namespace jikimi
