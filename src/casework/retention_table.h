#ifndef JIKIMI_CASEWORK_RETENTION_TABLE_H_
#define JIKIMI_CASEWORK_RETENTION_TABLE_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "casework/code_list.h"

namespace jikimi::casework {

// How long a closed case is kept, and by which rule: data/retention.toml.
class RetentionTable {
 public:
  struct Rule {
    Label label;
    std::string applies;
    std::optional<int> years;  // none: permanently
    bool keeps_against_demand = false;
    std::string source;
  };
  struct Facts {
    bool minor_material = false;
    bool investigation = false;  // was referred to investigators
  };

  // kInvalidArgument also when no row applies always, or a row stands behind that one.
  static Result<RetentionTable> Parse(std::span<const DataRow> rows);

  const Rule& RuleFor(const Facts& facts) const;
  // No case's time is over sooner after it was closed.
  int ShortestYears() const;
  // The first day on which a case that was closed on `closed` may be destroyed; none: never.
  std::optional<CivilDay> EndsOn(const Facts& facts, CivilDay closed) const;

 private:
  std::vector<Rule> rules_;
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_RETENTION_TABLE_H_
