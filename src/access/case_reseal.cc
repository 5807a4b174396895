// Bringing a case's fields under its current keys after a rotation.

#include <algorithm>
#include <utility>

#include "access/case_keys.h"
#include "access/consent_tables.h"
#include "access/stored_keyring.h"
#include "log/entries.h"

namespace jikimi::access {
namespace {

// What one transaction did; `dropped`: no field was left, and the former keys are forgotten.
struct Step {
  std::int64_t fields = 0;
  std::optional<vault::CaseKeyring> dropped;
};

Result<Step> ResealStep(store::Transaction& transaction, const CentreKeys& keys,
                        const OpenedCase& opened, std::span<const CaseField> fields, int batch,
                        Timestamp now) {
  auto keyring = TRY(LoadKeyring(transaction, keys, opened.id())).keyring;
  if (keyring.public_key() != opened.public_key()) {
    return Error{ErrorCode::kUnavailable, "case: was rotated again meanwhile; open it again"};
  }
  Step step;
  const auto left = [&] { return static_cast<int>(batch - step.fields); };
  for (const auto& field : fields) {
    if (left() <= 0) return step;
    auto done = field.reseal(transaction, opened, left());
    if (!done) return Prefixed(field.name, std::move(done).error());
    step.fields += *done;
  }
  if (left() <= 0) return step;
  step.fields += TRY(ResealReasons(transaction, opened, left()));
  if (left() <= 0) return step;
  step.fields += TRY(log::ResealDetails(transaction, opened.keyring(), opened.pair(), left()));
  if (step.fields > 0) return step;
  const auto former = keyring.revision();
  keyring.DropFormer();
  TRY(SaveKeyring(transaction, keys, keyring, former, now));
  step.dropped = std::move(keyring);
  return step;
}

}  // namespace

Result<ResealReport> ResealCase(store::Database& database, const CentreKeys& keys,
                                OpenedCase& opened, std::span<const CaseField> fields,
                                Timestamp now, std::int64_t most, int batch) {
  CHECK(batch > 0);
  ResealReport report;
  while (opened.reseal_due() && report.fields < most) {
    const int size = static_cast<int>(std::min<std::int64_t>(batch, most - report.fields));
    auto step = TRY(database.Write([&](store::Transaction& transaction) {
      return ResealStep(transaction, keys, opened, fields, size, now);
    }));
    report.fields += step.fields;
    if (step.dropped) OpenedCaseDoor::SetKeyring(opened, std::move(*step.dropped));
  }
  report.finished = !opened.reseal_due();
  return report;
}

}  // namespace jikimi::access
