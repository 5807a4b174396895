#include "casework/import_tables.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>

#include "base/bytes.h"
#include "casework/row_values.h"
#include "casework/server_fields.h"
#include "store/sql.h"

namespace jikimi::casework {
namespace {

using ServerSealed = vault::SealedUnder<vault::KeyKind::kServer>;
using Digest = std::array<std::byte, 32>;

constexpr std::string_view kDigestField = "casework_imported.reference";

// Of this many references, under every version, one statement asks.
constexpr std::size_t kAtOnce = 100;

// Those of `digests` that stand in a table.
Result<std::set<Digest>> QueryDigests(store::Transaction& transaction, std::string_view table,
                                      const std::vector<Digest>& digests) {
  std::string sql = "SELECT digest FROM " + std::string(table) + " WHERE digest IN (";
  std::vector<store::Value> parameters;
  for (const Digest& digest : digests) {
    parameters.emplace_back(std::span<const std::byte>(digest));
    sql += (parameters.size() == 1 ? "$" : ", $") + std::to_string(parameters.size());
  }
  std::set<Digest> found;
  for (const auto& row : TRY(store::Query(transaction, sql + ")", parameters))) {
    const auto bytes = TRY(row.Get<std::vector<std::byte>>(0));
    Digest digest;
    if (bytes.size() != digest.size()) {
      return Error{ErrorCode::kCorrupt, "a digest in the database is not whole"};
    }
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    found.insert(digest);
  }
  return found;
}

// At most kAtOnce.
Result<void> FindPart(store::Transaction& transaction, const access::CentreKeys& keys,
                      std::span<const std::string> part, std::vector<Imported>& known) {
  const auto server_keys = keys.server();
  std::vector<std::vector<Digest>> of_each;
  std::vector<Digest> all;
  std::vector<Digest> lasting;
  for (const std::string& reference : part) {
    auto& mine = of_each.emplace_back();
    for (const auto& made : server_keys->DigestField(kDigestField, AsBytes(reference))) {
      mine.push_back(made.digest);
      all.push_back(made.digest);
    }
    lasting.push_back(keys.LastingDigest(kDigestField, AsBytes(reference)));
  }
  const auto here = TRY(QueryDigests(transaction, "casework_imported", all));
  const auto gone = TRY(QueryDigests(transaction, "casework_import_gone", lasting));
  for (std::size_t i = 0; i < part.size(); ++i) {
    const bool is_here = std::any_of(of_each[i].begin(), of_each[i].end(),
                                     [&](const Digest& digest) { return here.contains(digest); });
    known.push_back(is_here                     ? Imported::kHere
                    : gone.contains(lasting[i]) ? Imported::kDestroyed
                                                : Imported::kNot);
  }
  return {};
}

}  // namespace

Result<std::vector<Imported>> FindImported(store::Transaction& transaction,
                                           const access::CentreKeys& keys,
                                           std::span<const std::string> references) {
  std::vector<Imported> known;
  while (!references.empty()) {
    const auto part = references.first(std::min(references.size(), kAtOnce));
    references = references.subspan(part.size());
    TRY(FindPart(transaction, keys, part, known));
  }
  return known;
}

Result<void> InsertImported(store::Transaction& transaction, const access::CentreKeys& keys,
                            vault::CaseId of, const std::string& reference) {
  const ImportedId id = ImportedId::Random();
  const auto server_keys = keys.server();
  const auto digest = server_keys->DigestField(kDigestField, AsBytes(reference)).front();
  const auto sealed = server_keys->SealField(ImportedContext(id), AsBytes(reference));
  const Digest lasting = keys.LastingDigest(kDigestField, AsBytes(reference));
  TRY(store::ExecuteLater(
      transaction,
      "INSERT INTO casework_imported (id, case_id, digest, key_version, sealed, indexed, lasting) "
      "VALUES ($1, $2, $3, $4, $5, 0, $6)",
      {IdBytes(id), IdBytes(of), std::span<const std::byte>(digest.digest),
       std::int64_t{digest.key_version}, sealed.bytes(), std::span<const std::byte>(lasting)}));
  return {};
}

Result<bool> IsImported(store::Transaction& transaction, vault::CaseId of) {
  return TRY(store::QueryOne(transaction,
                             "SELECT id FROM casework_imported WHERE case_id = $1 LIMIT 1",
                             {IdBytes(of)}))
      .has_value();
}

Result<std::optional<ImportedId>> AddLastingDigests(store::Transaction& transaction,
                                                    const access::CentreKeys& keys,
                                                    const std::optional<ImportedId>& after,
                                                    int limit) {
  std::optional<ImportedId> last;
  for (const auto& row : TRY(store::Query(
           transaction,
           "SELECT id, sealed FROM casework_imported WHERE lasting IS NULL AND id > $1 "
           "ORDER BY id LIMIT $2",
           {IdBytes(after.value_or(ImportedId())), limit}))) {
    const auto id = TRY(GetId<ImportedId>(row, 0));
    last = id;
    const auto sealed = GetSealed<ServerSealed>(row, 1);
    if (!sealed) continue;
    const auto reference = keys.OpenField(ImportedContext(id), *sealed);
    if (!reference) continue;
    const Digest lasting = keys.LastingDigest(kDigestField, reference->bytes());
    TRY(store::Execute(transaction, "UPDATE casework_imported SET lasting = $2 WHERE id = $1",
                       {IdBytes(id), std::span<const std::byte>(lasting)}));
  }
  return last;
}

Result<std::vector<UnindexedImport>> QueryUnindexed(store::Transaction& transaction,
                                                    vault::TeamId team, int limit) {
  std::vector<UnindexedImport> found;
  for (const auto& row : TRY(store::Query(
           transaction,
           "SELECT casework_imported.id, case_id FROM casework_imported JOIN casework_case ON "
           "casework_case.id = case_id WHERE indexed = 0 AND team = $1 AND assigned IS NULL ORDER "
           "BY casework_imported.id LIMIT $2",
           {IdBytes(team), limit}))) {
    found.push_back({TRY(GetId<ImportedId>(row, 0)), TRY(GetId<vault::CaseId>(row, 1))});
  }
  return found;
}

Result<void> MarkIndexed(store::Transaction& transaction, ImportedId id) {
  TRY(store::Execute(transaction, "UPDATE casework_imported SET indexed = 1 WHERE id = $1",
                     {IdBytes(id)}));
  return {};
}

Result<std::int64_t> CountUnindexed(store::Transaction& transaction, vault::TeamId team) {
  return TRY(store::QueryOne(transaction,
                             "SELECT COUNT(*) FROM casework_imported JOIN casework_case ON "
                             "casework_case.id = case_id WHERE indexed = 0 AND team = $1 AND "
                             "assigned IS NULL",
                             {IdBytes(team)}))
      ->Get<std::int64_t>(0);
}

access::ServerField ServerFieldOfImported() {
  const auto reseal = [](store::Transaction& transaction, const vault::ServerKeys& keys,
                         int limit) -> Result<std::int64_t> {
    const std::int64_t current{keys.current().name().version};
    std::int64_t count = 0;
    for (const auto& row : TRY(store::Query(
             transaction,
             "SELECT id, sealed FROM casework_imported WHERE key_version < $1 LIMIT $2",
             {current, limit}))) {
      const auto id = TRY(GetId<ImportedId>(row, 0));
      const auto sealed = TRY(GetSealed<ServerSealed>(row, 1));
      const auto reference = TRY(keys.OpenField(ImportedContext(id), sealed));
      const auto anew = keys.SealField(ImportedContext(id), reference.bytes());
      const auto digest = keys.DigestField(kDigestField, reference.bytes()).front();
      TRY(store::Execute(
          transaction,
          "UPDATE casework_imported SET key_version = $2, sealed = $3, digest = $4 "
          "WHERE id = $1",
          {IdBytes(id), current, anew.bytes(), std::span<const std::byte>(digest.digest)}));
      ++count;
    }
    return count;
  };
  return {"casework_imported.sealed", reseal};
}

}  // namespace jikimi::casework
