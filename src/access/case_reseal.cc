// Bringing a case's fields under its current keys after a rotation.

#include <algorithm>
#include <utility>

#include "access/act_log.h"
#include "access/case_key_tables.h"
#include "access/case_keys.h"
#include "access/consent_tables.h"
#include "access/stored_keyring.h"
#include "access/survivor_tables.h"
#include "log/entries.h"

namespace jikimi::access {
namespace {

// What one transaction did; `dropped`: no field was left, and the former keys are forgotten.
struct Step {
  std::int64_t fields = 0;
  std::optional<vault::CaseKeyring> dropped;
};

Result<Step> ResealStep(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                        const OpenedCase& opened, std::span<const CaseField> fields, int batch,
                        Timestamp now) {
  auto keyring = TRY(LoadKeyring(transaction, keys, opened.id())).keyring;
  if (keyring.public_key() != opened.public_key()) {
    return Error{ErrorCode::kUnavailable, "case: was rotated again meanwhile; open it again"};
  }
  Step step;
  if (!keyring.has_former()) {  // somebody else was faster
    step.dropped = std::move(keyring);
    return step;
  }
  const auto left = [&] { return static_cast<int>(batch - step.fields); };
  for (const auto& field : fields) {
    if (left() <= 0) return step;
    auto done = field.reseal(transaction, opened, left());
    if (!done) return Prefixed(field.name, std::move(done).error());
    step.fields += *done;
  }
  for (const auto reseal : {ResealReasons, ResealQuestion}) {
    if (left() <= 0) return step;
    step.fields += TRY(reseal(transaction, opened, left()));
  }
  if (left() <= 0) return step;
  step.fields += TRY(log::ResealDetails(transaction, opened.keyring(), opened.pair(), left()));
  if (step.fields > 0) return step;
  const auto former = keyring.revision();
  keyring.DropFormer();
  TRY(SaveKeyring(transaction, keys, keyring, former, now));
  TRY(LogCaseAct(transaction, keys, who, "case.resealed", keyring.public_key(), {}, now));
  step.dropped = std::move(keyring);
  return step;
}

}  // namespace

Result<ResealReport> ResealCase(store::Database& database, const CentreKeys& keys, const Actor& who,
                                OpenedCase& opened, std::span<const CaseField> fields,
                                Timestamp now, std::int64_t most, int batch) {
  CHECK(batch > 0);
  ResealReport report;
  while (opened.reseal_due() && report.fields < most) {
    const int size = static_cast<int>(std::min<std::int64_t>(batch, most - report.fields));
    auto step = TRY(database.Write([&](store::Transaction& transaction) {
      return ResealStep(transaction, keys, who, opened, fields, size, now);
    }));
    report.fields += step.fields;
    if (step.dropped) OpenedCaseDoor::SetKeyring(opened, std::move(*step.dropped));
  }
  report.finished = !opened.reseal_due();
  return report;
}

Result<void> ResealUnlessChanged(store::Database& database, const CentreKeys& keys,
                                 const Actor& who, OpenedCase& opened,
                                 std::span<const CaseField> fields, Timestamp now) {
  auto resealed = ResealCase(database, keys, who, opened, fields, now);
  if (resealed) return {};
  const bool changed = TRY(database.Read([&](store::Transaction& transaction) -> Result<bool> {
    const auto row = TRY(FindCaseKeyRow(transaction, opened.id()));
    return !row || row->public_key != opened.public_key().ToBytes();
  }));
  if (changed) return {};
  return std::move(resealed).error();
}

Result<ResealReport> RotateAndReseal(store::Database& database, const CentreKeys& keys,
                                     const Actor& who, OpenedCase& opened,
                                     std::span<const CaseField> fields, Timestamp now,
                                     std::int64_t most) {
  if (opened.rotation_due() && who.staff() != nullptr) {
    auto rotated = database.Write([&](store::Transaction& transaction) -> Result<OpenedCase> {
      auto fresh = TRY(OpenCase(transaction, keys, who, opened.id()));
      if (fresh.rotation_due()) TRY(RotateCase(transaction, keys, who, fresh, now));
      return fresh;
    });
    if (!rotated && rotated.error().code != ErrorCode::kPermissionDenied) {
      return std::move(rotated).error();
    }
    if (rotated) opened = std::move(*rotated);
  }
  return ResealCase(database, keys, who, opened, fields, now, most);
}

}  // namespace jikimi::access
