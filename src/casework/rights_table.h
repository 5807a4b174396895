#ifndef JIKIMI_CASEWORK_RIGHTS_TABLE_H_
#define JIKIMI_CASEWORK_RIGHTS_TABLE_H_

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "casework/code_list.h"

namespace jikimi::casework {

enum class PartyRole { kSurvivor, kGuardian, kProxy, kFamily, kFriend, kWitness, kSuspect };
std::string_view PartyRoleName(PartyRole role);
Result<PartyRole> ParsePartyRole(std::string_view name);

enum class Right { kReport, kConsent, kWithdraw, kSee, kBeTold };
std::string_view RightName(Right right);

// What is known of somebody who wants to exercise a right.
struct Claimant {
  PartyRole role = PartyRole::kSurvivor;
  bool suspected = false;        // of the deed: then no right, whatever the role
  std::set<std::string> papers;  // codes of the papers that a counsellor has checked
};

// Who is a minor, and who may do what for a survivor of which age on which day: dated rows of
// data/rights_by_age.toml and papers.toml.
class RightsTable {
 public:
  static Result<RightsTable> Parse(std::span<const DataRow> rights,
                                   std::span<const DataRow> papers);

  // By the rule of that day; no row for the day or jurisdiction is kNotFound.
  Result<bool> IsMinor(const std::string& jurisdiction, CivilDay birth, CivilDay day) const;

  // Whether `claimant` may, for a survivor born on `birth`. Without a date of birth only what holds
  // at every age is allowed. kPermissionDenied says why not: role, age, or which paper is missing.
  Result<void> Check(const std::string& jurisdiction, Right right, const Claimant& claimant,
                     const std::optional<CivilDay>& birth, CivilDay day) const;

  const CodeList& papers() const { return papers_; }

 private:
  struct MinorRow {
    std::string jurisdiction;
    int age = 0;
    bool whole_year = false;  // until the end of the year before
    DayRange days;
  };
  struct RightRow {
    Right right = Right::kReport;
    std::string jurisdiction;
    int age_from = 0;
    int age_to = 0;  // exclusive
    std::set<PartyRole> by;
    DayRange days;
  };
  struct Required {
    PartyRole role = PartyRole::kProxy;
    std::vector<std::string> papers;
  };

  std::vector<MinorRow> minors_;
  std::vector<RightRow> rights_;
  std::vector<Required> required_;
  CodeList papers_;
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_RIGHTS_TABLE_H_
