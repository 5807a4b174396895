#ifndef JIKIMI_CASEWORK_CHECKLIST_H_
#define JIKIMI_CASEWORK_CHECKLIST_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casework/desk.h"
#include "casework/record_ids.h"
#include "store/database.h"

// The prosecution service's directives as a list on each case: data/prosecution_checklist.toml.
namespace jikimi::casework {

struct ChecklistEntry {
  std::string code;
  bool done = false;
  std::optional<Timestamp> changed_at;
  std::optional<CivilDay> date;  // where the entry has one
  std::string by;                // role and number
};

// Every entry of the list, done or not, in the list's order. Permission::kCaseOpen; a logged act.
Result<std::vector<ChecklistEntry>> ReadChecklist(store::Transaction& transaction, const Desk& desk,
                                                  vault::CaseId of);
// kInvalidArgument: an unknown entry, a date where none belongs, or none where one does. An entry
// with a date that isn't done yet is a follow-up in the lists until it is. Permission::kCaseEdit.
Result<void> SetChecklist(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                          std::string_view code, bool done, const std::optional<CivilDay>& date);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_CHECKLIST_H_
