#include "casework/retention_table.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace jikimi::casework {

Result<RetentionTable> RetentionTable::Parse(std::span<const DataRow> rows) {
  RetentionTable table;
  for (const DataRow& row : rows) {
    if (row.section() != "rule") return row.Wrong("is no section of this file");
    if (!table.rules_.empty() && table.rules_.back().applies == "always") {
      return row.Wrong("stands behind the rule that always applies");
    }
    Rule rule;
    rule.label = TRY(ReadLabel(row));
    rule.applies = TRY(row.Text("applies"));
    if (rule.applies != "minor_material" && rule.applies != "investigation" &&
        rule.applies != "always") {
      return row.Wrong("'applies' is none of minor_material, investigation, always");
    }
    if (row.Has("years")) rule.years = static_cast<int>(TRY(row.Number("years", 0, 1000)));
    rule.keeps_against_demand = TRY(row.Flag("keeps_against_demand"));
    rule.source = TRY(row.Text("source"));
    TRY(row.CheckAllRead());
    table.rules_.push_back(std::move(rule));
  }
  if (table.rules_.empty() || table.rules_.back().applies != "always") {
    return Error{ErrorCode::kInvalidArgument, "the last [[rule]] must apply always"};
  }
  return table;
}

const RetentionTable::Rule& RetentionTable::RuleFor(const Facts& facts) const {
  for (const Rule& rule : rules_) {
    if ((rule.applies == "minor_material" && facts.minor_material) ||
        (rule.applies == "investigation" && facts.investigation) || rule.applies == "always") {
      return rule;
    }
  }
  CHECK(false);
}

int RetentionTable::ShortestYears() const {
  int shortest = std::numeric_limits<int>::max();
  for (const Rule& rule : rules_) shortest = std::min(shortest, rule.years.value_or(shortest));
  return shortest;
}

std::optional<CivilDay> RetentionTable::EndsOn(const Facts& facts, CivilDay closed) const {
  const Rule& rule = RuleFor(facts);
  if (!rule.years) return std::nullopt;
  return YearsAfter(closed, *rule.years);
}

}  // namespace jikimi::casework
