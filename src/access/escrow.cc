#include "access/escrow.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "access/act_log.h"
#include "access/split_keys.h"
#include "access/stored_keyring.h"
#include "base/bytes.h"
#include "log/pin.h"

namespace jikimi::access {
namespace {

using vault::KeyKind;

template <KeyKind kKind>
Result<PrintedShares> CreateFirst(store::Transaction& transaction, const CentreKeys& keys, int k,
                                  int n, Timestamp now) {
  if (TRY(FindCurrentSplitKey(transaction, kSplitKindOf<kKind>))) {
    return Error{ErrorCode::kAlreadyExists,
                 std::string(kSplitKindOf<kKind>) + " key: there is one; rotate it"};
  }
  auto first = TRY(MakeSplit<kKind>({vault::RecordId<kKind>::Random(), 1}, k, n));
  TRY(StoreSplit(transaction, keys, first, log::ActorRef::System(), now));
  return std::move(first.shares);
}

template <KeyKind kKind>
Result<SplitStatus> CheckShare(store::Transaction& transaction, const vault::KeyShare& share) {
  const auto record = TRY(CurrentRecord<kKind>(transaction));
  TRY(record.CheckShare(share));
  return SplitStatus{record.public_key().name().version, record.k(), record.n()};
}

vault::KeyShare CopyOf(const vault::KeyShare& share) {
  return {share.kind,        share.set,
          share.key_version, share.k,
          share.n,           {share.point.x, vault::SecretBytes::CopyOf(share.point.y.bytes())}};
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
  const auto escrow = TRY(RecoverPair<KeyKind::kEscrow>(transaction, shares));
  auto pair = TRY(keyring.OpenByEscrow(escrow));
  TRY(LogCentreAct(transaction, keys, who, "escrow.used", {}, now));
  TRY(LogCaseAct(transaction, keys, who, "case.escrow_used", keyring.public_key(), {}, now));
  TRY(TellOfCase(transaction, "case.escrow_used", id, now));
  return OpenedCase(std::move(keyring), std::move(pair));
}

Result<std::vector<vault::AuditKeyPair>> OpenAudit(store::Transaction& transaction,
                                                   const CentreKeys& keys, const Actor& who,
                                                   ApprovalId approval,
                                                   std::span<const vault::KeyShare> shares,
                                                   Timestamp now) {
  TRY(Require(transaction, who, Permission::kAuditRead));
  const auto used =
      TRY(UseApproval(transaction, keys, approval, ActKind::kAuditUse, kAuditUseSubject, now));
  std::map<std::uint32_t, std::vector<vault::KeyShare>, std::greater<>> of_version;
  for (const auto& share : shares) of_version[share.key_version].push_back(CopyOf(share));
  if (of_version.empty()) return Error{ErrorCode::kInvalidArgument, "shares: none was given"};
  std::vector<vault::AuditKeyPair> pairs;
  for (const auto& [version, its] : of_version) {
    auto pair = RecoverPair<KeyKind::kAudit>(transaction, its);
    if (!pair && of_version.size() > 1) {
      return Prefixed("version " + std::to_string(version) + " of the audit key",
                      std::move(pair).error());
    }
    pairs.push_back(TRY(std::move(pair)));
  }
  TRY(LogCentreAct(transaction, keys, who, "audit.used", TRY(WishedBy(transaction, used)), now));
  return pairs;
}

Result<void> SealServerKeysToEscrow(store::Transaction& transaction, const CentreKeys& keys) {
  const auto escrow = TRY(FindEscrowKey(transaction, keys));
  const auto sealed = TRY(keys.server()->SealTo(escrow.key()));
  return PutServerEscrow(transaction, escrow.key().name().version, sealed.bytes());
}

Result<vault::ServerKeys> RecoverServerKeys(store::Transaction& transaction,
                                            std::span<const vault::KeyShare> shares) {
  const auto pair = TRY(RecoverPair<KeyKind::kEscrow>(transaction, shares));
  const auto sealed = TRY(FindServerEscrow(transaction, pair.name().version));
  if (!sealed) {
    return Error{ErrorCode::kNotFound,
                 "server keys: the database holds none that are sealed to this version of the "
                 "escrow"};
  }
  return vault::ServerKeys::OpenFrom(pair, TRY(vault::SealedTo<KeyKind::kEscrow>::Parse(*sealed)));
}

}  // namespace jikimi::access
