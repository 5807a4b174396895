#include "access/escrow.h"

#include <string>
#include <utility>

#include "access/act_log.h"
#include "access/case_key_tables.h"
#include "access/split_key_tables.h"
#include "access/stored_keyring.h"
#include "base/bytes.h"
#include "log/pin.h"
#include "vault/wrap.h"

namespace jikimi::access {
namespace {

using vault::KeyKind;

template <KeyKind kKind>
constexpr std::string_view kCodeOf = kKind == KeyKind::kEscrow ? kEscrowKind : kAuditKind;

Error None(std::string_view kind) {
  return {ErrorCode::kNotFound, std::string(kind) + " key: there is none of this version"};
}

template <KeyKind kKind>
Result<vault::SplitRecord<kKind>> Parse(const std::optional<SplitKeyRow>& row) {
  if (!row) return None(kCodeOf<kKind>);
  auto record = TRY(vault::SplitRecord<kKind>::Parse(row->record));
  if (record.public_key().name().version != row->version) {
    return Error{ErrorCode::kCorrupt,
                 std::string(kCodeOf<kKind>) + " key: its record is another version's"};
  }
  return record;
}

template <KeyKind kKind>
Result<vault::SplitRecord<kKind>> CurrentRecord(store::Transaction& transaction) {
  return Parse<kKind>(TRY(FindCurrentSplitKey(transaction, kCodeOf<kKind>)));
}

template <KeyKind kKind>
Result<vault::SplitRecord<kKind>> RecordOf(store::Transaction& transaction, std::uint32_t version) {
  return Parse<kKind>(TRY(FindSplitKey(transaction, kCodeOf<kKind>, version)));
}

// The key that these shares are of, which may be a former one.
template <KeyKind kKind>
Result<vault::KeyPair<kKind>> Recover(store::Transaction& transaction,
                                      std::span<const vault::KeyShare> shares) {
  if (shares.empty()) return Error{ErrorCode::kInvalidArgument, "shares: none was given"};
  return TRY(RecordOf<kKind>(transaction, shares[0].key_version)).Recover(shares);
}

template <KeyKind kKind>
struct Fresh {
  vault::KeyPair<kKind> pair;
  PrintedShares shares;
};

// A pair split into shares, recorded and pinned.
template <KeyKind kKind>
Result<Fresh<kKind>> Make(store::Transaction& transaction, const CentreKeys& keys,
                          const vault::KeyName<kKind>& name, int k, int n,
                          const log::ActorRef& actor, Timestamp now) {
  Fresh<kKind> fresh{vault::KeyPair<kKind>::Generate(name), {}};
  const auto made = TRY(vault::SplitRecord<kKind>::Split(fresh.pair, k, n));
  TRY(InsertSplitKey(transaction, kCodeOf<kKind>, {name.version, made.record.bytes()}, now));
  const auto server = keys.server();
  TRY(log::Pin(transaction, fresh.pair.public_key(), actor, now, *server));
  for (const auto& share : made.shares) fresh.shares.push_back(share.ToText());
  return fresh;
}

template <KeyKind kKind>
Result<PrintedShares> CreateFirst(store::Transaction& transaction, const CentreKeys& keys, int k,
                                  int n, Timestamp now) {
  if (TRY(FindCurrentSplitKey(transaction, kCodeOf<kKind>))) {
    return Error{ErrorCode::kAlreadyExists,
                 std::string(kCodeOf<kKind>) + " key: there is one; rotate it"};
  }
  auto fresh = TRY(Make<kKind>(transaction, keys, {vault::RecordId<kKind>::Random(), 1}, k, n,
                               log::ActorRef::System(), now));
  return std::move(fresh.shares);
}

template <KeyKind kKind>
Result<SplitStatus> CheckShare(store::Transaction& transaction, const vault::KeyShare& share) {
  const auto record = TRY(CurrentRecord<kKind>(transaction));
  TRY(record.CheckShare(share));
  return SplitStatus{record.public_key().name().version, record.k(), record.n()};
}

}  // namespace

std::string EscrowUseSubject(vault::CaseId id) { return "case " + ToHex(id.bytes()); }

Result<PrintedShares> CreateEscrow(store::Transaction& transaction, const CentreKeys& keys, int k,
                                   int n, Timestamp now) {
  auto shares = TRY(CreateFirst<KeyKind::kEscrow>(transaction, keys, k, n, now));
  TRY(SealServerKeysToEscrow(transaction, keys));
  return shares;
}

Result<PrintedShares> CreateAuditKey(store::Transaction& transaction, const CentreKeys& keys, int k,
                                     int n, Timestamp now) {
  return CreateFirst<KeyKind::kAudit>(transaction, keys, k, n, now);
}

Result<vault::PinnedEscrowKey> FindEscrowKey(store::Transaction& transaction,
                                             const CentreKeys& keys) {
  const auto record = TRY(CurrentRecord<KeyKind::kEscrow>(transaction));
  const auto server = keys.server();
  return log::CheckPinned(transaction, record.public_key(), *server);
}

Result<vault::AuditPublicKey> FindAuditKey(store::Transaction& transaction,
                                           const CentreKeys& keys) {
  const auto record = TRY(CurrentRecord<KeyKind::kAudit>(transaction));
  const auto server = keys.server();
  return TRY(log::CheckPinned(transaction, record.public_key(), *server)).key();
}

Result<SplitStatus> CheckEscrowShare(store::Transaction& transaction,
                                     const vault::KeyShare& share) {
  return CheckShare<KeyKind::kEscrow>(transaction, share);
}

Result<SplitStatus> CheckAuditShare(store::Transaction& transaction, const vault::KeyShare& share) {
  return CheckShare<KeyKind::kAudit>(transaction, share);
}

Result<OpenedCase> OpenByEscrow(store::Transaction& transaction, const CentreKeys& keys,
                                const Actor& who, ApprovalId approval,
                                std::span<const vault::KeyShare> shares, vault::CaseId id,
                                Timestamp now) {
  TRY(UseApproval(transaction, keys, approval, ActKind::kEscrowUse, EscrowUseSubject(id), now));
  auto keyring = TRY(LoadKeyring(transaction, keys, id)).keyring;
  const auto escrow = TRY(Recover<KeyKind::kEscrow>(transaction, shares));
  auto pair = TRY(keyring.OpenByEscrow(escrow));
  TRY(LogCentreAct(transaction, keys, who, "escrow.used", {}, now));
  TRY(LogCaseAct(transaction, keys, who, "case.escrow_used", keyring.public_key(), {}, now));
  TRY(TellOfCase(transaction, "case.escrow_used", id, now));
  return OpenedCase(std::move(keyring), std::move(pair));
}

Result<vault::AuditKeyPair> OpenAudit(store::Transaction& transaction, const CentreKeys& keys,
                                      const Actor& who, ApprovalId approval,
                                      std::span<const vault::KeyShare> shares, Timestamp now) {
  TRY(Require(transaction, who, Permission::kAuditRead));
  TRY(UseApproval(transaction, keys, approval, ActKind::kAuditUse, kAuditUseSubject, now));
  auto pair = TRY(Recover<KeyKind::kAudit>(transaction, shares));
  TRY(LogCentreAct(transaction, keys, who, "audit.used", {}, now));
  return pair;
}

Result<PrintedShares> RotateAuditKey(store::Transaction& transaction, const CentreKeys& keys,
                                     const Actor& who, ApprovalId approval, int k, int n,
                                     Timestamp now) {
  TRY(UseApproval(transaction, keys, approval, ActKind::kEscrowRotation, kAuditRotationSubject,
                  now));
  const auto name = TRY(CurrentRecord<KeyKind::kAudit>(transaction)).public_key().name();
  auto fresh = TRY(Make<KeyKind::kAudit>(transaction, keys, {name.owner, name.version + 1}, k, n,
                                         LogRefOf(who), now));
  TRY(LogCentreAct(transaction, keys, who, "audit.rotated", {}, now));
  return std::move(fresh.shares);
}

Result<void> SealServerKeysToEscrow(store::Transaction& transaction, const CentreKeys& keys) {
  const auto escrow = TRY(FindEscrowKey(transaction, keys));
  const auto sealed = TRY(keys.server()->SealTo(escrow.key()));
  return PutServerEscrow(transaction, escrow.key().name().version, sealed.bytes());
}

Result<vault::ServerKeys> RecoverServerKeys(store::Transaction& transaction,
                                            std::span<const vault::KeyShare> shares) {
  const auto pair = TRY(Recover<KeyKind::kEscrow>(transaction, shares));
  const auto sealed = TRY(FindServerEscrow(transaction, pair.name().version));
  if (!sealed) return None("server");
  return vault::ServerKeys::OpenFrom(pair, TRY(vault::SealedTo<KeyKind::kEscrow>::Parse(*sealed)));
}

// --- Rotation

namespace {

// Teams' pairs from the former escrow key to the new one.
Result<void> RewrapTeams(store::Transaction& transaction, const vault::EscrowKeyPair& former,
                         const vault::EscrowPublicKey& fresh) {
  for (auto& wrap : TRY(TeamEscrowWraps(transaction))) {
    const auto sealed = TRY(vault::SealedTo<KeyKind::kEscrow>::Parse(wrap.wrap));
    const auto pair = TRY(
        vault::UnwrapPair(former, vault::KeyName<KeyKind::kTeam>{wrap.team, wrap.version}, sealed));
    wrap.wrap = TRY(vault::WrapPair(fresh, pair)).bytes();
    TRY(PutTeamEscrowWrap(transaction, wrap));
  }
  return {};
}

Result<std::optional<OpenedCase>> RewrapOne(store::Transaction& transaction, const CentreKeys& keys,
                                            const vault::EscrowKeyPair& former,
                                            const vault::PinnedEscrowKey& current, vault::CaseId id,
                                            Timestamp now) {
  auto stored = LoadKeyring(transaction, keys, id);
  if (!stored && stored.error().code == ErrorCode::kNotFound) return std::optional<OpenedCase>();
  if (!stored) return std::move(stored).error();
  if (stored->keyring.escrow_key() == current.key()) return std::optional<OpenedCase>();
  auto pair = TRY(stored->keyring.OpenByEscrow(former));
  OpenedCase opened(std::move(stored->keyring), std::move(pair));
  OpenedCaseDoor::SetPair(
      opened, TRY(OpenedCaseDoor::keyring(opened).ReplaceEscrow(opened.pair(), current)));
  TRY(OpenedCaseDoor::Save(transaction, keys, opened, now));
  TRY(LogCaseAct(transaction, keys, Actor(SystemActor{"escrow"}), "case.rotated",
                 opened.public_key(), {}, now));
  return std::optional(std::move(opened));
}

}  // namespace

Result<EscrowRotation> BeginEscrowRotation(store::Transaction& transaction, const CentreKeys& keys,
                                           const Actor& who, ApprovalId approval,
                                           std::span<const vault::KeyShare> shares, int k, int n,
                                           Timestamp now) {
  TRY(UseApproval(transaction, keys, approval, ActKind::kEscrowRotation, kEscrowRotationSubject,
                  now));
  if (TRY(SplitKeys(transaction, kEscrowKind)).size() > 1) {
    return Error{ErrorCode::kUnavailable,
                 "escrow key: the last rotation is not finished; go on with it first"};
  }
  auto former = TRY(Recover<KeyKind::kEscrow>(transaction, shares));
  auto fresh = TRY(Make<KeyKind::kEscrow>(transaction, keys,
                                          {former.name().owner, former.name().version + 1}, k, n,
                                          LogRefOf(who), now));
  TRY(RewrapTeams(transaction, former, fresh.pair.public_key()));
  TRY(SealServerKeysToEscrow(transaction, keys));
  TRY(LogCentreAct(transaction, keys, who, "escrow.rotated", {}, now));
  return EscrowRotation{std::move(former), std::move(fresh.shares)};
}

Result<vault::EscrowKeyPair> ReopenFormerEscrow(store::Transaction& transaction,
                                                const CentreKeys& keys, const Actor& who,
                                                ApprovalId approval,
                                                std::span<const vault::KeyShare> shares,
                                                Timestamp now) {
  TRY(UseApproval(transaction, keys, approval, ActKind::kEscrowRotation, kEscrowRotationSubject,
                  now));
  auto pair = TRY(Recover<KeyKind::kEscrow>(transaction, shares));
  if (pair.name().version ==
      TRY(CurrentRecord<KeyKind::kEscrow>(transaction)).public_key().name().version) {
    return Error{ErrorCode::kInvalidArgument, "shares: are of the new escrow key, not the former"};
  }
  TRY(LogCentreAct(transaction, keys, who, "escrow.used", {{"for", "rotation"}}, now));
  return pair;
}

Result<std::int64_t> RewrapEscrow(store::Database& database, const CentreKeys& keys,
                                  const vault::EscrowKeyPair& former,
                                  std::span<const CaseField> fields, std::int64_t most,
                                  const Clock& clock) {
  constexpr int kPage = 100;
  const auto current = TRY(database.Read(
      [&](store::Transaction& transaction) { return FindEscrowKey(transaction, keys); }));
  const auto version = current.key().name().version;
  for (std::int64_t done = 0; done < most;) {
    const auto page = static_cast<int>(std::min<std::int64_t>(kPage, most - done));
    const auto ids = TRY(database.Read([&](store::Transaction& transaction) {
      return CasesOfOlderEscrow(transaction, version, page);
    }));
    if (ids.empty()) break;
    for (const auto id : ids) {
      auto opened = TRY(database.Write([&](store::Transaction& transaction) {
        return RewrapOne(transaction, keys, former, current, id, clock.Now());
      }));
      ++done;
      if (opened) TRY(ResealCase(database, keys, *opened, fields, clock.Now()));
    }
  }
  return database.Write([&](store::Transaction& transaction) -> Result<std::int64_t> {
    const auto left = TRY(CountOfOlderEscrow(transaction, version));
    if (left == 0) TRY(DeleteSplitKeysBefore(transaction, kEscrowKind, version));
    return left;
  });
}

}  // namespace jikimi::access
