#ifndef JIKIMI_ACCESS_AGENCIES_H_
#define JIKIMI_ACCESS_AGENCIES_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/actor.h"
#include "access/approvals.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

// The directory of agencies: who a case can be shared with. Rows have dates, because agencies are
// founded, renamed and closed; a consent names an agency's code, which never changes its meaning.
// The first content is data/agencies.toml; a centre adds its partners and edits rows.
namespace jikimi::access {

struct Agency {
  std::string code;  // "kr.police", "kr.prosecution.suwon": lower case, digits, '.', '-'
  std::string kind;  // "police", "prosecution", "regulator", …: a kind of data/agencies.toml
  std::string name;  // in Korean, or the agency's own language
  std::string name_en;
  std::string jurisdiction;  // ISO 3166 code, "KR"
  // The days for which this row is true; empty: without beginning, or without end.
  std::optional<std::chrono::sys_days> from;
  std::optional<std::chrono::sys_days> until;  // the first day on which it isn't
  // Where things are sent: an e-mail address or URL of the agency itself, never of a person. Sealed
  // under nothing: it is public. Changing it takes two supervisors.
  std::string address;
  std::string source;  // where this is known from

  friend bool operator==(const Agency&, const Agency&) = default;
};

// The rows of a file like data/agencies.toml, checked: no two of one code overlap. Errors name the
// row. And those that are shipped.
Result<std::vector<Agency>> ParseAgencies(std::string_view toml, std::string_view where);
Result<std::vector<Agency>> ShippedAgencies();
// Brings shipped rows into the directory that aren't there yet; rows that the centre edited stay as
// they are. At every start; how many were added.
Result<int> AddShippedAgencies(store::Transaction& transaction, Timestamp now);

// The row of an agency that is true on the day of `now`. kNotFound: unknown, or closed.
Result<Agency> FindAgency(store::Transaction& transaction, std::string_view code, Timestamp now);
// All that are true then, of one kind or all, by code.
Result<std::vector<Agency>> ListAgencies(store::Transaction& transaction,
                                         std::optional<std::string_view> kind, Timestamp now);
// Each row of an agency, oldest first.
Result<std::vector<Agency>> AgencyHistory(store::Transaction& transaction, std::string_view code);

// Adds an agency, or what is true of one from a day on: what stood for those days goes. Recipients'
// addresses take two supervisors (`approval` is about this code and this row). Writes the log.
Result<void> PutAgency(store::Transaction& transaction, const CentreKeys& keys, const Actor& who,
                       ApprovalId approval, const Agency& agency, Timestamp now);
// What the approval is asked for: a digest of the row as it will be put.
std::string AgencySubject(const Agency& agency);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_AGENCIES_H_
