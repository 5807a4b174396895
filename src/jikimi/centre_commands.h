#ifndef JIKIMI_JIKIMI_CENTRE_COMMANDS_H_
#define JIKIMI_JIKIMI_CENTRE_COMMANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "jikimi/exit_code.h"

namespace jikimi {

// The commands of a centre, one function each. All take the configuration's path ("" for none);
// secrets come from the standard input, never from arguments.

struct ConfigOptions {
  std::string config;
};
// Prints every key with its value and where that comes from; tries database, keys, certificate.
ExitCode RunConfigCheck(const ConfigOptions& options);

struct InitOptions {
  std::string config;
  std::vector<std::string> supervisors;  // names; two or three
  int needed = 3;                        // of `shares`, to open the escrow or the audit key
  int shares = 5;
};
// Opens a centre: tables, keys, escrow and audit key, invitations. Prints the shares and the
// invitations once.
ExitCode RunInit(const InitOptions& options);

struct ServeOptions {
  std::string config;
  bool check_responses = false;
};
ExitCode RunServe(const ServeOptions& options);

struct UserOptions {
  std::string config;
  std::string name;
};
ExitCode RunUserList(const UserOptions& options);
// While a centre has no supervisor who could: another invitation for a first one.
ExitCode RunUserInvite(const UserOptions& options);

struct KeyOptions {
  std::string config;
  bool audit = false;    // of the audit key instead of the escrow
  std::string approval;  // of two supervisors, as the API gave its id
  int needed = 0;        // of `shares`, to open the new key; 0: as the former one has it
  int shares = 0;
  std::string folder;  // a new one for recovered keys
};
ExitCode RunKeyStatus(const KeyOptions& options);
// New server keys, everything under the former ones sealed anew. Called again it goes on.
ExitCode RunKeyRotate(const KeyOptions& options);
// Whether a share, read from the standard input, is one of the current ones.
ExitCode RunKeyCheckShare(const KeyOptions& options);
// A new escrow, with k of the former shares on the standard input, put into every case; a new audit
// key. The new shares are printed once. A rotation of the escrow that was stopped goes on.
ExitCode RunKeyRotateEscrow(const KeyOptions& options);
ExitCode RunKeyRotateAudit(const KeyOptions& options);
// Writes a lost server.keys into a new folder, with k shares of the escrow on the standard input.
ExitCode RunKeyRecoverServerKeys(const KeyOptions& options);

struct AuditOptions {
  std::string config;
  std::string approval;     // of two supervisors
  std::string from, until;  // days in UTC, or times; "" for all
  std::int64_t person = 0;  // a staff number; 0 for all
  bool json = false;
};
// What staff did in all cases, newest first, with k shares of the audit key (of its former
// versions, too) on the standard input.
ExitCode RunAudit(const AuditOptions& options);

struct BackupOptions {
  std::string config;
  std::string file;
};
ExitCode RunBackup(const BackupOptions& options);
struct RestoreOptions {
  std::string config;
  std::string from;    // a backup file to put in the database's place
  std::string verify;  // a backup file to be checked only
};
// Puts a backup in place (SQLite), or takes the database as the server's tools restored it, and
// does again what was destroyed, revoked and ended since.
ExitCode RunRestore(const RestoreOptions& options);

struct VerifyLogOptions {
  std::string config;
  std::string checkpoint;  // a file with one that was kept elsewhere
  std::string keep;        // write the last checkpoint there
  std::string export_to;   // a folder for the whole log as static files
};
ExitCode RunVerifyLog(const VerifyLogOptions& options);

struct ImportOptions {
  std::string config;
  std::string file;  // "-": the standard input
  bool dry_run = false;
  bool skip_refused = false;  // take the good rows in though others were refused
  bool json = false;
  std::string time_zone;  // of times without an offset; "" for the country's, where it has one
};
// Old cases from a CSV file (doc/import.md); lists each row that was refused and why.
ExitCode RunImport(const ImportOptions& options);

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_CENTRE_COMMANDS_H_
