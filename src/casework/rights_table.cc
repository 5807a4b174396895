#include "casework/rights_table.h"

#include <limits>

#include "casework/enum_names.h"

namespace jikimi::casework {
namespace {

constexpr internal::EnumNames<PartyRole, 7> kRoles{
    "role", {"survivor", "guardian", "proxy", "family", "friend", "witness", "suspect"}};
constexpr internal::EnumNames<Right, 5> kRights{
    "right", {"report", "consent", "withdraw", "see", "be_told"}};

Error Refused(std::string what) { return {ErrorCode::kPermissionDenied, std::move(what)}; }

}  // namespace

std::string_view PartyRoleName(PartyRole role) { return kRoles.Name(role); }
Result<PartyRole> ParsePartyRole(std::string_view name) { return kRoles.Parse(name); }
std::string_view RightName(Right right) { return kRights.Name(right); }

Result<RightsTable> RightsTable::Parse(std::span<const DataRow> rights,
                                       std::span<const DataRow> papers) {
  RightsTable table;
  std::vector<Label> labels;
  for (const DataRow& row : papers) {
    if (row.section() != "paper") continue;
    labels.push_back(TRY(ReadLabel(row)));
    TRY(row.CheckAllRead());
  }
  table.papers_ = TRY(CodeList::Create("paper", std::move(labels)));
  for (const DataRow& row : papers) {
    if (row.section() == "paper") continue;
    if (row.section() == "required") {
      auto role = ParsePartyRole(TRY(row.Text("role")));
      if (!role) return row.Wrong(role.error().message);
      Required required{*role, TRY(row.Texts("papers"))};
      if (auto known = table.papers_.CheckAll(required.papers); !known) {
        return row.Wrong(known.error().message);
      }
      table.required_.push_back(std::move(required));
    } else {
      return row.Wrong("is no section of this file");
    }
    TRY(row.CheckAllRead());
  }
  for (const DataRow& row : rights) {
    const std::string checked = TRY(row.Text("checked"));
    if (checked != "facts" && checked != "review") {
      return row.Wrong("'checked' is neither facts nor review");
    }
    TRY(row.Text("source"));
    if (row.section() == "minor") {
      MinorRow minor;
      minor.jurisdiction = TRY(row.Text("jurisdiction"));
      minor.age = static_cast<int>(TRY(row.Number("age", 1, 30)));
      const std::string counts = TRY(row.Text("counts"));
      if (counts != "birthday" && counts != "year") {
        return row.Wrong("'counts' is neither birthday nor year");
      }
      minor.whole_year = counts == "year";
      minor.days = TRY(row.Days());
      table.minors_.push_back(std::move(minor));
    } else if (row.section() == "right") {
      RightRow right;
      auto which = kRights.Parse(TRY(row.Text("right")));
      if (!which) return row.Wrong(which.error().message);
      right.right = *which;
      right.jurisdiction = TRY(row.Text("jurisdiction"));
      right.age_from = static_cast<int>(TRY(row.Number("age_from", 0, 150)));
      right.age_to = row.Has("age_to")
                         ? static_cast<int>(TRY(row.Number("age_to", right.age_from + 1, 150)))
                         : std::numeric_limits<int>::max();
      for (const std::string& name : TRY(row.Texts("by"))) {
        auto role = ParsePartyRole(name);
        if (!role) return row.Wrong(role.error().message);
        right.by.insert(*role);
      }
      right.days = TRY(row.Days());
      table.rights_.push_back(std::move(right));
    } else {
      return row.Wrong("is no section of this file");
    }
    TRY(row.CheckAllRead());
  }
  return table;
}

Result<bool> RightsTable::IsMinor(const std::string& jurisdiction, CivilDay birth,
                                  CivilDay day) const {
  for (const MinorRow& row : minors_) {
    if (row.jurisdiction != jurisdiction || !row.days.Contains(day)) continue;
    if (!row.whole_year) return AgeOn(birth, day) < row.age;
    const std::chrono::year_month_day born(birth);
    const std::chrono::year_month_day now(day);
    return static_cast<int>(now.year()) - static_cast<int>(born.year()) < row.age;
  }
  return Error{ErrorCode::kNotFound,
               "no rule says who is a minor in " + jurisdiction + " on " + DayText(day)};
}

Result<void> RightsTable::Check(const std::string& jurisdiction, Right right,
                                const Claimant& claimant, const std::optional<CivilDay>& birth,
                                CivilDay day) const {
  const std::string who = std::string(PartyRoleName(claimant.role));
  const std::string what = std::string(RightName(right));
  if (claimant.suspected || claimant.role == PartyRole::kSuspect) {
    return Refused("who is suspected has no right to " + what);
  }
  // Without a date of birth a row counts only together with rows for all other ages.
  bool allowed = birth.has_value() ? false : true;
  bool any = false;
  for (const RightRow& row : rights_) {
    if (row.right != right || row.jurisdiction != jurisdiction || !row.days.Contains(day)) continue;
    any = true;
    const bool role_fits = row.by.contains(claimant.role);
    if (!birth) {
      allowed = allowed && role_fits;
      continue;
    }
    const int age = AgeOn(*birth, day);
    if (age >= row.age_from && age < row.age_to) allowed = allowed || role_fits;
  }
  if (!any || !allowed) {
    return Refused(birth ? "a " + who + " has no right to " + what + " at her age"
                         : "whether a " + who + " has the right to " + what +
                               " depends on her age, which isn't known");
  }
  for (const Required& required : required_) {
    if (required.role != claimant.role) continue;
    for (const std::string& paper : required.papers) {
      if (!claimant.papers.contains(paper)) {
        return Refused("a " + who + " needs the paper '" + paper + "' to have been checked");
      }
    }
  }
  return {};
}

}  // namespace jikimi::casework
