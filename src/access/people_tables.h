#ifndef JIKIMI_ACCESS_PEOPLE_TABLES_H_
#define JIKIMI_ACCESS_PEOPLE_TABLES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/passkey.h"
#include "access/people.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/keys.h"

// Rows of people, invitations, passkeys and covers; private to this room.
namespace jikimi::access {

struct SealedColumn {
  std::vector<std::byte> sealed;
  std::uint32_t key_version = 0;  // of the server keys
};

struct PersonRow {
  Person person;  // without `name`
  SealedColumn name;
  std::vector<std::byte> public_key;
  std::optional<std::vector<std::byte>> lock;  // none: left, or waiting for a new key
  std::optional<SealedColumn> totp;
  std::optional<std::int64_t> totp_last_step;
};

Result<std::int64_t> NextStaffNumber(store::Transaction& transaction);
// A sign-in name that is taken: kAlreadyExists.
Result<void> InsertPerson(store::Transaction& transaction, const PersonRow& row);
Result<std::optional<PersonRow>> FindPersonRow(store::Transaction& transaction, vault::PersonId id);
Result<std::optional<PersonRow>> FindPersonByName(store::Transaction& transaction,
                                                  std::string_view sign_in_name);
Result<std::vector<PersonRow>> ListPersonRows(store::Transaction& transaction, std::int64_t after,
                                              int limit);
// Writes role, team, state and, with them, the next revision.
Result<void> UpdateStanding(store::Transaction& transaction, const Person& person);
Result<void> UpdateLock(store::Transaction& transaction, vault::PersonId id,
                        const std::optional<std::vector<std::byte>>& lock);
Result<void> UpdateKey(store::Transaction& transaction, vault::PersonId id, std::uint32_t version,
                       const std::vector<std::byte>& public_key);
Result<void> UpdateTotp(store::Transaction& transaction, vault::PersonId id,
                        const std::optional<SealedColumn>& totp);
// False when this step, or a later one, was used before.
Result<bool> UseTotpStep(store::Transaction& transaction, vault::PersonId id, std::int64_t step);
Result<std::int64_t> CountActive(store::Transaction& transaction, Role role);

// --- Teams
// A name that is taken: kAlreadyExists.
Result<void> InsertTeam(store::Transaction& transaction, const Team& team, Timestamp now);
Result<bool> HasTeam(store::Transaction& transaction, vault::TeamId team);

// --- Invitations
struct InvitationRow {
  enum class Purpose { kEnrol, kKey, kSecondFactor };
  vault::PersonId person;
  Purpose purpose = Purpose::kEnrol;
  std::vector<std::byte> code_hash;
  std::optional<SealedColumn> name;  // newcomers
  Role role = Role::kCounsellor;
  std::optional<vault::TeamId> team;
  SealedColumn totp;
  Timestamp ends_at;
};
// Replaces one of the same person.
Result<void> PutInvitation(store::Transaction& transaction, const InvitationRow& row);
Result<std::optional<InvitationRow>> FindInvitation(store::Transaction& transaction,
                                                    std::span<const std::byte> code_hash);
Result<bool> DeleteInvitation(store::Transaction& transaction, vault::PersonId person);

// --- Passkeys
struct StoredPasskey {
  Passkey passkey;
  vault::PersonId person;
  std::string label;
  Timestamp added_at;
};
Result<void> InsertPasskey(store::Transaction& transaction, const StoredPasskey& passkey);
Result<std::vector<StoredPasskey>> ListPasskeys(store::Transaction& transaction,
                                                vault::PersonId person);
Result<void> UpdateSignCount(store::Transaction& transaction,
                             std::span<const std::byte> credential_id, std::uint32_t count);
Result<bool> DeletePasskey(store::Transaction& transaction, vault::PersonId person,
                           std::span<const std::byte> credential_id);
Result<void> DeletePasskeys(store::Transaction& transaction, vault::PersonId person);

// --- Covers
Result<std::int64_t> InsertCover(store::Transaction& transaction, const Cover& cover);
Result<std::optional<Cover>> FindCover(store::Transaction& transaction, std::int64_t id);
Result<void> ShortenCover(store::Transaction& transaction, std::int64_t id, Timestamp until);
Result<void> DeleteCovers(store::Transaction& transaction, vault::PersonId of);
// For whom somebody stands in at `now`.
Result<std::vector<vault::PersonId>> CoveredBy(store::Transaction& transaction,
                                               vault::PersonId stand_in, Timestamp now);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_PEOPLE_TABLES_H_
