#include "access/intake_seals.h"

#include <utility>

#include "access/escrow.h"
#include "access/team_keys.h"

namespace jikimi::access {

Result<IntakeSeals> LoadIntakeSeals(store::Transaction& transaction, const CentreKeys& keys,
                                    vault::TeamId team) {
  auto intake = TRY(LoadIntakeKeys(transaction, keys, team));
  auto audit = TRY(FindAuditKey(transaction, keys));
  return IntakeSeals{team, std::move(intake), std::move(audit)};
}

Result<std::shared_ptr<const IntakeSeals>> IntakeSealsCache::Get(store::Database& database,
                                                                 const CentreKeys& keys) {
  {
    const std::lock_guard lock(mutex_);
    if (seals_) return seals_;
  }
  const auto load = [&](store::Transaction& transaction) -> Result<IntakeSeals> {
    const auto team = TRY(IntakeTeam(transaction));
    return LoadIntakeSeals(transaction, keys, team);
  };
  auto loaded = TRY(database.Read(load));
  auto seals = std::make_shared<const IntakeSeals>(std::move(loaded));
  const std::lock_guard lock(mutex_);
  seals_ = seals;
  return seals;
}

void IntakeSealsCache::Drop(const std::shared_ptr<const IntakeSeals>& seals) {
  const std::lock_guard lock(mutex_);
  if (seals_ == seals) seals_.reset();
}

}  // namespace jikimi::access
