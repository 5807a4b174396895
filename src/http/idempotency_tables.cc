#include "http/idempotency_tables.h"

#include "http/idempotency.h"
#include "store/migration.h"
#include "store/sql.h"

namespace jikimi::http {
namespace {

constexpr store::Migration kMigrations[] = {
    {"idempotency", R"(
      CREATE TABLE http_idempotency (
        scope BYTEA NOT NULL PRIMARY KEY,
        body_digest BYTEA NOT NULL,
        sealed BYTEA NOT NULL,
        expires_at TIMESTAMPTZ NOT NULL
      );
      CREATE INDEX http_idempotency_expiry ON http_idempotency (expires_at);
    )"},
};

}  // namespace

store::Schema HttpSchema() { return {"http", kMigrations}; }

Result<std::optional<StoredAnswer>> FindAnswer(store::Transaction& transaction,
                                               std::span<const std::byte> scope, Timestamp now) {
  const auto row = TRY(store::QueryOne(
      transaction, "SELECT body_digest, sealed, expires_at FROM http_idempotency WHERE scope = $1",
      {scope}));
  if (!row) return std::optional<StoredAnswer>();
  if (TRY(row->Get<Timestamp>(2)) <= now) {
    TRY(store::Execute(transaction, "DELETE FROM http_idempotency WHERE scope = $1", {scope}));
    return std::optional<StoredAnswer>();
  }
  auto body_digest = TRY(row->Get<std::vector<std::byte>>(0));
  auto sealed = TRY(row->Get<std::vector<std::byte>>(1));
  return std::optional<StoredAnswer>(StoredAnswer{std::move(body_digest), std::move(sealed)});
}

Result<void> InsertAnswer(store::Transaction& transaction, std::span<const std::byte> scope,
                          const StoredAnswer& answer, Timestamp expires_at) {
  return store::ExecuteLater(
      transaction,
      "INSERT INTO http_idempotency (scope, body_digest, sealed, expires_at) "
      "VALUES ($1, $2, $3, $4)",
      {scope, answer.body_digest, answer.sealed, expires_at});
}

Result<std::int64_t> DeleteAnswersBefore(store::Transaction& transaction, Timestamp now) {
  return store::Execute(transaction, "DELETE FROM http_idempotency WHERE expires_at <= $1", {now});
}

}  // namespace jikimi::http
