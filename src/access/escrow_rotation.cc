// A new escrow or audit key, when a holder of a share leaves or shares are lost.

#include <algorithm>
#include <string>
#include <utility>

#include "access/act_log.h"
#include "access/case_key_tables.h"
#include "access/split_keys.h"
#include "access/stored_keyring.h"
#include "vault/wrap.h"

namespace jikimi::access {
namespace {

using vault::KeyKind;

// The next version of a key, of the same n and k unless it is told others.
template <KeyKind kKind>
Result<NewSplit<kKind>> NextSplit(const vault::SplitRecord<kKind>& record,
                                  const Threshold& wanted) {
  const auto& name = record.public_key().name();
  return MakeSplit<kKind>({name.owner, name.version + 1}, wanted.k > 0 ? wanted.k : record.k(),
                          wanted.n > 0 ? wanted.n : record.n());
}

template <KeyKind kKind>
Result<void> CheckIsNext(store::Transaction& transaction, const NewSplit<kKind>& fresh) {
  const auto current = TRY(CurrentRecord<kKind>(transaction)).public_key().name();
  if (fresh.pair.name().owner == current.owner &&
      fresh.pair.name().version == current.version + 1) {
    return {};
  }
  return Error{ErrorCode::kStale,
               std::string(kSplitKindOf<kKind>) + " key: was rotated by somebody else meanwhile"};
}

Result<void> CheckNoneUnfinished(store::Transaction& transaction) {
  if (TRY(SplitKeys(transaction, kEscrowKind)).size() <= 1) return {};
  return Error{ErrorCode::kUnavailable,
               "escrow key: the last rotation is not finished; go on with it first"};
}

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

Actor RewrapActor() { return Actor(SystemActor{"escrow"}); }

Result<std::optional<OpenedCase>> RewrapOne(store::Transaction& transaction, const CentreKeys& keys,
                                            const vault::EscrowKeyPair& former,
                                            const vault::PinnedEscrowKey& current, vault::CaseId id,
                                            Timestamp now) {
  if (!TRY(FindCaseKeyRow(transaction, id))) return std::optional<OpenedCase>();  // destroyed
  auto stored = TRY(LoadKeyring(transaction, keys, id));
  if (stored.keyring.escrow_key() == current.key()) return std::optional<OpenedCase>();
  auto pair = TRY(stored.keyring.OpenByEscrow(former));
  OpenedCase opened(std::move(stored.keyring), std::move(pair));
  OpenedCaseDoor::SetPair(
      opened, TRY(OpenedCaseDoor::keyring(opened).ReplaceEscrow(opened.pair(), current)));
  TRY(OpenedCaseDoor::Save(transaction, keys, opened, now));
  TRY(LogCaseAct(transaction, keys, RewrapActor(), "case.rotated", opened.public_key(), {}, now));
  return std::optional(std::move(opened));
}

Result<void> RewrapAndReseal(store::Database& database, const CentreKeys& keys,
                             const vault::EscrowKeyPair& former,
                             const vault::PinnedEscrowKey& current, vault::CaseId id,
                             std::span<const CaseField> fields, Timestamp now) {
  auto opened = TRY(database.Write([&](store::Transaction& transaction) {
    return RewrapOne(transaction, keys, former, current, id, now);
  }));
  if (!opened) return {};
  return ResealUnlessChanged(database, keys, RewrapActor(), *opened, fields, now);
}

// An error that is this case's own and would come again; the others are the database's.
bool IsOfCase(ErrorCode code) {
  return code == ErrorCode::kCorrupt || code == ErrorCode::kPermissionDenied ||
         code == ErrorCode::kNotFound || code == ErrorCode::kUnsupported;
}

}  // namespace

Result<NewAuditKey> PrepareAuditRotation(store::Transaction& transaction, ApprovalId approval,
                                         const Threshold& wanted, Timestamp now) {
  TRY(CheckApproval(transaction, approval, ActKind::kEscrowRotation, kAuditRotationSubject, now));
  return NextSplit(TRY(CurrentRecord<KeyKind::kAudit>(transaction)), wanted);
}

Result<void> RotateAuditKey(store::Transaction& transaction, const CentreKeys& keys,
                            const Actor& who, ApprovalId approval, const NewAuditKey& fresh,
                            Timestamp now) {
  const auto used = TRY(UseApproval(transaction, keys, approval, ActKind::kEscrowRotation,
                                    kAuditRotationSubject, now));
  TRY(CheckIsNext(transaction, fresh));
  TRY(StoreSplit(transaction, keys, fresh, LogRefOf(who), now));
  return LogCentreAct(transaction, keys, who, "audit.rotated", TRY(WishedBy(transaction, used)),
                      now);
}

Result<NewEscrow> PrepareEscrowRotation(store::Transaction& transaction, ApprovalId approval,
                                        std::span<const vault::KeyShare> shares,
                                        const Threshold& wanted, Timestamp now) {
  TRY(CheckApproval(transaction, approval, ActKind::kEscrowRotation, kEscrowRotationSubject, now));
  TRY(CheckNoneUnfinished(transaction));
  TRY(RecoverPair<KeyKind::kEscrow>(transaction, shares));
  return NextSplit(TRY(CurrentRecord<KeyKind::kEscrow>(transaction)), wanted);
}

Result<vault::EscrowKeyPair> BeginEscrowRotation(store::Transaction& transaction,
                                                 const CentreKeys& keys, const Actor& who,
                                                 ApprovalId approval,
                                                 std::span<const vault::KeyShare> shares,
                                                 const NewEscrow& fresh, Timestamp now) {
  const auto used = TRY(UseApproval(transaction, keys, approval, ActKind::kEscrowRotation,
                                    kEscrowRotationSubject, now));
  TRY(CheckNoneUnfinished(transaction));
  TRY(CheckIsNext(transaction, fresh));
  auto former = TRY(RecoverPair<KeyKind::kEscrow>(transaction, shares));
  TRY(StoreSplit(transaction, keys, fresh, LogRefOf(who), now));
  TRY(RewrapTeams(transaction, former, fresh.pair.public_key()));
  TRY(SealServerKeysToEscrow(transaction, keys));
  TRY(LogCentreAct(transaction, keys, who, "escrow.rotated", TRY(WishedBy(transaction, used)),
                   now));
  return former;
}

Result<vault::EscrowKeyPair> ReopenFormerEscrow(store::Transaction& transaction,
                                                const CentreKeys& keys, const Actor& who,
                                                ApprovalId approval,
                                                std::span<const vault::KeyShare> shares,
                                                Timestamp now) {
  const auto used = TRY(UseApproval(transaction, keys, approval, ActKind::kEscrowRotation,
                                    kEscrowRotationSubject, now));
  auto pair = TRY(RecoverPair<KeyKind::kEscrow>(transaction, shares));
  if (pair.name().version ==
      TRY(CurrentRecord<KeyKind::kEscrow>(transaction)).public_key().name().version) {
    return Error{ErrorCode::kInvalidArgument, "shares: are of the new escrow key, not the former"};
  }
  auto fields = TRY(WishedBy(transaction, used));
  fields.push_back({"for", "rotation"});
  TRY(LogCentreAct(transaction, keys, who, "escrow.used", std::move(fields), now));
  return pair;
}

Result<EscrowRotationState> FindEscrowRotation(store::Transaction& transaction) {
  const auto rows = TRY(SplitKeys(transaction, kEscrowKind));
  if (rows.empty()) return Error{ErrorCode::kNotFound, "escrow key: there is none yet"};
  return EscrowRotationState{rows[0].version, rows.size() > 1,
                             TRY(CountOfOlderEscrow(transaction, rows[0].version))};
}

Result<EscrowRewrap> RewrapEscrow(store::Database& database, const CentreKeys& keys,
                                  const vault::EscrowKeyPair& former,
                                  std::span<const CaseField> fields,
                                  const std::optional<vault::CaseId>& after, int most,
                                  const Clock& clock) {
  const auto current = TRY(database.Read(
      [&](store::Transaction& transaction) { return FindEscrowKey(transaction, keys); }));
  const auto version = current.key().name().version;
  const auto ids = TRY(database.Read([&](store::Transaction& transaction) {
    return CasesOfEscrow(transaction, former.name().version, after, most);
  }));
  EscrowRewrap batch;
  for (const auto id : ids) {
    const auto done = RewrapAndReseal(database, keys, former, current, id, fields, clock.Now());
    if (done) continue;
    if (!IsOfCase(done.error().code)) return done.error();
    batch.failed.push_back({id, done.error()});
  }
  if (static_cast<int>(ids.size()) == most) batch.next = ids.back();
  batch.left = TRY(database.Write([&](store::Transaction& transaction) -> Result<std::int64_t> {
    const auto left = TRY(CountOfOlderEscrow(transaction, version));
    if (left == 0) TRY(DeleteSplitKeysBefore(transaction, kEscrowKind, version));
    return left;
  }));
  return batch;
}

}  // namespace jikimi::access
