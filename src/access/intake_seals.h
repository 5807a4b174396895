#ifndef JIKIMI_ACCESS_INTAKE_SEALS_H_
#define JIKIMI_ACCESS_INTAKE_SEALS_H_

#include <memory>
#include <mutex>

#include "access/case_keys.h"
#include "access/centre_keys.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/keys.h"

// All that a new report is sealed to, so that it can be sealed before its transaction begins.
namespace jikimi::access {

// Checked against their pins.
struct IntakeSeals {
  vault::TeamId team;
  IntakeKeys keys;
  vault::AuditPublicKey audit;
};
Result<IntakeSeals> LoadIntakeSeals(store::Transaction& transaction, const CentreKeys& keys,
                                    vault::TeamId team);

// Whether these are still the keys of their versions in use, and their team is the one that takes
// in what comes through the portal: asked in the transaction that stores what was sealed to them.
// One query.
Result<bool> AreCurrent(store::Transaction& transaction, const IntakeSeals& seals);

// The seals of IntakeTeam(), kept between reports. Thread-safe.
class IntakeSealsCache {
 public:
  // What was loaded last, read when there is nothing. May be out of date: see AreCurrent().
  Result<std::shared_ptr<const IntakeSeals>> Get(store::Database& database, const CentreKeys& keys);
  // These are out of date: the next Get() reads anew.
  void Drop(const std::shared_ptr<const IntakeSeals>& seals);

 private:
  std::mutex mutex_;
  std::shared_ptr<const IntakeSeals> seals_;
};

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_INTAKE_SEALS_H_
