#include "access/centre_key_tables.h"

#include "store/sql.h"

namespace jikimi::access {

Result<std::vector<KeySample>> KeySamples(store::Transaction& transaction, std::string_view kind) {
  std::vector<KeySample> samples;
  for (const auto& row : TRY(store::Query(transaction,
                                          "SELECT version, made_at, sample FROM access_key_sample "
                                          "WHERE kind = $1 ORDER BY version",
                                          {kind}))) {
    samples.push_back({static_cast<std::uint32_t>(TRY(row.Get<std::int64_t>(0))),
                       TRY(row.Get<Timestamp>(1)), TRY(row.Get<std::vector<std::byte>>(2))});
  }
  return samples;
}

Result<void> AddKeySample(store::Transaction& transaction, std::string_view kind,
                          const KeySample& sample) {
  TRY(store::Execute(transaction,
                     "INSERT INTO access_key_sample (kind, version, made_at, sample) "
                     "VALUES ($1, $2, $3, $4) ON CONFLICT (kind, version) DO NOTHING",
                     {kind, std::int64_t{sample.version}, sample.made_at, sample.sealed}));
  return {};
}

Result<void> DeleteKeySample(store::Transaction& transaction, std::string_view kind,
                             std::uint32_t version) {
  TRY(store::Execute(transaction, "DELETE FROM access_key_sample WHERE kind = $1 AND version = $2",
                     {kind, std::int64_t{version}}));
  return {};
}

}  // namespace jikimi::access
