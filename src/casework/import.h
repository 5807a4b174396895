#ifndef JIKIMI_CASEWORK_IMPORT_H_
#define JIKIMI_CASEWORK_IMPORT_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "access/intake_seals.h"
#include "casework/desk.h"
#include "casework/report.h"
#include "store/database.h"

// Old cases from another system (import_columns.h reads them), taken in by the system: each is a
// report, sealed to the intake team and the escrow as one from the portal is, confirmed by nobody
// yet. An open one waits in the queue "intake", a closed one is closed on its day. The number that
// it had is remembered, so that it is imported once.
namespace jikimi::casework {

struct OldCase {
  std::string reference;  // its number in the other system, as vault::NormalReference() gives it
  NewReport report;       // with `past`, and good by CheckReport()

  static constexpr std::size_t kMaxReferenceBytes = 200;
};

// Of each, in order, whether a case with this reference is here, or was and was destroyed: then it
// isn't taken in again. Of a destroyed case nothing else is remembered.
enum class Imported { kNot, kHere, kDestroyed };
Result<std::vector<Imported>> AreImported(store::Transaction& transaction, const Desk& desk,
                                          std::span<const std::string> references);

// What needs no transaction: keys drawn, texts sealed. Cases stay where they are until this goes.
struct PreparedCases {
  std::vector<OldCase> cases;
  std::vector<PreparedReport> reports;  // of each
};
Result<PreparedCases> PrepareCases(const Desk& desk, std::vector<OldCase> cases,
                                   const access::IntakeSeals& seals);
// Stores those that aren't here, and were not; how many. No reference stands twice among them. May
// be called again when its transaction was rolled back; kAlreadyExists when another import was
// faster (call it again: it leaves that one out). The seals must be current, as for StoreReport().
Result<std::int64_t> StoreCases(store::Transaction& transaction, const Desk& desk,
                                const PreparedCases& prepared);

// Of cases that came in before destroyed ones were remembered: makes what is needed for that.
// After an upgrade; once more is nothing new.
Result<void> CompleteImported(store::Database& database, const access::CentreKeys& keys);

// What the import cannot do, since only the intake team has the key of its index: puts the names
// and numbers of up to `limit` imported cases of the actor's team into it, so that search finds
// them; how many are left. Each is opened, and logged. Permission::kReportTriage.
Result<std::int64_t> IndexImported(store::Transaction& transaction, const Desk& desk, int limit);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_IMPORT_H_
