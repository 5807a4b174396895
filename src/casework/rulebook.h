#ifndef JIKIMI_CASEWORK_RULEBOOK_H_
#define JIKIMI_CASEWORK_RULEBOOK_H_

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "casework/code_list.h"
#include "casework/field_table.h"
#include "casework/harm_table.h"
#include "casework/retention_table.h"
#include "casework/rights_table.h"
#include "casework/triage.h"

namespace jikimi::casework {

// All that is data and not code in case work, read and checked once at the start. Unchanging and
// thread-safe.
struct Rulebook {
  HarmTable harms;
  CodeList services;
  CodeList queues;
  CodeList places;
  std::set<std::string> second_person_places;  // what touches them needs a second person
  RightsTable rights;
  RetentionTable retention;
  TriageTable triage;
  CodeList checklist;  // of prosecution
  std::set<std::string> checklist_with_date;
  FieldTable fields;
  CodeList neutral_texts;
  std::string jurisdiction = "KR";

  // The tables that came with the program, with those of `replaced` (by file name: "harms.toml")
  // in the place of theirs. kInvalidArgument says which file, line and key is wrong, or that a
  // file name is none of ours.
  static Result<Rulebook> Load(const std::map<std::string, std::string>& replaced = {});
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_RULEBOOK_H_
