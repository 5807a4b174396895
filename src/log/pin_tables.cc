#include "log/pin_tables.h"

#include <string>

#include "base/bytes.h"
#include "log/detail_tables.h"
#include "log/pin.h"
#include "log/seal.h"
#include "store/sql.h"
#include "vault/sealed.h"

namespace jikimi::log {
namespace {

constexpr std::string_view kLatestPin =
    "SELECT p.version, p.digest, d.sealed, l.digest FROM log_pin p "
    "LEFT JOIN log_detail d ON d.seal = 'server' AND d.entry = p.entry "
    "LEFT JOIN log_leaf l ON l.id = p.entry "
    "WHERE p.kind = $1 AND p.owner = $2 ORDER BY p.version DESC LIMIT 1";

Error Changed(vault::KeyKind kind, std::string_view problem) {
  return {ErrorCode::kCorrupt, "the pin of a " + std::string(vault::KeyKindName(kind)) + "'s key " +
                                   std::string(problem)};
}

}  // namespace

std::vector<EntryField> PinFields(const internal::PinRequest& pin) {
  return {{"kind", vault::KeyKindName(pin.kind)},
          {"owner", ToHex(pin.owner)},
          {"version", std::to_string(pin.version)},
          {"digest", ToHex(pin.digest)}};
}

Result<bool> HasPin(store::Transaction& transaction, std::int64_t entry,
                    std::span<const EntryField> fields) {
  for (const auto& row : TRY(store::Query(
           transaction, "SELECT kind, owner, version, digest FROM log_pin WHERE entry = $1",
           {entry}))) {
    internal::PinRequest pin;
    pin.kind = static_cast<vault::KeyKind>(TRY(row.Get<std::int64_t>(0)));
    const auto owner = TRY(row.Get<std::vector<std::byte>>(1));
    pin.version = static_cast<std::uint32_t>(TRY(row.Get<std::int64_t>(2)));
    const auto digest = TRY(row.Get<std::vector<std::byte>>(3));
    if (owner.size() != pin.owner.size() || digest.size() != pin.digest.size()) return false;
    std::copy(owner.begin(), owner.end(), pin.owner.begin());
    std::copy(digest.begin(), digest.end(), pin.digest.begin());
    const auto expected = PinFields(pin);
    return std::equal(fields.begin(), fields.end(), expected.begin(), expected.end());
  }
  return false;
}

namespace internal {

Result<void> WritePin(store::Transaction& transaction, const PinRequest& pin, const ActorRef& actor,
                      Timestamp at, const vault::ServerKeys& server_keys) {
  const std::span<const std::byte> owner = pin.owner;
  const auto latest = TRY(store::QueryOne(
      transaction, "SELECT COALESCE(MAX(version), 0) FROM log_pin WHERE kind = $1 AND owner = $2",
      {static_cast<std::int64_t>(pin.kind), owner}));
  if (!latest) return Error{ErrorCode::kInternal, "log_pin: no row where one was expected"};
  if (TRY(latest->Get<std::int64_t>(0)) >= pin.version) {
    return Error{ErrorCode::kAlreadyExists,
                 "the " + std::string(vault::KeyKindName(pin.kind)) +
                     "'s key of this version, or of a later one, is pinned already"};
  }
  Entry entry{"key.pinned", at, actor};
  entry.fields = PinFields(pin);
  const auto sealed = TRY(SealedEntry::Seal(entry, EntrySeals::ForCentre(server_keys)));
  const auto id = TRY(InsertEntry(transaction, sealed));
  TRY(store::Execute(transaction,
                     "INSERT INTO log_pin (kind, owner, version, digest, entry) "
                     "VALUES ($1, $2, $3, $4, $5)",
                     {static_cast<std::int64_t>(pin.kind), owner, pin.version,
                      std::span<const std::byte>(pin.digest), id}));
  return {};
}

Result<std::array<std::byte, 32>> ReadPin(store::Transaction& transaction, vault::KeyKind kind,
                                          const std::array<std::byte, 16>& owner,
                                          std::uint32_t version,
                                          const vault::ServerKeys& server_keys) {
  const auto row =
      TRY(store::QueryOne(transaction, kLatestPin,
                          {static_cast<std::int64_t>(kind), std::span<const std::byte>(owner)}));
  const std::string name = vault::KeyKindName(kind);
  if (!row) return Error{ErrorCode::kNotFound, "no key of this " + name + " is pinned"};
  const auto latest = TRY(row->Get<std::int64_t>(0));
  if (latest < version) {
    return Error{ErrorCode::kNotFound, "this version of the " + name + "'s key is not pinned"};
  }
  if (latest > version) {
    return Error{ErrorCode::kPermissionDenied, "a later key of this " + name + " has been pinned"};
  }
  const auto stored = TRY(row->Get<std::vector<std::byte>>(1));
  const auto sealed_bytes = TRY(row->Get<std::optional<std::vector<std::byte>>>(2));
  const auto leaf = TRY(row->Get<std::optional<std::vector<std::byte>>>(3));
  PinRequest pin{kind, owner, version, {}};
  if (stored.size() != pin.digest.size()) return Changed(kind, "has no digest");
  std::copy(stored.begin(), stored.end(), pin.digest.begin());
  EntryDigest digest;
  if (!sealed_bytes || !leaf || leaf->size() != digest.bytes.size()) {
    return Changed(kind, "has lost its entry");
  }
  std::copy(leaf->begin(), leaf->end(), digest.bytes.begin());
  const auto sealed = TRY(vault::SealedUnder<vault::KeyKind::kServer>::Parse(*sealed_bytes));
  const auto form = TRY(server_keys.OpenField(ServerContext(digest), sealed));
  const Entry entry = TRY(CheckDetail(form.bytes(), digest));
  if (entry.kind != EntryKind("key.pinned") || entry.fields != PinFields(pin)) {
    return Changed(kind, "is not what its entry says");
  }
  return pin.digest;
}

}  // namespace internal
}  // namespace jikimi::log
