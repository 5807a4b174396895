#include "access/representatives.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "access/actor_log.h"
#include "access/case_key_tables.h"
#include "access/destructions.h"
#include "access/representative_end.h"
#include "access/sealed_columns.h"
#include "access/session_tables.h"
#include "access/stored_keyring.h"
#include "access/survivor_tables.h"
#include "base/bytes.h"
#include "vault/survivor_lock.h"

namespace jikimi::access {
namespace {

constexpr std::string_view kIssued = "representative.code_issued";
constexpr std::string_view kEnded = "representative.code_ended";

vault::RecordReference EndOf(vault::SurvivorId id) {
  vault::RecordReference reference;
  reference.id = id.bytes();
  return reference;
}

SealedColumn SealEnd(const CentreKeys& keys, vault::SurvivorId id,
                     const std::optional<Timestamp>& ends_at) {
  // One without an end looks like the others.
  ByteWriter writer;
  writer.Put(ends_at ? static_cast<std::int64_t>(ends_at->time_since_epoch().count())
                     : std::numeric_limits<std::int64_t>::max());
  return SealColumn(keys, EndOf(id), kRepresentativeEndField, std::move(writer).Take());
}

Result<void> DeleteRow(store::Transaction& transaction, vault::SurvivorId id) {
  TRY(DeleteSessionsOf(transaction, id.bytes(), std::nullopt));
  return DeleteRepresentative(transaction, id);
}

// Its wrap goes without anybody's secret; the pair is to be replaced by who opens the case next.
Result<void> ForgetWrap(store::Transaction& transaction, const CentreKeys& keys,
                        vault::SurvivorId id, vault::CaseId of, Timestamp now) {
  auto stored = LoadKeyring(transaction, keys, of);
  if (!stored && stored.error().code == ErrorCode::kNotFound) return {};
  if (!stored) return std::move(stored).error();
  const auto former = stored->keyring.revision();
  TRY(stored->keyring.ForgetRepresentative(id));
  if (stored->keyring.revision() == former) return {};
  TRY(SaveKeyring(transaction, keys, stored->keyring, former, now));
  return MarkRotationDue(transaction, of);
}

Result<void> Forget(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                    const SurvivorRow& row, Timestamp now) {
  TRY(ForgetWrap(transaction, keys, row.id, row.of_case, now));
  TRY(DeleteRow(transaction, row.id));
  TRY(RecordGone(transaction, {GoneKind::kGrant, row.id.bytes(), row.of_case.bytes(), now}));
  TRY(LogForCase(transaction, keys, LogRefOf(who), row.of_case, "representative.code_ended", now));
  return TellOf(transaction, kEnded, row.of_case, now);
}

}  // namespace

Result<bool> IsOver(const CentreKeys& keys, const SurvivorRow& row, Timestamp now) {
  if (!row.representative) return false;
  const auto plain =
      TRY(OpenColumn(keys, EndOf(row.id), kRepresentativeEndField, row.representative->end));
  ByteReader reader(plain.bytes());
  return TRY(reader.Take<std::int64_t>()) <= now.time_since_epoch().count();
}

Result<vault::SurvivorCode> IssueRepresentativeCode(store::Transaction& transaction,
                                                    const CentreKeys& keys, const Actor& who,
                                                    OpenedCase& opened, const Representative& of,
                                                    const std::optional<Timestamp>& ends_at,
                                                    Timestamp now) {
  TRY(RequireStaff(who));
  for (const SurvivorRow& row : TRY(RepresentativesOf(transaction, opened.id()))) {
    if (row.representative->who.party != of.party) continue;
    return Error{ErrorCode::kAlreadyExists, "code: this person has one; end that one first"};
  }
  const auto id = vault::SurvivorId::Random();
  auto code = vault::SurvivorCode::Generate();
  if (TRY(FindByLocator(transaction, code.Locator()))) {
    return Error{ErrorCode::kUnavailable, "code: try again"};  // once in 2^40
  }
  const auto made = TRY(vault::SurvivorLock::Create(code, {id, 1}, std::nullopt));
  TRY(AddRepresentative(transaction, keys, who, opened, made.pair.public_key(), now));
  SurvivorRow row;
  row.id = id;
  row.of_case = opened.id();
  row.locator = code.Locator();
  row.lock = made.lock.bytes();
  row.representative = {of, now, SealEnd(keys, id, ends_at)};
  TRY(InsertRepresentative(transaction, row));
  TRY(TellOf(transaction, kIssued, opened.id(), now));
  return code;
}

Result<bool> EndRepresentativeCode(store::Transaction& transaction, const CentreKeys& keys,
                                   const Actor& who, OpenedCase& opened,
                                   const std::array<std::byte, 16>& party, Timestamp now) {
  TRY(RequireStaff(who));
  const auto rows = TRY(RepresentativesOf(transaction, opened.id()));
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const SurvivorRow& one) {
    return one.representative->who.party == party;
  });
  if (row == rows.end()) return false;
  TRY(RemoveRepresentative(transaction, keys, who, opened, row->id, now));
  TRY(DeleteRow(transaction, row->id));
  TRY(RecordGone(transaction, {GoneKind::kGrant, row->id.bytes(), opened.id().bytes(), now}));
  TRY(TellOf(transaction, kEnded, opened.id(), now));
  return true;
}

Result<std::vector<RepresentativeCode>> RepresentativeCodesOf(store::Transaction& transaction,
                                                              vault::CaseId of_case) {
  std::vector<RepresentativeCode> codes;
  for (SurvivorRow& row : TRY(RepresentativesOf(transaction, of_case))) {
    codes.push_back({row.id, std::move(row.representative->who), row.representative->issued_at});
  }
  return codes;
}

Result<void> ForgetRepresentativesOf(store::Transaction& transaction, const CentreKeys& keys,
                                     const Actor& who, vault::CaseId of_case, Timestamp now) {
  for (const SurvivorRow& row : TRY(RepresentativesOf(transaction, of_case))) {
    TRY(Forget(transaction, keys, who, row, now));
  }
  return {};
}

Result<std::int64_t> EndRepresentativesDue(store::Database& database, const CentreKeys& keys,
                                           Timestamp now) {
  constexpr int kAtOnce = 200;
  const Actor system(SystemActor{"housekeeping"});
  std::int64_t ended = 0;
  std::optional<vault::SurvivorId> after;
  while (true) {
    const auto rows = TRY(database.Read([&](store::Transaction& transaction) {
      return ListRepresentatives(transaction, after, kAtOnce);
    }));
    for (const SurvivorRow& row : rows) {
      after = row.id;
      if (!TRY(IsOver(keys, row, now))) continue;
      const auto forget = [&](store::Transaction& transaction) -> Result<bool> {
        if (!TRY(FindSurvivorRow(transaction, row.id))) return false;
        TRY(Forget(transaction, keys, system, row, now));
        return true;
      };
      if (TRY(database.Write(forget))) ++ended;
    }
    if (rows.size() < kAtOnce) return ended;
  }
}

Result<void> EraseRepresentatives(store::Transaction& transaction, vault::CaseId of_case) {
  for (const SurvivorRow& row : TRY(RepresentativesOf(transaction, of_case))) {
    TRY(DeleteRow(transaction, row.id));
  }
  return {};
}

Result<void> ForgetRestoredRepresentative(store::Transaction& transaction, const CentreKeys& keys,
                                          vault::SurvivorId id, vault::CaseId of_case,
                                          Timestamp now) {
  TRY(ForgetWrap(transaction, keys, id, of_case, now));
  return DeleteRow(transaction, id);
}

}  // namespace jikimi::access
