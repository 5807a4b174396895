#ifndef JIKIMI_VAULT_CASE_KEYRING_H_
#define JIKIMI_VAULT_CASE_KEYRING_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "vault/keys.h"
#include "vault/sealed.h"

namespace jikimi::vault {

// All keys of one case, wrapped: who can open it, and its items and files. A value without secrets;
// what is secret comes in and goes out as keys. Stored as bytes(), under an epoch's layer.
//
//   person, team, escrow, survivor or representative pair -> case pair -> item keys -> file keys
//
// Anybody may seal to the case's public half and add items; reading needs the case pair. There are
// always two grantees at least, or, for a report that nobody took yet, the intake team. Whoever
// loses access loses it by rotation: a new case pair, a new key for each item, file keys
// re-wrapped. The former pair and item keys open nothing that is sealed or re-wrapped afterwards.
// They stay readable for those who have access (OpenFormer…), so that the caller can re-seal the
// case's fields at leisure, killed or not, and then calls DropFormer(): only then do the former
// keys lose the old fields too. What a person read or copied while having access can't be taken
// back.
//
// Each change is all or nothing: on an error the keyring is as it was. Not thread-safe.
class CaseKeyring {
 public:
  struct Created;

  // A new case. Fewer than two grantees, or one twice, is kInvalidArgument.
  static Result<Created> Create(CaseId id, std::span<const PinnedPersonKey> grantees,
                                const PinnedEscrowKey& escrow,
                                const std::optional<SurvivorPublicKey>& survivor);
  // A new report, sealed to the intake team (whose pair each of its members has) until two people
  // have been granted it and ReleaseTeam() is called.
  static Result<Created> CreateForIntake(CaseId id, const PinnedTeamKey& team,
                                         const PinnedEscrowKey& escrow,
                                         const std::optional<SurvivorPublicKey>& survivor);
  static Result<CaseKeyring> Parse(std::span<const std::byte> bytes);
  std::vector<std::byte> bytes() const;

  CaseId id() const { return public_key_.name().owner; }
  const CasePublicKey& public_key() const { return public_key_; }
  const EscrowPublicKey& escrow_key() const { return escrow_key_; }
  std::optional<TeamPublicKey> team_key() const;        // while at intake
  std::uint64_t revision() const { return revision_; }  // goes up with each change
  bool destroyed() const { return destroyed_; }
  bool at_intake() const { return team_.has_value(); }
  // Whether former pairs or item keys are kept: DropFormer() is still to come.
  bool has_former() const;
  // To whom it is wrapped as the survivor; none: nobody has a code for it.
  std::optional<SurvivorPublicKey> survivor_key() const {
    if (!survivor_) return std::nullopt;
    return survivor_->key;
  }
  // Guardians and proxies that have a code of their own beside hers.
  std::vector<SurvivorId> representatives() const;
  std::vector<PersonId> grantees() const;
  std::vector<ItemId> items() const;
  std::vector<FileId> files(ItemId item) const;

  // The case pair. Who has no wrap here gets kPermissionDenied.
  Result<CaseKeyPair> Open(const PersonKeyPair& person) const;
  Result<CaseKeyPair> OpenByTeam(const TeamKeyPair& team) const;
  Result<CaseKeyPair> OpenByEscrow(const EscrowKeyPair& escrow) const;
  // The survivor, or one of the representatives.
  Result<CaseKeyPair> OpenBySurvivor(const SurvivorKeyPair& survivor) const;
  // A former pair (by version), for what is still sealed to it.
  Result<CaseKeyPair> OpenFormer(const CaseKeyPair& current, std::uint32_t version) const;

  // Wraps for one more person. `current` proves access, here and below: the pair of another
  // version, or of another case, is kPermissionDenied. Granted already: kAlreadyExists.
  Result<void> Grant(const CaseKeyPair& current, const PinnedPersonKey& person);
  // Takes a person off and rotates; returns the new pair. kPermissionDenied when fewer than two
  // would be left, without the team.
  Result<CaseKeyPair> Revoke(const CaseKeyPair& current, PersonId person);
  // Rotates with the same grantees: after a suspicion, or at regular times.
  Result<CaseKeyPair> Rotate(const CaseKeyPair& current);
  // Puts a new key in the place of the same person's former one, of the escrow, or of the survivor
  // (who lost her code, or chose words; none takes her off), and rotates.
  Result<CaseKeyPair> ReplacePerson(const CaseKeyPair& current, const PinnedPersonKey& person);
  // Takes the intake team off and rotates; kPermissionDenied before two people have been granted.
  Result<CaseKeyPair> ReleaseTeam(const CaseKeyPair& current);
  // Puts the team's new key in the place of its former one (a member left) and rotates.
  Result<CaseKeyPair> ReplaceTeam(const CaseKeyPair& current, const PinnedTeamKey& team);
  Result<CaseKeyPair> ReplaceEscrow(const CaseKeyPair& current, const PinnedEscrowKey& escrow);
  Result<CaseKeyPair> ReplaceSurvivor(const CaseKeyPair& current,
                                      const std::optional<SurvivorPublicKey>& survivor);
  // One more code beside the survivor's, a guardian's or a proxy's: wraps, as Grant(). Its new key
  // in the place of the former one, or taking it off, rotates.
  Result<void> AddRepresentative(const CaseKeyPair& current, const SurvivorPublicKey& key);
  Result<CaseKeyPair> ReplaceRepresentative(const CaseKeyPair& current,
                                            const SurvivorPublicKey& key);
  Result<CaseKeyPair> RemoveRepresentative(const CaseKeyPair& current, SurvivorId id);

  // A new item with a key of its own; needs nobody's secret.
  Result<ItemKey> AddItem(ItemId item);
  Result<ItemKey> OpenItem(const CaseKeyPair& current, ItemId item) const;
  Result<ItemKey> OpenFormerItem(const ItemKey& current, std::uint32_t version) const;
  // A new file of an item, and its key back.
  Result<FileKey> AddFile(const ItemKey& item, FileId file);
  Result<FileKey> OpenFile(const ItemKey& item, FileId file) const;

  // Forgets a person's wrap without rotating, which would need the pair: for a restored backup that
  // still has a grant that was taken away since. The caller sees to it that whoever opens the case
  // next rotates. Not granted: nothing happens.
  Result<void> ForgetGrantee(PersonId person);
  Result<void> ForgetRepresentative(SurvivorId id);
  // Forgets the former pairs and item keys: everything that was sealed under them has been
  // re-sealed.
  void DropFormer();
  // Destroys by forgetting every wrap; the last copies die with the epochs (epoch_ring.h). Returns
  // how many keys were destroyed, for the receipt. A destroyed case refuses everything after.
  Result<std::uint32_t> DestroyItem(ItemId item);
  std::uint32_t Destroy();

 private:
  using CaseWrap = SealedTo<KeyKind::kCase>;
  using ItemWrap = SealedUnder<KeyKind::kItem>;
  struct Grantee {
    PersonPublicKey key;
    SealedTo<KeyKind::kPerson> wrap;
  };
  struct Survivor {
    SurvivorPublicKey key;
    SealedTo<KeyKind::kSurvivor> wrap;
  };
  struct Team {
    TeamPublicKey key;
    SealedTo<KeyKind::kTeam> wrap;
  };
  struct Item {
    std::uint32_t version;
    CaseWrap wrap;
    std::map<std::uint32_t, ItemWrap> former;
    std::map<FileId, ItemWrap> files;
  };

  CaseKeyring(const CasePublicKey& public_key, const EscrowPublicKey& escrow)
      : public_key_(public_key), escrow_key_(escrow) {}
  static Result<Created> Make(CaseId id, const PinnedEscrowKey& escrow,
                              const std::optional<SurvivorPublicKey>& survivor);
  Result<void> CheckLive() const;
  Result<void> CheckGrantees() const;
  Result<void> CheckCurrent(const CaseKeyPair& pair) const;
  Result<const Item*> Find(ItemId item) const;
  Result<const Item*> FindCurrent(const ItemKey& key) const;
  template <KeyKind kKind>
  Result<CaseKeyPair> UnwrapChecked(const KeyPair<kKind>& outer, const SealedTo<kKind>& wrap) const;
  // Wraps `pair` for everybody who has access; replaces the public half.
  Result<void> WrapForAll(const CaseKeyPair& pair);
  Result<Item> Rekeyed(const CaseKeyPair& current, const CaseKeyPair& fresh, ItemId id,
                       const Item& item) const;
  // Rotates this, a copy whose grantees have been changed already.
  Result<CaseKeyPair> RotateInPlace(const CaseKeyPair& current);
  template <typename Change>
  Result<CaseKeyPair> RotateAfter(const CaseKeyPair& current, Change&& change);
  friend class CaseKeyringForm;

  CasePublicKey public_key_;
  std::uint64_t revision_ = 1;
  bool destroyed_ = false;
  std::map<PersonId, Grantee> grantees_;
  EscrowPublicKey escrow_key_;
  std::optional<SealedTo<KeyKind::kEscrow>> escrow_wrap_;  // empty when destroyed only
  std::optional<Survivor> survivor_;
  std::map<SurvivorId, Survivor> representatives_;
  std::optional<Team> team_;  // while at intake
  std::map<std::uint32_t, CaseWrap> former_;
  std::map<ItemId, Item> items_;
};

struct CaseKeyring::Created {
  CaseKeyring keyring;
  CaseKeyPair pair;
};

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_CASE_KEYRING_H_
