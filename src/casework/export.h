#ifndef JIKIMI_CASEWORK_EXPORT_H_
#define JIKIMI_CASEWORK_EXPORT_H_

#include <string>
#include <string_view>
#include <vector>

#include "access/consent.h"
#include "casework/desk.h"
#include "casework/record_ids.h"
#include "casework/upload.h"
#include "store/database.h"

namespace jikimi::casework {

struct Export {
  std::string json;  // one object: what for, on which grounds, and the allowed fields
  access::Allowance allowance;
};

// What may be sent of a case to an agency for a purpose now, byte for byte: a field that no consent
// gives is not there, neither its text nor its name. Write it out only after this transaction has
// committed; the log entry names agency, purpose and fields. Items count when they are confirmed;
// suspects when "case.suspect" is given too. kPermissionDenied when nothing may be sent.
// Permission::kReferralMake or kBundleExport.
Result<Export> ExportFor(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                         std::string_view agency, std::string_view purpose,
                         const access::FieldCodes& wanted);
// The plain bytes of one file that such a bundle lists, under "case.papers" or "case.uploads" by
// its kind. Consent is asked anew in this transaction, so that a file goes out by what she wants at
// that moment, whatever a bundle of before says. Hand nothing out before it has committed; the log
// entry names the file. kPermissionDenied when its field isn't given, kNotFound.
Result<void> ExportFile(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                        vault::FileId file, std::string_view agency, std::string_view purpose,
                        const TakePiece& take);
// The same as ExportFor() on the grounds of an emergency override or a duty to report.
Result<Export> ExportOnOverride(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                                access::ConsentId decided, std::string_view agency,
                                std::string_view purpose, const access::FieldCodes& wanted);
// The same as ExportFile(), likewise: the decision is asked anew in this transaction.
Result<void> ExportFileOnOverride(store::Transaction& transaction, const Desk& desk,
                                  vault::CaseId of, access::ConsentId decided, vault::FileId file,
                                  std::string_view agency, std::string_view purpose,
                                  const TakePiece& take);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_EXPORT_H_
