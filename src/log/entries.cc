#include "log/entries.h"

#include <map>
#include <optional>
#include <string>

#include "log/detail_tables.h"
#include "log/seal.h"
#include "vault/sealed.h"

namespace jikimi::log {
namespace {

Error NoLeaf(const StoredDetail& detail) {
  return {ErrorCode::kCorrupt,
          "log detail " + std::to_string(detail.entry) + ": its leaf is gone or was changed"};
}

}  // namespace

Result<void> Append(store::Transaction& transaction, const Entry& entry, const EntrySeals& seals) {
  return Append(transaction, TRY(SealedEntry::Seal(entry, seals)));
}

Result<std::int64_t> ResealDetails(store::Transaction& transaction,
                                   const vault::CaseKeyring& keyring,
                                   const vault::CaseKeyPair& current, int limit) {
  if (current.public_key() != keyring.public_key()) {
    return Error{ErrorCode::kPermissionDenied, "re-sealing a log: not the case's current pair"};
  }
  std::map<std::uint32_t, vault::CaseKeyPair> former;
  std::vector<ResealedDetail> resealed;
  for (const auto& detail :
       TRY(FormerDetails(transaction, keyring.id(), current.name().version, limit))) {
    if (!detail.digest) return NoLeaf(detail);
    const auto sealed = TRY(vault::SealedTo<vault::KeyKind::kCase>::Parse(detail.sealed));
    auto found = former.find(sealed.key_version());
    if (found == former.end()) {
      auto pair = TRY(keyring.OpenFormer(current, sealed.key_version()));
      found = former.emplace(sealed.key_version(), std::move(pair)).first;
    }
    const auto context = CaseContext(keyring.id(), *detail.digest);
    const auto form = TRY(vault::Open(found->second, context, sealed));
    TRY(CheckDetail(form.bytes(), *detail.digest));
    const auto fresh = TRY(vault::Seal(current.public_key(), context, form.bytes()));
    resealed.push_back({detail.entry, fresh.key_version(), fresh.bytes()});
  }
  TRY(ReplaceDetails(transaction, SealKind::kCase, resealed));
  return static_cast<std::int64_t>(resealed.size());
}

Result<std::int64_t> ResealCentreDetails(store::Transaction& transaction,
                                         const vault::ServerKeys& server_keys, int limit) {
  std::vector<ResealedDetail> resealed;
  for (const auto& detail :
       TRY(FormerDetails(transaction, std::nullopt, server_keys.current().name().version, limit))) {
    if (!detail.digest) return NoLeaf(detail);
    const auto sealed = TRY(vault::SealedUnder<vault::KeyKind::kServer>::Parse(detail.sealed));
    const auto fresh = TRY(server_keys.Reseal(ServerContext(*detail.digest), sealed));
    resealed.push_back({detail.entry, fresh.key_version(), fresh.bytes()});
  }
  TRY(ReplaceDetails(transaction, SealKind::kServer, resealed));
  return static_cast<std::int64_t>(resealed.size());
}

Result<std::int64_t> DestroyDetails(store::Transaction& transaction, vault::CaseId case_id,
                                    const ActorRef& actor, Timestamp at,
                                    const vault::ServerKeys& server_keys) {
  const auto count = TRY(DeleteDetails(transaction, case_id));
  if (count == 0) return count;
  Entry entry{"log.details_destroyed", at, actor};
  entry.fields.push_back({"count", std::to_string(count)});
  TRY(Append(transaction, entry, EntrySeals::ForCentre(server_keys)));
  return count;
}

}  // namespace jikimi::log
