#ifndef JIKIMI_ACCESS_REPRESENTATIVES_H_
#define JIKIMI_ACCESS_REPRESENTATIVES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "access/actor.h"
#include "access/case_keys.h"
#include "access/centre_keys.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/survivor_code.h"

// Codes of guardians and proxies, beside the survivor's own: made, kept and tried like hers
// (survivors.h), each of one person of the case. Which rights a code gives, casework finds at each
// act; here it begins and ends.
namespace jikimi::access {

struct RepresentativeCode {
  vault::SurvivorId id;
  Representative who;
  Timestamp issued_at;
};

// Makes one, to be shown once, without words yet. From `ends_at` on it is like an unknown one; when
// that is, is kept under the server keys. `opened` was opened in this transaction. Permission::
// kPartyCode. A party that has one already: kAlreadyExists. Event "representative.code_issued".
Result<vault::SurvivorCode> IssueRepresentativeCode(store::Transaction& transaction,
                                                    const CentreKeys& keys, const Actor& who,
                                                    OpenedCase& opened, const Representative& of,
                                                    const std::optional<Timestamp>& ends_at,
                                                    Timestamp now);
// Ends it: code, words and sessions die, the case is rotated (and then to be re-sealed:
// ResealCase()). False when the party has none. Permission::kPartyCode. Event
// "representative.code_ended".
Result<bool> EndRepresentativeCode(store::Transaction& transaction, const CentreKeys& keys,
                                   const Actor& who, OpenedCase& opened,
                                   const std::array<std::byte, 16>& party, Timestamp now);
Result<std::vector<RepresentativeCode>> RepresentativeCodesOf(store::Transaction& transaction,
                                                              vault::CaseId of_case);

// Ends all of a case without opening it: its keyring forgets them, and who opens it next rotates.
// When its persons go to another case.
Result<void> ForgetRepresentativesOf(store::Transaction& transaction, const CentreKeys& keys,
                                     const Actor& who, vault::CaseId of_case, Timestamp now);
// Ends those whose time is over, in transactions of one each; how many. For housekeeping. The
// journal is to be flushed after it (destructions.h).
Result<std::int64_t> EndRepresentativesDue(store::Database& database, const CentreKeys& keys,
                                           Timestamp now);
// Rows and sessions of a case's: part of destroying it.
Result<void> EraseRepresentatives(store::Transaction& transaction, vault::CaseId of_case);
// One that was ended, found again in a restored backup. Another id: nothing happens.
Result<void> ForgetRestoredRepresentative(store::Transaction& transaction, const CentreKeys& keys,
                                          vault::SurvivorId id, vault::CaseId of_case,
                                          Timestamp now);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_REPRESENTATIVES_H_
