#ifndef JIKIMI_CASEWORK_TRIAGE_FORM_H_
#define JIKIMI_CASEWORK_TRIAGE_FORM_H_

#include <string>
#include <string_view>

#include "base/result.h"
#include "casework/triage.h"

// The answers of a triage as they are sealed: a JSON object of "yes", "no", "unknown".
namespace jikimi::casework {

std::string TriageJson(const TriageAnswers& answers);
Result<TriageAnswers> ParseTriageJson(std::string_view json);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_TRIAGE_FORM_H_
