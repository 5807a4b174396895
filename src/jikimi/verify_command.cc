#include <cstdio>
#include <string>

#include "base/file.h"
#include "http/time_text.h"
#include "jikimi/centre.h"
#include "jikimi/centre_commands.h"
#include "jikimi/reading.h"
#include "log/tree.h"
#include "log/verify.h"

namespace jikimi {
namespace {

constexpr std::uint64_t kMaxCheckpointBytes = 1 << 20;

// What a kept checkpoint says that is later than the backup which was restored.
void PrintWentBack(const log::Checkpoint& kept, const log::WentBack& back) {
  std::printf(
      "The log was restored from a backup on %s at size %llu; your checkpoint of size %llu is of "
      "the former key and covers %llu entries that the restored database does not have. A "
      "checkpoint of at most %llu entries also tells whether those before are unchanged.\n",
      http::TimeText(back.at).c_str(), static_cast<unsigned long long>(back.size),
      static_cast<unsigned long long>(kept.size), static_cast<unsigned long long>(back.lost),
      static_cast<unsigned long long>(back.size));
}

Result<ExitCode> Verify(const VerifyLogOptions& options) {
  const auto loaded = TRY(LoadConfig(options.config, ProcessEnvironment()));
  const auto centre = TRY(OpenCentre(loaded.config, Expect::kDatabase));
  const log::NoteVerifier& key = centre->log_signer.verifier();
  const auto server_keys = centre->keys.server();
  log::VerifyOptions verify;
  verify.server_keys = server_keys.get();
  verify.former = log::FormerKeys(centre->log_successions);
  verify.successions = centre->log_successions;
  if (!options.checkpoint.empty()) {
    const auto bytes = TRY(ReadFile(options.checkpoint, kMaxCheckpointBytes));
    const std::string note(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    auto kept = log::OpenCheckpoint(note, centre->LogKeys());
    if (!kept.has_value()) return Prefixed(Printable(options.checkpoint), kept.error());
    verify.kept = std::move(kept->checkpoint);
  }
  const auto verdict = TRY(log::VerifyLog(centre->database, key, verify));
  for (const log::LogBreach& breach : verdict.breaches) {
    std::printf("%s\t%llu\t%llu\t%s\n", std::string(log::BreachName(breach.kind)).c_str(),
                static_cast<unsigned long long>(breach.first),
                static_cast<unsigned long long>(breach.last), breach.text.c_str());
  }
  std::printf(
      "%llu entries, %lld checkpoints, %lld entries not in the tree yet, %lld details "
      "compared: %s\n",
      static_cast<unsigned long long>(verdict.size), static_cast<long long>(verdict.checkpoints),
      static_cast<long long>(verdict.pending), static_cast<long long>(verdict.opened),
      verdict.intact() ? "whole" : "NOT whole");
  if (verdict.went_back) PrintWentBack(*verify.kept, *verdict.went_back);
  if (!verdict.intact()) return ExitCode::kSomeFailed;
  const log::Tree tree(centre->database);
  if (!options.keep.empty()) {
    const std::string note = TRY(tree.Checkpoint());
    TRY(WriteFileAtomically(options.keep, std::as_bytes(std::span(note))));
  }
  if (!options.export_to.empty()) {
    TRY(tree.Export(options.export_to, key, centre->keys.log_successions()));
  }
  if (options.checkpoint.empty()) {
    std::printf(
        "Without --checkpoint FILE, one that was kept elsewhere, a log that was cut off "
        "whole can't be told from a younger one.\n");
  }
  return verdict.went_back ? ExitCode::kWentBack : ExitCode::kDone;
}

}  // namespace

ExitCode RunVerifyLog(const VerifyLogOptions& options) { return Ended(Verify(options)); }

}  // namespace jikimi
