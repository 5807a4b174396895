#include "access/case_keys.h"

#include <utility>

#include "access/case_key_tables.h"
#include "access/escrow.h"
#include "access/people.h"
#include "access/stored_keyring.h"
#include "access/team_keys.h"
#include "access/team_wraps.h"

namespace jikimi::access {
namespace {

Result<NewCase> WithItems(vault::CaseKeyring::Created created,
                          std::span<const vault::ItemId> items) {
  std::vector<vault::ItemKey> item_keys;
  item_keys.reserve(items.size());
  for (const auto item : items) item_keys.push_back(TRY(created.keyring.AddItem(item)));
  return NewCase{OpenedCase(std::move(created.keyring), std::move(created.pair)),
                 std::move(item_keys)};
}

// How `who` opens this keyring. Permission has been checked; here it is a matter of keys.
Result<vault::CaseKeyPair> OpenPair(store::Transaction& transaction, const Actor& who,
                                    const vault::CaseKeyring& keyring) {
  if (const auto* survivor = who.survivor()) {
    if (!survivor->pair) {
      return Error{ErrorCode::kPermissionDenied, "case: opens with the second word only"};
    }
    return keyring.OpenBySurvivor(*survivor->pair);
  }
  const auto* staff = TRY(RequireStaff(who));
  auto opened = keyring.Open(staff->pair);
  const auto team = keyring.team_key();
  if (opened || opened.error().code != ErrorCode::kPermissionDenied || !team) return opened;
  return keyring.OpenByTeam(TRY(OpenTeamVersion(transaction, *staff, team->name())));
}

Result<void> RequireOpen(const Actor& who, const vault::CaseKeyring& keyring) {
  const auto grantees = keyring.grantees();
  ScopeFacts facts{.of_case = keyring.id(), .persons = grantees, .team = {}};
  if (who.survivor()) return Require(who, Permission::kPortalRead, facts);
  const auto team = keyring.team_key();
  if (!team) return Require(who, Permission::kCaseOpen, facts);
  facts.team = team->name().owner;
  if (May(who, Permission::kReportTriage, facts)) return {};
  return Require(who, Permission::kCaseOpen, facts);
}

}  // namespace

OpenedCase OpenedCase::Copy() const {
  OpenedCase copy(keyring_,
                  vault::CaseKeyPair::FromPrivateHalf(pair_.name(), pair_.private_half()));
  copy.stored_ = stored_;
  copy.rotation_due_ = rotation_due_;
  return copy;
}

Result<vault::SecretBytes> OpenedCase::OpenField(
    const vault::Context& context, const vault::SealedTo<vault::KeyKind::kCase>& sealed) const {
  if (sealed.key_version() >= pair_.name().version) return vault::Open(pair_, context, sealed);
  return vault::Open(TRY(keyring_.OpenFormer(pair_, sealed.key_version())), context, sealed);
}

Result<vault::SecretBytes> OpenedCase::OpenItemField(
    vault::ItemId item, const vault::Context& context,
    const vault::SealedUnder<vault::KeyKind::kItem>& sealed) const {
  const auto key = TRY(OpenItem(item));
  if (sealed.key_version() >= key.name().version) return vault::Open(key, context, sealed);
  return vault::Open(TRY(keyring_.OpenFormerItem(key, sealed.key_version())), context, sealed);
}

Result<vault::FileKey> OpenedCase::OpenFile(vault::ItemId item, vault::FileId file) const {
  return keyring_.OpenFile(TRY(OpenItem(item)), file);
}

Result<IntakeKeys> LoadIntakeKeys(store::Transaction& transaction, const CentreKeys& keys,
                                  vault::TeamId team) {
  auto team_key = TRY(FindTeamKey(transaction, keys, team));
  auto escrow_key = TRY(FindEscrowKey(transaction, keys));
  return IntakeKeys{std::move(team_key), std::move(escrow_key)};
}

Result<NewCase> CreateForIntake(store::Transaction& transaction, const CentreKeys& keys,
                                const IntakeKeys& intake, vault::CaseId id,
                                const std::optional<vault::SurvivorPublicKey>& survivor,
                                std::span<const vault::ItemId> items, Timestamp now) {
  auto made = TRY(MakeForIntake(intake, id, survivor, items));
  TRY(StoreNewCase(transaction, keys, made, now));
  return made;
}

Result<NewCase> MakeForIntake(const IntakeKeys& intake, vault::CaseId id,
                              const std::optional<vault::SurvivorPublicKey>& survivor,
                              std::span<const vault::ItemId> items) {
  auto created = TRY(vault::CaseKeyring::CreateForIntake(id, intake.team, intake.escrow, survivor));
  return WithItems(std::move(created), items);
}

Result<void> StoreNewCase(store::Transaction& transaction, const CentreKeys& keys,
                          const NewCase& made, Timestamp now) {
  const auto& keyring = made.opened.keyring();
  TRY(InsertKeyring(transaction, keys, keyring));
  for (const auto person : keyring.grantees()) {
    TRY(InsertGrant(transaction, keyring.id(), person, now));
  }
  return {};
}

Result<NewCase> CreateForPersons(store::Transaction& transaction, const CentreKeys& keys,
                                 vault::CaseId id, std::span<const vault::PersonId> persons,
                                 const std::optional<vault::SurvivorPublicKey>& survivor,
                                 std::span<const vault::ItemId> items, Timestamp now) {
  std::vector<vault::PinnedPersonKey> grantees;
  grantees.reserve(persons.size());
  for (const auto person : persons) {
    grantees.push_back(TRY(FindPersonKey(transaction, keys, person)));
  }
  const auto escrow = TRY(FindEscrowKey(transaction, keys));
  auto created = TRY(vault::CaseKeyring::Create(id, grantees, escrow, survivor));
  auto made = TRY(WithItems(std::move(created), items));
  TRY(StoreNewCase(transaction, keys, made, now));
  return made;
}

Result<vault::CasePublicKey> FindCaseKey(store::Transaction& transaction, const CentreKeys& keys,
                                         vault::CaseId id) {
  return TRY(LoadKeyring(transaction, keys, id)).keyring.public_key();
}

Result<OpenedCase> OpenCase(store::Transaction& transaction, const CentreKeys& keys,
                            const Actor& who, vault::CaseId id) {
  auto stored = TRY(LoadKeyring(transaction, keys, id));
  TRY(RequireOpen(who, stored.keyring));
  auto pair = TRY(OpenPair(transaction, who, stored.keyring));
  OpenedCase opened(std::move(stored.keyring), std::move(pair));
  OpenedCaseDoor::SetRotationDue(opened, stored.rotation_due);
  return opened;
}

Result<vault::ItemKey> AddItem(store::Transaction& transaction, const CentreKeys& keys,
                               vault::CaseId id, vault::ItemId item, Timestamp now) {
  auto keyring = TRY(LoadKeyring(transaction, keys, id)).keyring;
  const auto former = keyring.revision();
  auto key = TRY(keyring.AddItem(item));
  TRY(SaveKeyring(transaction, keys, keyring, former, now));
  return key;
}

Result<vault::FileKey> AddFile(store::Transaction& transaction, const CentreKeys& keys,
                               vault::CaseId id, const vault::ItemKey& item, vault::FileId file,
                               Timestamp now) {
  auto keyring = TRY(LoadKeyring(transaction, keys, id)).keyring;
  const auto former = keyring.revision();
  auto key = TRY(keyring.AddFile(item, file));
  TRY(SaveKeyring(transaction, keys, keyring, former, now));
  return key;
}

}  // namespace jikimi::access
