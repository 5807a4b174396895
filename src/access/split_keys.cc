#include "access/split_keys.h"

#include <optional>

#include "access/people_tables.h"
#include "base/bytes.h"
#include "log/pin.h"

namespace jikimi::access {
namespace {

using vault::KeyKind;

template <KeyKind kKind>
std::string KeyText() {
  return std::string(kSplitKindOf<kKind>) + " key";
}

template <KeyKind kKind>
Result<vault::SplitRecord<kKind>> Parse(const SplitKeyRow& row) {
  auto record = TRY(vault::SplitRecord<kKind>::Parse(row.record));
  if (record.public_key().name().version != row.version) {
    return Error{ErrorCode::kCorrupt, KeyText<kKind>() + ": its record is another version's"};
  }
  return record;
}

Error WrongShare(const vault::KeyShare& share, const std::string& problem) {
  return {ErrorCode::kInvalidArgument, "share " + std::to_string(share.point.x) + ": " + problem};
}

Result<std::string> NumberOf(store::Transaction& transaction, vault::PersonId id) {
  const auto row = TRY(FindPersonRow(transaction, id));
  return row ? std::to_string(row->person.number) : std::string("?");
}

}  // namespace

template <KeyKind kKind>
Result<vault::SplitRecord<kKind>> CurrentRecord(store::Transaction& transaction) {
  const auto row = TRY(FindCurrentSplitKey(transaction, kSplitKindOf<kKind>));
  if (!row) return Error{ErrorCode::kNotFound, KeyText<kKind>() + ": there is none yet"};
  return Parse<kKind>(*row);
}

template <KeyKind kKind>
Result<vault::KeyPair<kKind>> RecoverPair(store::Transaction& transaction,
                                          std::span<const vault::KeyShare> shares) {
  if (shares.empty()) return Error{ErrorCode::kInvalidArgument, "shares: none was given"};
  for (const auto& share : shares) {
    if (share.kind != kKind) return WrongShare(share, "belongs to a key of another kind");
  }
  const auto version = shares[0].key_version;
  const auto row = TRY(FindSplitKey(transaction, kSplitKindOf<kKind>, version));
  if (!row) {
    return WrongShare(shares[0], "belongs to version " + std::to_string(version) + " of the " +
                                     KeyText<kKind>() + ", which is not kept here");
  }
  return TRY(Parse<kKind>(*row)).Recover(shares);
}

template <KeyKind kKind>
Result<NewSplit<kKind>> MakeSplit(const vault::KeyName<kKind>& name, int k, int n) {
  auto pair = vault::KeyPair<kKind>::Generate(name);
  auto made = TRY(vault::SplitRecord<kKind>::Split(pair, k, n));
  NewSplit<kKind> split{std::move(pair), std::move(made.record), {}};
  for (const auto& share : made.shares) split.shares.push_back(share.ToText());
  return split;
}

template <KeyKind kKind>
Result<void> StoreSplit(store::Transaction& transaction, const CentreKeys& keys,
                        const NewSplit<kKind>& made, const log::ActorRef& actor, Timestamp now) {
  TRY(InsertSplitKey(transaction, kSplitKindOf<kKind>,
                     {made.pair.name().version, made.record.bytes()}, now));
  const auto server = keys.server();
  TRY(log::Pin(transaction, made.pair.public_key(), actor, now, *server));
  return {};
}

Result<std::vector<log::EntryField>> WishedBy(store::Transaction& transaction,
                                              const Approval& approval) {
  std::string voters;
  for (const auto& vote : approval.votes) {
    voters += (voters.empty() ? "" : ", ") + TRY(NumberOf(transaction, vote));
  }
  return std::vector<log::EntryField>{{"approval", ToHex(approval.id.bytes)},
                                      {"proposer", TRY(NumberOf(transaction, approval.proposer))},
                                      {"voters", std::move(voters)}};
}

template Result<vault::EscrowRecord> CurrentRecord(store::Transaction&);
template Result<vault::AuditRecord> CurrentRecord(store::Transaction&);
template Result<vault::EscrowKeyPair> RecoverPair(store::Transaction&,
                                                  std::span<const vault::KeyShare>);
template Result<vault::AuditKeyPair> RecoverPair(store::Transaction&,
                                                 std::span<const vault::KeyShare>);
template Result<NewEscrow> MakeSplit(const vault::KeyName<KeyKind::kEscrow>&, int, int);
template Result<NewAuditKey> MakeSplit(const vault::KeyName<KeyKind::kAudit>&, int, int);
template Result<void> StoreSplit(store::Transaction&, const CentreKeys&, const NewEscrow&,
                                 const log::ActorRef&, Timestamp);
template Result<void> StoreSplit(store::Transaction&, const CentreKeys&, const NewAuditKey&,
                                 const log::ActorRef&, Timestamp);

}  // namespace jikimi::access
