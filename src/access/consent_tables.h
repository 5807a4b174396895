#ifndef JIKIMI_ACCESS_CONSENT_TABLES_H_
#define JIKIMI_ACCESS_CONSENT_TABLES_H_

#include <optional>
#include <string_view>
#include <vector>

#include "access/consent.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

// Rows of consents, a row a version, and of overrides.
namespace jikimi::access {

Result<void> InsertConsent(store::Transaction& transaction, const Consent& consent);
// The last version.
Result<std::optional<Consent>> FindConsent(store::Transaction& transaction, ConsentId id);
// Ends the last version, unless it has ended; whether it hadn't.
Result<bool> EndConsentVersion(store::Transaction& transaction, ConsentId id, int version,
                               Timestamp at);
// The same for a restored backup, whatever the version; an unknown id is nothing to end.
Result<void> EndConsentRow(store::Transaction& transaction, ConsentId id, Timestamp at);
// Those that are given at `now`.
Result<std::vector<Consent>> LiveConsents(store::Transaction& transaction, vault::CaseId of,
                                          std::string_view agency, std::string_view purpose,
                                          Timestamp now);
// Those not ended by word.
Result<std::vector<Consent>> OpenConsents(store::Transaction& transaction, vault::CaseId of);

Result<void> InsertOverride(store::Transaction& transaction, const Override& decided);
Result<std::optional<Override>> FindOverride(store::Transaction& transaction, ConsentId id);

// Where an override's reason is sealed; and its re-sealing after a rotation (CaseField::reseal).
vault::Context ReasonContext(vault::CaseId of, ConsentId id);
Result<std::int64_t> ResealReasons(store::Transaction& transaction, const OpenedCase& opened,
                                   int limit);

// Consents and overrides of a case that is destroyed.
Result<void> DeleteConsentsOf(store::Transaction& transaction, vault::CaseId of);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_CONSENT_TABLES_H_
