// jikimi: words of the command line to the commands in commands.h.

#include <CLI/CLI.hpp>
#include <csignal>
#include <string>

#include "jikimi/centre_commands.h"
#include "jikimi/commands.h"
#include "jikimi/interrupt.h"
#include "media/worker.h"

namespace jikimi {
namespace {

constexpr char kVersion[] = "jikimi " JIKIMI_VERSION;
constexpr char kFooter[] =
    "Exit status: 0 done; 1 done, but some inputs had errors; 2 wrong words; 3 failed;\n"
    "4 a whole log that was restored to before a kept checkpoint; 130 interrupted.\n"
    "The manual: man jikimi";

void AddThreads(CLI::App* command, ReadingOptions& reading) {
  command
      ->add_option("--threads", reading.threads,
                   "Files worked on at the same time (default: one a core)")
      ->check(CLI::Range(1, 256));
}

CLI::App* Command(CLI::App& parent, const std::string& name, const std::string& what,
                  const std::string& examples) {
  CLI::App* command = parent.add_subcommand(name, what);
  command->footer("Examples:\n" + examples);
  return command;
}

struct Options {
  FingerprintOptions fingerprint;
  FindOptions find;
  CompareOptions compare;
  GalleryOptions gallery;
  ConfigOptions config;
  InitOptions init;
  ServeOptions serve;
  UserOptions user;
  KeyOptions key;
  AuditOptions audit;
  BackupOptions backup;
  RestoreOptions restore;
  VerifyLogOptions verify;
  ImportOptions import;
};

void AddFingerprint(CLI::App& app, FingerprintOptions& options, ExitCode& status) {
  CLI::App* command = Command(app, "fingerprint", "Fingerprint pictures and videos",
                              "  jikimi fingerprint photo.jpg\n"
                              "  jikimi fingerprint --json folder/ | jq .pdq\n"
                              "  curl -s https://example.org/a.webp | jikimi fingerprint -");
  command->add_option("paths", options.paths, "Files, folders, or - for the standard input")
      ->required();
  command->add_flag("--json", options.json, "One JSON object a line");
  command->add_flag("--every-frame", options.every_frame,
                    "Of videos, a word for every frame (default: one a second)");
  command->add_flag("--vpdq", options.vpdq, "Of videos, print frame,quality,hash,timestamp lines")
      ->excludes("--json");
  AddThreads(command, options.reading);
  command->callback([&] { status = RunFingerprint(options); });
}

void AddFind(CLI::App& app, FindOptions& options, ExitCode& status) {
  CLI::App* command =
      Command(app, "find", "Find registered pictures and videos again, whatever was done to them",
              "  jikimi find --registered originals/ --in downloads/\n"
              "  jikimi find --gallery centre.jkg --in downloads/ --json\n"
              "  jikimi find --registered a.jpg --in downloads/ --page matches.html");
  auto* registered =
      command->add_option("--registered", options.registered, "Files or folders to look for");
  auto* gallery =
      command->add_option("--gallery", options.gallery, "A gallery file of what to look for");
  gallery->excludes(registered);
  command->add_option("--in", options.in, "Files or folders to look in, or -")->required();
  command->add_flag("--json", options.json, "One JSON object a match");
  command->add_option("--page", options.page, "Write an HTML page with each match drawn");
  AddThreads(command, options.reading);
  command->callback([&, registered, gallery] {
    if (registered->count() + gallery->count() == 0) {
      throw CLI::RequiredError("--registered or --gallery");
    }
    status = RunFind(options);
  });
}

void AddCompare(CLI::App& app, CompareOptions& options, ExitCode& status) {
  CLI::App* command = Command(app, "compare", "Say whether B is A, and how it was altered",
                              "  jikimi compare original.jpg found.jpg\n"
                              "  jikimi compare original.jpg found.mp4 --picture match.png");
  command->add_option("A", options.first, "The original")->required();
  command->add_option("B", options.second, "The one that was found")->required();
  command->add_flag("--json", options.json, "One JSON object");
  command->add_option("--picture", options.picture,
                      "Write a PNG of both with what matches drawn in");
  command->callback([&] { status = RunCompare(options); });
}

void AddGallery(CLI::App& app, GalleryOptions& options, ExitCode& status) {
  CLI::App* gallery = Command(app, "gallery", "Keep registered fingerprints in a file",
                              "  jikimi gallery add originals/ --gallery centre.jkg\n"
                              "  jikimi gallery remove 4711 --gallery centre.jkg\n"
                              "  jikimi gallery list --gallery centre.jkg");
  gallery->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, ExitCode (*run)(const GalleryOptions&)) {
    CLI::App* command = gallery->add_subcommand(name, what);
    command->add_option("--gallery", options.gallery, "The gallery file")->required();
    command->callback([&options, &status, run] { status = run(options); });
    return command;
  };
  CLI::App* command = add("add", "Register files; prints the number given to each", RunGalleryAdd);
  command->add_option("paths", options.paths, "Files, folders, or -")->required();
  command->add_flag("--json", options.json, "One JSON object a file");
  AddThreads(command, options.reading);
  command = add("remove", "Withdraw items by their numbers", RunGalleryRemove);
  command->add_option("numbers", options.numbers, "Item numbers")->required();
  command =
      add("list", "List items: number, kind, pictures, patches, frames, bytes", RunGalleryList);
  command->add_flag("--json", options.json, "One JSON object an item");
  command = add("info", "Count what the file holds", RunGalleryInfo);
  command->add_flag("--json", options.json, "One JSON object");
}

void AddConfig(CLI::App* command, std::string& config) {
  command->add_option("--config", config, "The centre's configuration file")
      ->envname("JIKIMI_CONFIG");
}

void AddKeyRotations(CLI::App& key, KeyOptions& options, ExitCode& status) {
  const auto add = [&](const char* name, const char* what, ExitCode (*run)(const KeyOptions&)) {
    CLI::App* command = key.add_subcommand(name, what);
    AddConfig(command, options.config);
    command->add_option("--approval", options.approval, "Its id, when two supervisors voted for it")
        ->required();
    command->add_option("--needed", options.needed, "How many shares open the new key")
        ->check(CLI::Range(2, 31));
    command->add_option("--shares", options.shares, "Shares to be made (default: as many as now)")
        ->check(CLI::Range(2, 31));
    command->callback([&options, &status, run] { status = run(options); });
    return command;
  };
  add("rotate-escrow",
      "A new escrow for every case; former shares on the standard input, one a line",
      RunKeyRotateEscrow)
      ->footer(
          "Propose it first: POST /v1/approvals "
          "{\"kind\":\"escrow_rotation\",\"subject\":\"escrow\",\n"
          "\"reason\":...}; another supervisor votes. Killed half-way, call it again with the "
          "former\n"
          "shares and another approval.\n"
          "Examples:\n"
          "  cat former-shares.txt | jikimi key rotate-escrow --config centre.toml --approval ID "
          "\\\n"
          "    --needed 3 --shares 5 > paper.txt");
  add("rotate-audit", "A new audit key; what was logged before needs the former shares",
      RunKeyRotateAudit)
      ->footer(
          "Propose it first: POST /v1/approvals "
          "{\"kind\":\"escrow_rotation\",\"subject\":\"audit\",\n"
          "\"reason\":...}; another supervisor votes.\n"
          "Examples:\n"
          "  jikimi key rotate-audit --config centre.toml --approval ID > paper.txt");
}

void AddKeyRecovery(CLI::App& key, KeyOptions& options, ExitCode& status) {
  CLI::App* command =
      key.add_subcommand("recover-server-keys",
                         "Write a lost server.keys; shares of the escrow on the standard input");
  AddConfig(command, options.config);
  command->add_option("--folder", options.folder, "A new folder for the file")->required();
  command->callback([&options, &status] { status = RunKeyRecoverServerKeys(options); });
  command->footer(
      "Brings back no other file of the folder of keys: without epoch.ring cases stay closed.\n"
      "Examples:\n"
      "  jikimi key recover-server-keys --config centre.toml --folder recovered < shares.txt");
}

void AddCentre(CLI::App& app, Options& options, ExitCode& status) {
  CLI::App* command = Command(app, "init", "Open a new centre",
                              "  jikimi init --config centre.toml --supervisor 'Han Jiwoo' "
                              "--supervisor 'Seo Dain'");
  AddConfig(command, options.init.config);
  command->add_option("--supervisor", options.init.supervisors, "Name of a first supervisor")
      ->required();
  command->add_option("--shares", options.init.shares, "Shares of the escrow and the audit key")
      ->check(CLI::Range(2, 31));
  command->add_option("--needed", options.init.needed, "How many of them open it")
      ->check(CLI::Range(2, 31));
  command->callback([&] { status = RunInit(options.init); });

  command = Command(app, "serve", "Serve a centre's API until told to stop",
                    "  jikimi serve --config centre.toml");
  AddConfig(command, options.serve.config);
  command->add_flag("--check-responses", options.serve.check_responses,
                    "Refuse answers that don't fit api/openapi.yaml");
  command->callback([&] { status = RunServe(options.serve); });

  CLI::App* user =
      Command(app, "user", "The people of a centre", "  jikimi user list --config centre.toml");
  user->require_subcommand(1);
  command = user->add_subcommand("list", "Number, role, state, sign-in name and name of everybody");
  AddConfig(command, options.user.config);
  command->callback([&] { status = RunUserList(options.user); });
  command = user->add_subcommand("invite", "Invite one of the first supervisors again");
  AddConfig(command, options.user.config);
  command->add_option("name", options.user.name, "Their name")->required();
  command->callback([&] { status = RunUserInvite(options.user); });

  CLI::App* key =
      Command(app, "key", "The keys of a centre",
              "  jikimi key check-share --config centre.toml < share.txt\n"
              "  jikimi key rotate-escrow --config centre.toml --approval ID "
              "--needed 3 --shares 5 > paper.txt\n"
              "  jikimi key rotate-audit --config centre.toml --approval ID > paper.txt");
  key->require_subcommand(1);
  command = key->add_subcommand("status", "Which versions there are");
  AddConfig(command, options.key.config);
  command->callback([&] { status = RunKeyStatus(options.key); });
  command = key->add_subcommand("rotate", "New server keys; called twice, ten minutes apart");
  AddConfig(command, options.key.config);
  command->callback([&] { status = RunKeyRotate(options.key); });
  command = key->add_subcommand("check-share", "Whether a share on the standard input is current");
  AddConfig(command, options.key.config);
  command->add_flag("--audit", options.key.audit, "Of the audit key instead of the escrow");
  command->callback([&] { status = RunKeyCheckShare(options.key); });
  AddKeyRotations(*key, options.key, status);
  AddKeyRecovery(*key, options.key, status);

  CLI::App* config = Command(app, "config", "The configuration of a centre",
                             "  jikimi config check --config centre.toml");
  config->require_subcommand(1);
  command = config->add_subcommand("check", "Print every key, and try what can be tried");
  AddConfig(command, options.config.config);
  command->callback([&] { status = RunConfigCheck(options.config); });
}

void AddAudit(CLI::App& app, AuditOptions& options, ExitCode& status) {
  CLI::App* command = Command(
      app, "audit", "What staff did in all cases; shares of the audit key on the standard input",
      "  cat audit-shares.txt | jikimi audit --config centre.toml --approval ID\n"
      "  jikimi audit --config centre.toml --approval ID --from 2026-11-01 --until 2026-11-30 "
      "--person 17 < audit-shares.txt\n"
      "Propose it first: POST /v1/approvals {\"kind\":\"audit_use\",\"subject\":\"audit\",\n"
      "\"reason\":...}; another supervisor votes. It is good once.");
  AddConfig(command, options.config);
  command->add_option("--approval", options.approval, "Its id, when two supervisors voted for it")
      ->required();
  command->add_option("--from", options.from, "From this day (in UTC) or time on");
  command->add_option("--until", options.until,
                      "To the end of this day (in UTC), or before this time");
  command->add_option("--person", options.person, "One person's, by staff number")
      ->check(CLI::PositiveNumber);
  command->add_flag("--json", options.json, "One JSON object an entry");
  command->callback([&options, &status] { status = RunAudit(options); });
}

void AddImport(CLI::App& app, ImportOptions& options, ExitCode& status) {
  CLI::App* command =
      Command(app, "import", "Take in old cases from a CSV file, sealed like any other case",
              "  jikimi import --config centre.toml --file old-cases.csv --dry-run\n"
              "  jikimi import --config centre.toml --file old-cases.csv\n"
              "  gpg --decrypt old-cases.csv.gpg | jikimi import --config centre.toml --file -");
  AddConfig(command, options.config);
  command->add_option("--file", options.file, "The CSV file, or - for the standard input")
      ->required();
  auto* dry_run = command->add_flag("--dry-run", options.dry_run,
                                    "Check and list what would be refused; write nothing");
  command
      ->add_flag("--skip-refused", options.skip_refused,
                 "Take the good rows in (default: nothing, when any row is refused)")
      ->excludes(dry_run);
  command->add_flag("--json", options.json, "One JSON object a refused column, and the sum");
  command->add_option("--time-zone", options.time_zone,
                      "Of times without an offset, as in Asia/Seoul (default: the country's)");
  command->callback([&options, &status] { status = RunImport(options); });
}

void AddSafekeeping(CLI::App& app, Options& options, ExitCode& status) {
  CLI::App* command = Command(app, "backup", "Copy the database while it is in use (SQLite)",
                              "  jikimi backup --config centre.toml --to monday.db");
  AddConfig(command, options.backup.config);
  command->add_option("--to", options.backup.file, "The new file")->required();
  command->callback([&] { status = RunBackup(options.backup); });

  command =
      Command(app, "restore", "Put a backup in place, and destroy again what was destroyed since",
              "  jikimi restore --verify monday.db\n"
              "  jikimi restore --config centre.toml --from monday.db");
  AddConfig(command, options.restore.config);
  auto* from = command->add_option("--from", options.restore.from,
                                   "A backup file; without it the database as it stands");
  command->add_option("--verify", options.restore.verify, "Check a backup file only")
      ->excludes(from);
  command->callback([&] { status = RunRestore(options.restore); });

  CLI::App* verify = Command(app, "verify", "Check what nobody may have changed",
                             "  jikimi verify log --config centre.toml --checkpoint kept.txt");
  verify->require_subcommand(1);
  command = verify->add_subcommand("log", "Recompute the whole log");
  AddConfig(command, options.verify.config);
  command->add_option("--checkpoint", options.verify.checkpoint,
                      "One that was kept outside the centre");
  command->add_option("--keep", options.verify.keep, "Write the last checkpoint to this file");
  command->add_option("--export", options.verify.export_to,
                      "Write the whole log to this folder as static files");
  command->callback([&] { status = RunVerifyLog(options.verify); });
}

int Main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGXFSZ, SIG_IGN);  // a file over its limit is an error of the write, not a death
  CatchInterrupts();
  CLI::App app(
      "Jikimi keeps watch: finds registered pictures and videos again, whatever was done to "
      "them, and keeps a support centre's records.",
      "jikimi");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  app.footer(kFooter);
  Options options;
  ExitCode status = ExitCode::kDone;
  AddFingerprint(app, options.fingerprint, status);
  AddFind(app, options.find, status);
  AddCompare(app, options.compare, status);
  AddGallery(app, options.gallery, status);
  AddCentre(app, options, status);
  AddAudit(app, options.audit, status);
  AddImport(app, options.import, status);
  AddSafekeeping(app, options, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  return static_cast<int>(status);
}

}  // namespace
}  // namespace jikimi

int main(int argc, char** argv) {
  jikimi::media::WorkerMainIfAsked(argc, argv);
  return jikimi::Main(argc, argv);
}
