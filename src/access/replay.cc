// The journal of destructions against the database: after a restore, and at each start.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "access/case_key_tables.h"
#include "access/consent_tables.h"
#include "access/destructions.h"
#include "access/erasing.h"
#include "access/gone_tables.h"
#include "access/key_folder.h"
#include "access/receipts.h"
#include "access/representatives.h"
#include "access/stored_keyring.h"
#include "access/team_key_tables.h"
#include "base/file.h"

namespace jikimi::access {
namespace {

using EntryId = std::array<std::byte, 16>;

// Everything that the journal and its copies have, in the order of the time.
Result<std::vector<JournalEntry>> ReadAll(const CentreKeysOptions& options) {
  std::set<EntryId> seen;
  std::vector<JournalEntry> all;
  for (const auto& path : JournalPaths(options)) {
    for (const auto& entry : TRY(ReadJournal(path))) {
      if (seen.insert(entry.id).second) all.push_back(entry);
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const JournalEntry& a, const JournalEntry& b) {
    return a.gone.at < b.gone.at;
  });
  return all;
}

// Gives each file the entries of `all` that it lacks.
Result<void> FillUp(const CentreKeysOptions& options, std::span<const JournalEntry> all) {
  for (const auto& path : JournalPaths(options)) {
    std::set<EntryId> there;
    for (const auto& entry : TRY(ReadJournal(path))) there.insert(entry.id);
    std::vector<JournalEntry> missing;
    for (const auto& entry : all) {
      if (!there.contains(entry.id)) missing.push_back(entry);
    }
    TRY(AppendToJournal(path, missing));
  }
  return {};
}

// Changes a keyring without anybody's secret. A case that is gone has nothing left to change.
template <typename Change>
Result<void> ChangeKeyring(store::Transaction& transaction, const CentreKeys& keys,
                           vault::CaseId id, Timestamp now, Change&& change) {
  auto stored = LoadKeyring(transaction, keys, id);
  if (!stored && stored.error().code == ErrorCode::kNotFound) return {};
  if (!stored) return std::move(stored).error();
  const auto former = stored->keyring.revision();
  TRY(change(stored->keyring));
  if (stored->keyring.revision() == former) return {};
  return SaveKeyring(transaction, keys, stored->keyring, former, now);
}

Result<void> ForgetGrant(store::Transaction& transaction, const CentreKeys& keys,
                         vault::PersonId person, vault::CaseId of, Timestamp now) {
  TRY(ChangeKeyring(transaction, keys, of, now,
                    [&](auto& keyring) { return keyring.ForgetGrantee(person); }));
  TRY(DeleteGrant(transaction, of, person));
  return MarkRotationDue(transaction, of);
}

Result<void> ForgetItem(store::Transaction& transaction, const CentreKeys& keys, vault::ItemId item,
                        vault::CaseId of, std::span<const CaseEraser> erasers, Timestamp now) {
  const auto destroy = [&](vault::CaseKeyring& keyring) -> Result<void> {
    const auto items = keyring.items();
    if (std::find(items.begin(), items.end(), item) == items.end()) return {};
    TRY(keyring.DestroyItem(item));
    return {};
  };
  TRY(ChangeKeyring(transaction, keys, of, now, destroy));
  return EraseItem(transaction, of, item, erasers);
}

struct Replay {
  const CentreKeys& keys;
  std::span<const CaseEraser> erasers;
  const PersonEraser& erase_person;
  Timestamp now;

  // With the keys that the backup has of it.
  Result<void> DestroyAgain(store::Transaction& transaction, vault::CaseId id, Timestamp at) const {
    auto stored = LoadKeyring(transaction, keys, id);
    const std::uint32_t count = stored ? stored->keyring.Destroy() : 0;
    TRY(EraseCase(transaction, keys, log::ActorRef::System(), id, erasers, now));
    return FulfilReceipt(transaction, id, count, at);
  }

  Result<void> Apply(store::Transaction& transaction, const Gone& gone) const {
    const vault::CaseId of_case(gone.of);
    switch (gone.kind) {
      case GoneKind::kCase:
        return DestroyAgain(transaction, vault::CaseId(gone.subject), gone.at);
      case GoneKind::kItem:
        return ForgetItem(transaction, keys, vault::ItemId(gone.subject), of_case, erasers, now);
      case GoneKind::kGrant:
        TRY(ForgetGrant(transaction, keys, vault::PersonId(gone.subject), of_case, now));
        return ForgetRestoredRepresentative(transaction, keys, vault::SurvivorId(gone.subject),
                                            of_case, now);
      case GoneKind::kConsent:
        return EndConsentRow(transaction, ConsentId{gone.subject}, gone.at);
      case GoneKind::kPerson:
        return erase_person(transaction, vault::PersonId(gone.subject));
      case GoneKind::kMember:
        TRY(DeleteTeamWraps(transaction, vault::TeamId(gone.of), vault::PersonId(gone.subject)));
        return {};
    }
    return Error{ErrorCode::kInternal, "no such kind of destruction"};
  }
};

void Count(GoneKind kind, ReplayReport& report) {
  switch (kind) {
    case GoneKind::kCase:
      ++report.cases;
      return;
    case GoneKind::kItem:
      ++report.items;
      return;
    case GoneKind::kGrant:
      ++report.grants;
      return;
    case GoneKind::kConsent:
      ++report.consents;
      return;
    case GoneKind::kPerson:
      ++report.persons;
      return;
    case GoneKind::kMember:
      ++report.members;
      return;
  }
}

}  // namespace

std::vector<std::filesystem::path> JournalPaths(const CentreKeysOptions& options) {
  std::vector<std::filesystem::path> paths = {options.folder / kJournalFile};
  for (const auto& copy : options.copies) paths.push_back(copy / kJournalFile);
  return paths;
}

Result<void> CheckReplayed(store::Database& database, const CentreKeys& keys) {
  TRY(FlushJournal(database, keys));
  const auto& options = keys.files().options();
  const auto lock = TRY(keys.files().Lock());
  auto all = TRY(ReadAll(options));
  const auto known =
      TRY(database.Read([](store::Transaction& transaction) { return AllGone(transaction); }));
  std::map<EntryId, bool> in_journal;
  for (const auto& entry : all) in_journal.emplace(entry.id, false);
  for (const auto& entry : known) {
    // What only the database has was lost with the file: it is written again.
    if (!in_journal.insert_or_assign(entry.id, true).second) continue;
    all.push_back(entry);
  }
  const auto unknown = std::count_if(in_journal.begin(), in_journal.end(),
                                     [](const auto& entry) { return !entry.second; });
  if (unknown > 0) {
    return Error{ErrorCode::kUnavailable,
                 "the database doesn't know " + std::to_string(unknown) +
                     " of the destructions in " +
                     Printable((options.folder / kJournalFile).native()) +
                     ": it was put back from a backup; run `jikimi restore` on it first"};
  }
  return FillUp(options, all);
}

Result<ReplayReport> ReplayOnRestore(store::Database& database, const CentreKeys& keys,
                                     std::span<const CaseEraser> erasers,
                                     const PersonEraser& erase_person, Timestamp now) {
  const auto& options = keys.files().options();
  const auto lock = TRY(keys.files().Lock());
  const auto all = TRY(ReadAll(options));
  const Replay replay{keys, erasers, erase_person, now};
  ReplayReport report;
  for (const auto& entry : all) {
    const auto apply = [&](store::Transaction& transaction) -> Result<bool> {
      if (TRY(KnowsGone(transaction, entry.id))) return false;
      TRY(replay.Apply(transaction, entry.gone));
      TRY(InsertGone(transaction, entry, Journaled::kYes));
      return true;
    };
    if (TRY(database.Write(apply))) Count(entry.gone.kind, report);
  }
  return report;
}

}  // namespace jikimi::access
