#include "vault/case_keyring.h"

#include <algorithm>
#include <string>

#include "vault/wrap.h"

namespace jikimi::vault {
namespace {

constexpr std::size_t kMinGrantees = 2;

Error Denied(std::string problem) {
  return {ErrorCode::kPermissionDenied, "case: " + std::move(problem)};
}
Error Missing(std::string problem) { return {ErrorCode::kNotFound, "case: " + std::move(problem)}; }
Error There(std::string problem) {
  return {ErrorCode::kAlreadyExists, "case: " + std::move(problem)};
}

}  // namespace

Result<void> CaseKeyring::CheckLive() const {
  if (destroyed_) return Missing("its keys were destroyed");
  return {};
}

Result<void> CaseKeyring::CheckGrantees() const {
  if (team_ || grantees_.size() >= kMinGrantees) return {};
  return Denied("would be left with fewer than two grantees: grant it to somebody else first");
}

Result<void> CaseKeyring::CheckCurrent(const CaseKeyPair& pair) const {
  TRY(CheckLive());
  if (pair.public_key() != public_key_)
    return Denied("the pair is not the current one of this case");
  return {};
}

Result<const CaseKeyring::Item*> CaseKeyring::Find(ItemId item) const {
  TRY(CheckLive());
  const auto found = items_.find(item);
  if (found == items_.end()) return Missing("has no such item");
  return &found->second;
}

Result<const CaseKeyring::Item*> CaseKeyring::FindCurrent(const ItemKey& key) const {
  const auto* item = TRY(Find(key.name().owner));
  if (key.name().version != item->version) return Denied("the item key is not the current one");
  return item;
}

Result<CaseKeyring::Created> CaseKeyring::Make(CaseId id, const PinnedEscrowKey& escrow,
                                               const std::optional<SurvivorPublicKey>& survivor) {
  auto pair = CaseKeyPair::Generate({id, 1});
  CaseKeyring keyring(pair.public_key(), escrow.key());
  keyring.escrow_wrap_ = TRY(WrapPair(escrow.key(), pair));
  if (survivor) keyring.survivor_ = Survivor{*survivor, TRY(WrapPair(*survivor, pair))};
  return Created{std::move(keyring), std::move(pair)};
}

Result<CaseKeyring::Created> CaseKeyring::Create(CaseId id,
                                                 std::span<const PinnedPersonKey> grantees,
                                                 const PinnedEscrowKey& escrow,
                                                 const std::optional<SurvivorPublicKey>& survivor) {
  auto created = TRY(Make(id, escrow, survivor));
  for (const auto& grantee : grantees) {
    auto wrap = TRY(WrapPair(grantee.key(), created.pair));
    if (!created.keyring.grantees_
             .emplace(grantee.key().name().owner, Grantee{grantee.key(), std::move(wrap)})
             .second) {
      return Error{ErrorCode::kInvalidArgument, "case: the same person is granted twice"};
    }
  }
  if (created.keyring.grantees_.size() < kMinGrantees) {
    return Error{ErrorCode::kInvalidArgument, "case: needs two grantees at least"};
  }
  return created;
}

Result<CaseKeyring::Created> CaseKeyring::CreateForIntake(
    CaseId id, const PinnedTeamKey& team, const PinnedEscrowKey& escrow,
    const std::optional<SurvivorPublicKey>& survivor) {
  auto created = TRY(Make(id, escrow, survivor));
  created.keyring.team_ = Team{team.key(), TRY(WrapPair(team.key(), created.pair))};
  return created;
}

std::vector<SurvivorId> CaseKeyring::representatives() const {
  std::vector<SurvivorId> ids;
  for (const auto& [id, representative] : representatives_) ids.push_back(id);
  return ids;
}

std::vector<PersonId> CaseKeyring::grantees() const {
  std::vector<PersonId> people;
  for (const auto& [person, grantee] : grantees_) people.push_back(person);
  return people;
}

std::vector<ItemId> CaseKeyring::items() const {
  std::vector<ItemId> ids;
  for (const auto& [id, item] : items_) ids.push_back(id);
  return ids;
}

std::vector<FileId> CaseKeyring::files(ItemId item) const {
  std::vector<FileId> ids;
  if (const auto found = items_.find(item); found != items_.end()) {
    for (const auto& [id, wrap] : found->second.files) ids.push_back(id);
  }
  return ids;
}

template <KeyKind kKind>
Result<CaseKeyPair> CaseKeyring::UnwrapChecked(const KeyPair<kKind>& outer,
                                               const SealedTo<kKind>& wrap) const {
  auto pair = TRY(UnwrapPair(outer, public_key_.name(), wrap));
  if (pair.public_key() != public_key_) {
    return Error{ErrorCode::kCorrupt, "case: its public half does not belong to its private one"};
  }
  return pair;
}

Result<CaseKeyPair> CaseKeyring::Open(const PersonKeyPair& person) const {
  TRY(CheckLive());
  const auto grantee = grantees_.find(person.name().owner);
  if (grantee == grantees_.end()) return Denied("is not granted to this person");
  return UnwrapChecked(person, grantee->second.wrap);
}

Result<CaseKeyPair> CaseKeyring::OpenByTeam(const TeamKeyPair& team) const {
  TRY(CheckLive());
  if (!team_) return Denied("is not at intake any more");
  return UnwrapChecked(team, team_->wrap);
}

Result<CaseKeyPair> CaseKeyring::OpenByEscrow(const EscrowKeyPair& escrow) const {
  TRY(CheckLive());
  return UnwrapChecked(escrow, *escrow_wrap_);
}

Result<CaseKeyPair> CaseKeyring::OpenBySurvivor(const SurvivorKeyPair& survivor) const {
  TRY(CheckLive());
  if (const auto found = representatives_.find(survivor.name().owner);
      found != representatives_.end()) {
    return UnwrapChecked(survivor, found->second.wrap);
  }
  if (!survivor_) return Denied("has no survivor's key");
  return UnwrapChecked(survivor, survivor_->wrap);
}

Result<CaseKeyPair> CaseKeyring::OpenFormer(const CaseKeyPair& current,
                                            std::uint32_t version) const {
  TRY(CheckCurrent(current));
  const auto former = former_.find(version);
  if (former == former_.end()) {
    return Missing("version " + std::to_string(version) + " of its pair is not kept");
  }
  return UnwrapPair(current, KeyName<KeyKind::kCase>{id(), version}, former->second);
}

Result<void> CaseKeyring::Grant(const CaseKeyPair& current, const PinnedPersonKey& person) {
  TRY(CheckCurrent(current));
  const auto& key = person.key();
  if (grantees_.contains(key.name().owner)) return There("is granted to this person already");
  auto wrap = TRY(WrapPair(key, current));
  grantees_.emplace(key.name().owner, Grantee{key, std::move(wrap)});
  ++revision_;
  return {};
}

Result<void> CaseKeyring::WrapForAll(const CaseKeyPair& pair) {
  for (auto& [person, grantee] : grantees_) grantee.wrap = TRY(WrapPair(grantee.key, pair));
  escrow_wrap_ = TRY(WrapPair(escrow_key_, pair));
  if (survivor_) survivor_->wrap = TRY(WrapPair(survivor_->key, pair));
  for (auto& [id, representative] : representatives_) {
    representative.wrap = TRY(WrapPair(representative.key, pair));
  }
  if (team_) team_->wrap = TRY(WrapPair(team_->key, pair));
  public_key_ = pair.public_key();
  return {};
}

Result<CaseKeyring::Item> CaseKeyring::Rekeyed(const CaseKeyPair& current, const CaseKeyPair& fresh,
                                               ItemId id, const Item& item) const {
  const auto old_key = TRY(Unwrap(current, KeyName<KeyKind::kItem>{id, item.version}, item.wrap));
  const auto new_key = ItemKey::Generate({id, item.version + 1});
  Item rekeyed{item.version + 1, TRY(Wrap(fresh.public_key(), new_key)), {}, {}};
  for (const auto& [version, wrap] : item.former) {
    const auto former = TRY(Unwrap(old_key, KeyName<KeyKind::kItem>{id, version}, wrap));
    rekeyed.former.emplace(version, Wrap(new_key, former));
  }
  rekeyed.former.emplace(item.version, Wrap(new_key, old_key));
  for (const auto& [file, wrap] : item.files) {
    const auto key = TRY(Unwrap(old_key, KeyName<KeyKind::kFile>{file}, wrap));
    rekeyed.files.emplace(file, Wrap(new_key, key));
  }
  return rekeyed;
}

Result<CaseKeyPair> CaseKeyring::RotateInPlace(const CaseKeyPair& current) {
  auto fresh = CaseKeyPair::Generate({id(), public_key_.name().version + 1});
  std::map<std::uint32_t, CaseWrap> former;
  for (const auto& [version, wrap] : former_) {
    const auto pair = TRY(UnwrapPair(current, KeyName<KeyKind::kCase>{id(), version}, wrap));
    former.emplace(version, TRY(WrapPair(fresh.public_key(), pair)));
  }
  former.emplace(current.name().version, TRY(WrapPair(fresh.public_key(), current)));
  std::map<ItemId, Item> items;
  for (const auto& [item_id, item] : items_) {
    items.emplace(item_id, TRY(Rekeyed(current, fresh, item_id, item)));
  }
  TRY(WrapForAll(fresh));
  former_ = std::move(former);
  items_ = std::move(items);
  ++revision_;
  return fresh;
}

template <typename Change>
Result<CaseKeyPair> CaseKeyring::RotateAfter(const CaseKeyPair& current, Change&& change) {
  TRY(CheckCurrent(current));
  CaseKeyring next = *this;
  TRY(change(next));
  auto fresh = TRY(next.RotateInPlace(current));
  *this = std::move(next);
  return fresh;
}

Result<CaseKeyPair> CaseKeyring::Revoke(const CaseKeyPair& current, PersonId person) {
  return RotateAfter(current, [&](CaseKeyring& next) -> Result<void> {
    if (next.grantees_.erase(person) == 0) return Missing("is not granted to this person");
    return next.CheckGrantees();
  });
}

Result<CaseKeyPair> CaseKeyring::ReleaseTeam(const CaseKeyPair& current) {
  return RotateAfter(current, [&](CaseKeyring& next) -> Result<void> {
    if (!next.team_) return Missing("is not at intake");
    next.team_.reset();
    return next.CheckGrantees();
  });
}

Result<CaseKeyPair> CaseKeyring::ReplaceTeam(const CaseKeyPair& current,
                                             const PinnedTeamKey& team) {
  return RotateAfter(current, [&](CaseKeyring& next) -> Result<void> {
    if (!next.team_) return Missing("is not at intake");
    next.team_->key = team.key();
    return {};
  });
}

Result<CaseKeyPair> CaseKeyring::Rotate(const CaseKeyPair& current) {
  return RotateAfter(current, [](CaseKeyring&) -> Result<void> { return {}; });
}

Result<CaseKeyPair> CaseKeyring::ReplacePerson(const CaseKeyPair& current,
                                               const PinnedPersonKey& person) {
  return RotateAfter(current, [&](CaseKeyring& next) -> Result<void> {
    const auto grantee = next.grantees_.find(person.key().name().owner);
    if (grantee == next.grantees_.end()) return Missing("is not granted to this person");
    grantee->second.key = person.key();
    return {};
  });
}

Result<CaseKeyPair> CaseKeyring::ReplaceEscrow(const CaseKeyPair& current,
                                               const PinnedEscrowKey& escrow) {
  return RotateAfter(current, [&](CaseKeyring& next) -> Result<void> {
    next.escrow_key_ = escrow.key();
    return {};
  });
}

Result<CaseKeyPair> CaseKeyring::ReplaceSurvivor(const CaseKeyPair& current,
                                                 const std::optional<SurvivorPublicKey>& survivor) {
  return RotateAfter(current, [&](CaseKeyring& next) -> Result<void> {
    next.survivor_.reset();
    if (survivor) next.survivor_ = Survivor{*survivor, TRY(WrapPair(*survivor, current))};
    return {};
  });
}

Result<void> CaseKeyring::AddRepresentative(const CaseKeyPair& current,
                                            const SurvivorPublicKey& key) {
  TRY(CheckCurrent(current));
  const SurvivorId id = key.name().owner;
  if (representatives_.contains(id) || (survivor_ && survivor_->key.name().owner == id)) {
    return There("has this code already");
  }
  representatives_.emplace(id, Survivor{key, TRY(WrapPair(key, current))});
  ++revision_;
  return {};
}

Result<CaseKeyPair> CaseKeyring::ReplaceRepresentative(const CaseKeyPair& current,
                                                       const SurvivorPublicKey& key) {
  return RotateAfter(current, [&](CaseKeyring& next) -> Result<void> {
    const auto found = next.representatives_.find(key.name().owner);
    if (found == next.representatives_.end()) return Missing("has no such representative");
    found->second.key = key;
    return {};
  });
}

Result<CaseKeyPair> CaseKeyring::RemoveRepresentative(const CaseKeyPair& current, SurvivorId id) {
  return RotateAfter(current, [&](CaseKeyring& next) -> Result<void> {
    if (next.representatives_.erase(id) == 0) return Missing("has no such representative");
    return {};
  });
}

Result<ItemKey> CaseKeyring::AddItem(ItemId item) {
  TRY(CheckLive());
  if (items_.contains(item)) return There("has this item already");
  auto key = ItemKey::Generate({item, 1});
  items_.emplace(item, Item{1, TRY(Wrap(public_key_, key)), {}, {}});
  ++revision_;
  return key;
}

Result<ItemKey> CaseKeyring::OpenItem(const CaseKeyPair& current, ItemId item) const {
  TRY(CheckCurrent(current));
  const auto* found = TRY(Find(item));
  return Unwrap(current, KeyName<KeyKind::kItem>{item, found->version}, found->wrap);
}

Result<ItemKey> CaseKeyring::OpenFormerItem(const ItemKey& current, std::uint32_t version) const {
  const auto* item = TRY(FindCurrent(current));
  const auto former = item->former.find(version);
  if (former == item->former.end()) {
    return Missing("version " + std::to_string(version) + " of the item's key is not kept");
  }
  return Unwrap(current, KeyName<KeyKind::kItem>{current.name().owner, version}, former->second);
}

Result<FileKey> CaseKeyring::AddFile(const ItemKey& item, FileId file) {
  TRY(FindCurrent(item));
  auto& files = items_.at(item.name().owner).files;
  if (files.contains(file)) return There("has this file already");
  auto key = FileKey::Generate({file, 1});
  files.emplace(file, Wrap(item, key));
  ++revision_;
  return key;
}

Result<FileKey> CaseKeyring::OpenFile(const ItemKey& item, FileId file) const {
  const auto* found = TRY(FindCurrent(item));
  const auto wrap = found->files.find(file);
  if (wrap == found->files.end()) return Missing("the item has no such file");
  return Unwrap(item, KeyName<KeyKind::kFile>{file}, wrap->second);
}

std::optional<TeamPublicKey> CaseKeyring::team_key() const {
  if (!team_) return std::nullopt;
  return team_->key;
}

bool CaseKeyring::has_former() const {
  return !former_.empty() || std::any_of(items_.begin(), items_.end(), [](const auto& item) {
    return !item.second.former.empty();
  });
}

Result<void> CaseKeyring::ForgetGrantee(PersonId person) {
  TRY(CheckLive());
  if (grantees_.erase(person) > 0) ++revision_;
  return {};
}

Result<void> CaseKeyring::ForgetRepresentative(SurvivorId id) {
  TRY(CheckLive());
  if (representatives_.erase(id) > 0) ++revision_;
  return {};
}

void CaseKeyring::DropFormer() {
  former_.clear();
  for (auto& [id, item] : items_) item.former.clear();
  ++revision_;
}

Result<std::uint32_t> CaseKeyring::DestroyItem(ItemId item) {
  const auto* found = TRY(Find(item));
  const auto keys = 1 + found->former.size() + found->files.size();
  items_.erase(item);
  ++revision_;
  return static_cast<std::uint32_t>(keys);
}

std::uint32_t CaseKeyring::Destroy() {
  if (destroyed_) return 0;
  std::size_t keys = 1 + former_.size();
  for (const auto& [id, item] : items_) keys += 1 + item.former.size() + item.files.size();
  grantees_.clear();
  escrow_wrap_.reset();
  survivor_.reset();
  representatives_.clear();
  team_.reset();
  former_.clear();
  items_.clear();
  destroyed_ = true;
  ++revision_;
  return static_cast<std::uint32_t>(keys);
}

}  // namespace jikimi::vault
