#ifndef JIKIMI_ACCESS_CASE_KEYS_H_
#define JIKIMI_ACCESS_CASE_KEYS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "access/actor.h"
#include "access/centre_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/case_keyring.h"

// The keyrings of cases, kept in the database under the epoch layer: who can open a case, and its
// items and files. What the keyring says of persons stands in access_grant too, for lists, and both
// change in one transaction. Saving compares the revision: who changed an older keyring gets
// kUnavailable and does the act again.
namespace jikimi::access {

// A case that somebody opened: what its fields are sealed to and opened with. Not thread-safe.
class OpenedCase {
 public:
  OpenedCase(vault::CaseKeyring keyring, vault::CaseKeyPair pair)
      : keyring_(std::move(keyring)), pair_(std::move(pair)), stored_(keyring_.revision()) {}

  vault::CaseId id() const { return keyring_.id(); }
  const vault::CasePublicKey& public_key() const { return keyring_.public_key(); }
  const vault::CaseKeyPair& pair() const { return pair_; }
  const vault::CaseKeyring& keyring() const { return keyring_; }
  // A second one, for what follows an act once it has committed.
  OpenedCase Copy() const;
  // Fields still stand under former keys: ResealCase() should follow.
  bool reseal_due() const { return keyring_.has_former(); }
  // A grant was taken out of a restored backup without rotating: RotateCase() should follow.
  bool rotation_due() const { return rotation_due_; }

  // A field sealed to the case, or under an item's key, be it the current or a former one.
  Result<vault::SecretBytes> OpenField(const vault::Context& context,
                                       const vault::SealedTo<vault::KeyKind::kCase>& sealed) const;
  Result<vault::SecretBytes> OpenItemField(
      vault::ItemId item, const vault::Context& context,
      const vault::SealedUnder<vault::KeyKind::kItem>& sealed) const;
  Result<vault::ItemKey> OpenItem(vault::ItemId item) const {
    return keyring_.OpenItem(pair_, item);
  }
  Result<vault::FileKey> OpenFile(vault::ItemId item, vault::FileId file) const;

 private:
  friend struct OpenedCaseDoor;  // for this room: changes and saves
  vault::CaseKeyring keyring_;
  vault::CaseKeyPair pair_;
  std::uint64_t stored_;  // the revision in the database
  bool rotation_due_ = false;
};

// --- Making. These write no log entry: the act that they are a part of does.

// What every report of an intake team is sealed to besides the survivor, checked against its pins.
// One query; good for the transaction that it was read in, for many reports.
struct IntakeKeys {
  vault::PinnedTeamKey team;
  vault::PinnedEscrowKey escrow;
};
Result<IntakeKeys> LoadIntakeKeys(store::Transaction& transaction, const CentreKeys& keys,
                                  vault::TeamId team);

struct NewCase {
  OpenedCase opened;
  std::vector<vault::ItemKey> items;  // as asked for
};
// CreateForIntake() in its two halves. The costly one needs no transaction; StoreNewCase() may be
// called again where a transaction is.
Result<NewCase> MakeForIntake(const IntakeKeys& intake, vault::CaseId id,
                              const std::optional<vault::SurvivorPublicKey>& survivor,
                              std::span<const vault::ItemId> items);
Result<void> StoreNewCase(store::Transaction& transaction, const CentreKeys& keys,
                          const NewCase& made, Timestamp now);
// A report that nobody took yet. `survivor` is empty when she has no code (somebody else's tip).
Result<NewCase> CreateForIntake(store::Transaction& transaction, const CentreKeys& keys,
                                const IntakeKeys& intake, vault::CaseId id,
                                const std::optional<vault::SurvivorPublicKey>& survivor,
                                std::span<const vault::ItemId> items, Timestamp now);
// A case of these persons (two at least) from the start.
Result<NewCase> CreateForPersons(store::Transaction& transaction, const CentreKeys& keys,
                                 vault::CaseId id, std::span<const vault::PersonId> persons,
                                 const std::optional<vault::SurvivorPublicKey>& survivor,
                                 std::span<const vault::ItemId> items, Timestamp now);

// --- Reading

// The public half, for sealing to a case without opening it; taken from under the epoch layer, so
// that who can only write to the database can't put another one there. kNotFound: no such case, or
// destroyed.
Result<vault::CasePublicKey> FindCaseKey(store::Transaction& transaction, const CentreKeys& keys,
                                         vault::CaseId id);

// Whether the case is there and its pair is still of this version: for what was sealed to it before
// this transaction began. One small query.
Result<bool> IsCurrentCaseKey(store::Transaction& transaction, vault::CaseId id,
                              std::uint32_t version);

// Opens for who acts: staff who are granted, a member of the intake team while the case is at
// intake, the survivor with her pair. kPermissionDenied without a grant, kNotFound when there is no
// such case or its keys were destroyed. The caller writes the log entry of the reading, with more
// detail than is known here; nothing opened may leave before that.
Result<OpenedCase> OpenCase(store::Transaction& transaction, const CentreKeys& keys,
                            const Actor& who, vault::CaseId id);

// Who is granted a case, and which cases a person is granted, oldest id first, after `after`.
struct CaseGrant {
  vault::PersonId person;
  Timestamp granted_at;
};
Result<std::vector<CaseGrant>> GrantsOf(store::Transaction& transaction, vault::CaseId id);
Result<std::vector<vault::CaseId>> CasesOf(store::Transaction& transaction, vault::PersonId person,
                                           const std::optional<vault::CaseId>& after, int limit);
Result<bool> IsGranted(store::Transaction& transaction, vault::CaseId id, vault::PersonId person);

// --- Items and files

// A new item with a key of its own; needs nobody's secret, so late evidence can come in any time.
Result<vault::ItemKey> AddItem(store::Transaction& transaction, const CentreKeys& keys,
                               vault::CaseId id, vault::ItemId item, Timestamp now);
Result<vault::FileKey> AddFile(store::Transaction& transaction, const CentreKeys& keys,
                               vault::CaseId id, const vault::ItemKey& item, vault::FileId file,
                               Timestamp now);

// --- Changing who can open. `opened` was opened in this very transaction. Each checks `who`'s
// permission, changes keyring and grants, and writes the log entry (sealed to the case) and the
// event "case.keys_changed". Where a function rotates, `opened` holds the new pair afterwards and
// the case is put on the list of cases to be re-sealed.

// Grants to one more person; their key must agree with its pin.
Result<void> Grant(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                   OpenedCase& opened, vault::PersonId person, Timestamp now);
// Takes it away, by rotation. Two persons at least (or the team) must be left.
Result<void> Revoke(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                    OpenedCase& opened, vault::PersonId person, Timestamp now);
// Ends intake, by rotation, when two persons have been granted the case.
Result<void> ReleaseTeam(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                         OpenedCase& opened, Timestamp now);
// The same person's new key (enrolled anew), and the survivor's (a new code, or words chosen).
// Both rotate.
Result<void> ReplacePerson(store::Transaction& transaction, const CentreKeys& keys,
                           const Actor& who, OpenedCase& opened, vault::PersonId person,
                           Timestamp now);
Result<void> ReplaceSurvivor(store::Transaction& transaction, const CentreKeys& keys,
                             const Actor& who, OpenedCase& opened,
                             const std::optional<vault::SurvivorPublicKey>& survivor,
                             Timestamp now);
// The pair of a guardian or proxy who has a code of their own (representatives.h), beside the
// survivor's: added without rotating, Permission::kPartyCode; the new one that goes with their
// words; and taken off, kPartyCode. The last two rotate.
Result<void> AddRepresentative(store::Transaction& transaction, const CentreKeys& keys,
                               const Actor& who, OpenedCase& opened,
                               const vault::SurvivorPublicKey& key, Timestamp now);
Result<void> ReplaceRepresentative(store::Transaction& transaction, const CentreKeys& keys,
                                   const Actor& who, OpenedCase& opened,
                                   const vault::SurvivorPublicKey& key, Timestamp now);
Result<void> RemoveRepresentative(store::Transaction& transaction, const CentreKeys& keys,
                                  const Actor& who, OpenedCase& opened, vault::SurvivorId id,
                                  Timestamp now);
// After a suspicion, or when a restored backup asks for it.
Result<void> RotateCase(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        OpenedCase& opened, Timestamp now);

// --- Re-sealing after a rotation. Until it is done a former grantee who kept the former pair could
// read old fields of a stolen database. It needs the opened case, so it is done by who rotated,
// right after; killed half-way, by whoever opens the case next (OpenedCase::reseal_due()), or by
// the next of its people to sign in (CasesToReseal()). Several may do it at once.

struct CaseField {
  std::string_view name;  // "casework_person.sheet": for messages
  // Re-seals up to `limit` of a case's fields whose sealed key_version() is not the current one
  // (of the case pair or of its item's key); returns how many, 0 when none is left.
  std::function<Result<std::int64_t>(store::Transaction&, const OpenedCase&, int limit)> reseal;
};
struct ResealReport {
  std::int64_t fields = 0;
  bool finished = false;  // former keys were dropped
};
// Re-seals in transactions of `batch` fields, up to `most` of them in all (what this room and the
// log have sealed to the case included), then forgets the former keys in a transaction that has
// seen that no field is left, and writes its entry "case.resealed" as `who`. kUnavailable when the
// case was rotated again meanwhile.
Result<ResealReport> ResealCase(store::Database& database, const CentreKeys& keys, const Actor& who,
                                OpenedCase& opened, std::span<const CaseField> fields,
                                Timestamp now, std::int64_t most = 1'000'000, int batch = 200);
// ResealCase() after the rotation that the case is due (OpenedCase::rotation_due()), where `who`
// is staff who may rotate it.
Result<ResealReport> RotateAndReseal(store::Database& database, const CentreKeys& keys,
                                     const Actor& who, OpenedCase& opened,
                                     std::span<const CaseField> fields, Timestamp now,
                                     std::int64_t most = 1'000'000);
// Cases that wait for either and that the person can open: granted ones, then those at the intake
// of their team. The longest waiting first, up to `limit` of each.
Result<std::vector<vault::CaseId>> CasesToReseal(store::Transaction& transaction,
                                                 vault::PersonId person, int limit);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_CASE_KEYS_H_
