#include "log/detail_tables.h"

#include <algorithm>
#include <bit>
#include <map>
#include <string>

#include "log/entries.h"
#include "store/sql.h"

namespace jikimi::log {
namespace {

using store::Row;
using store::Value;

// Leaves in one INSERT; a power of two, so that few statements are prepared.
constexpr std::size_t kLeavesAtOnce = 256;

constexpr std::string_view kInsertDetail =
    "INSERT INTO log_detail (seal, entry, case_id, key_version, sealed) VALUES ($1, $2, $3, $4, "
    "$5)";

// The hash that a tile has for an entry is cut out of its row.
#define JIKIMI_LOG_DETAIL_COLUMNS                                                       \
  "SELECT d.entry, d.case_id, d.key_version, d.sealed, l.digest, l.number, "            \
  "SUBSTR(t.hashes, CAST(1 + 32 * (l.number % 256) AS INTEGER), 32) FROM log_detail d " \
  "LEFT JOIN log_leaf l ON l.id = d.entry "                                             \
  "LEFT JOIN log_tile t ON t.level = 0 AND t.place = l.number / 256 "

std::optional<EntryDigest> DigestFrom(const std::optional<std::vector<std::byte>>& bytes) {
  if (!bytes || bytes->size() != EntryDigest::kBytes) return std::nullopt;
  EntryDigest digest;
  std::copy(bytes->begin(), bytes->end(), digest.bytes.begin());
  return digest;
}

Result<StoredDetail> DetailFrom(const Row& row) {
  StoredDetail detail;
  detail.entry = TRY(row.Get<std::int64_t>(0));
  if (const auto id = TRY(row.Get<std::optional<std::vector<std::byte>>>(1)); id) {
    if (id->size() != vault::CaseId::kBytes) {
      return Error{ErrorCode::kCorrupt, "log_detail: entry " + std::to_string(detail.entry) +
                                            " has a case of " + std::to_string(id->size()) +
                                            " bytes"};
    }
    detail.case_id = vault::CaseId::FromBytes(std::span<const std::byte, 16>(*id));
  }
  detail.key_version = static_cast<std::uint32_t>(TRY(row.Get<std::int64_t>(2)));
  detail.sealed = TRY(row.Get<std::vector<std::byte>>(3));
  detail.digest = DigestFrom(TRY(row.Get<std::optional<std::vector<std::byte>>>(4)));
  if (const auto number = TRY(row.Get<std::optional<std::int64_t>>(5)); number) {
    detail.number = static_cast<std::uint64_t>(*number);
  }
  const auto hash = DigestFrom(TRY(row.Get<std::optional<std::vector<std::byte>>>(6)));
  if (hash) detail.tile_hash = TreeHash{hash->bytes};
  return detail;
}

Result<std::vector<StoredDetail>> DetailsFrom(Result<std::vector<Row>> rows) {
  std::vector<StoredDetail> details;
  for (const Row& row : TRY(std::move(rows))) details.push_back(TRY(DetailFrom(row)));
  return details;
}

std::vector<Value> DetailRow(std::int64_t id, const SealedEntry& entry,
                             const SealedEntry::Copy& copy) {
  std::vector<Value> row = {SealKindCode(copy.kind), id, std::nullopt, copy.key_version,
                            copy.sealed};
  if (entry.case_id()) row[2] = std::span<const std::byte>(entry.case_id()->bytes());
  return row;
}

}  // namespace

Result<std::int64_t> InsertEntry(store::Transaction& transaction, const SealedEntry& entry) {
  const auto row =
      TRY(store::QueryOne(transaction, "INSERT INTO log_leaf (digest) VALUES ($1) RETURNING id",
                          {std::span<const std::byte>(entry.digest().bytes)}));
  if (!row) return Error{ErrorCode::kInternal, "log_leaf: an insert gave no row"};
  const auto id = TRY(row->Get<std::int64_t>(0));
  for (const auto& copy : entry.copies()) {
    TRY(store::ExecuteLater(transaction, kInsertDetail, DetailRow(id, entry, copy)));
  }
  return id;
}

Result<void> Append(store::Transaction& transaction, const SealedEntry& entry) {
  TRY(InsertEntry(transaction, entry));
  return {};
}

Result<void> AppendAll(store::Transaction& transaction, std::span<const SealedEntry> entries) {
  std::vector<std::vector<Value>> details;
  for (auto rest = entries; !rest.empty();) {
    const std::size_t count = std::min(kLeavesAtOnce, std::bit_floor(rest.size()));
    std::string sql = "INSERT INTO log_leaf (digest) VALUES ";
    std::vector<Value> digests;
    std::map<std::array<std::byte, EntryDigest::kBytes>, const SealedEntry*> by_digest;
    for (std::size_t i = 0; i < count; ++i) {
      sql += (i == 0 ? "($" : ", ($") + std::to_string(i + 1) + ")";
      digests.push_back(std::span<const std::byte>(rest[i].digest().bytes));
      by_digest.emplace(rest[i].digest().bytes, &rest[i]);
    }
    // RETURNING promises no order.
    for (const Row& row : TRY(store::Query(transaction, sql + " RETURNING id, digest", digests))) {
      const auto id = TRY(row.Get<std::int64_t>(0));
      const auto digest = DigestFrom(TRY(row.Get<std::vector<std::byte>>(1)));
      const auto found = digest ? by_digest.find(digest->bytes) : by_digest.end();
      if (found == by_digest.end()) {
        return Error{ErrorCode::kInternal, "log_leaf: an insert gave another row"};
      }
      for (const auto& copy : found->second->copies()) {
        details.push_back(DetailRow(id, *found->second, copy));
      }
    }
    rest = rest.subspan(count);
  }
  TRY(store::ExecuteMany(transaction, kInsertDetail, details));
  return {};
}

Result<std::vector<StoredDetail>> DetailsBefore(store::Transaction& transaction, SealKind seal,
                                                const std::optional<vault::CaseId>& case_id,
                                                std::int64_t before, std::int64_t limit) {
  if (case_id) {
    return DetailsFrom(store::Query(
        transaction,
        JIKIMI_LOG_DETAIL_COLUMNS
        "WHERE d.case_id = $1 AND d.seal = $2 AND "
        "d.entry < $3 ORDER BY d.entry DESC LIMIT $4",
        {std::span<const std::byte>(case_id->bytes()), SealKindCode(seal), before, limit}));
  }
  return DetailsFrom(store::Query(
      transaction,
      JIKIMI_LOG_DETAIL_COLUMNS "WHERE d.seal = $1 AND d.entry < $2 ORDER BY d.entry DESC LIMIT $3",
      {SealKindCode(seal), before, limit}));
}

Result<std::vector<StoredDetail>> DetailsAfter(store::Transaction& transaction, SealKind seal,
                                               std::int64_t after, std::int64_t limit) {
  return DetailsFrom(store::Query(transaction,
                                  JIKIMI_LOG_DETAIL_COLUMNS
                                  "WHERE d.seal = $1 AND d.entry > $2 ORDER BY d.entry LIMIT $3",
                                  {SealKindCode(seal), after, limit}));
}

Result<std::vector<StoredDetail>> FormerDetails(store::Transaction& transaction,
                                                const std::optional<vault::CaseId>& case_id,
                                                std::uint32_t version, std::int64_t limit) {
  if (case_id) {
    return DetailsFrom(
        store::Query(transaction,
                     JIKIMI_LOG_DETAIL_COLUMNS "WHERE d.case_id = $1 AND d.seal = 'case' AND "
                                               "d.key_version < $2 ORDER BY d.entry LIMIT $3",
                     {std::span<const std::byte>(case_id->bytes()), version, limit}));
  }
  return DetailsFrom(store::Query(transaction,
                                  JIKIMI_LOG_DETAIL_COLUMNS
                                  "WHERE d.seal = 'server' AND d.key_version < $1 "
                                  "ORDER BY d.key_version, d.entry LIMIT $2",
                                  {version, limit}));
}

Result<void> ReplaceDetails(store::Transaction& transaction, SealKind seal,
                            std::span<const ResealedDetail> details) {
  std::vector<std::vector<Value>> rows;
  for (const auto& detail : details) {
    rows.push_back({SealKindCode(seal), detail.entry, detail.key_version, detail.sealed});
  }
  TRY(store::ExecuteMany(
      transaction,
      "UPDATE log_detail SET key_version = $3, sealed = $4 WHERE seal = $1 AND entry = $2", rows));
  return {};
}

Result<std::int64_t> DeleteDetails(store::Transaction& transaction, vault::CaseId case_id) {
  const std::span<const std::byte> id = case_id.bytes();
  const auto marked =
      TRY(store::Execute(transaction,
                         "UPDATE log_leaf SET details_gone = 1 WHERE id IN "
                         "(SELECT entry FROM log_detail WHERE case_id = $1 AND seal = 'case')",
                         {id}));
  TRY(store::Execute(transaction, "DELETE FROM log_detail WHERE case_id = $1", {id}));
  return marked;
}

}  // namespace jikimi::log
