#include "casework/triage_form.h"

#include "casework/sheet.h"

namespace jikimi::casework {

std::string TriageJson(const TriageAnswers& answers) {
  Sheet sheet;
  for (const auto& [code, answer] : answers) sheet.Set(code, std::string(AnswerName(answer)));
  return sheet.ToJson();
}

Result<TriageAnswers> ParseTriageJson(std::string_view json) {
  const Sheet sheet = TRY(Sheet::FromJson(json));
  TriageAnswers answers;
  for (const auto& [code, text] : sheet.fields()) answers[code] = TRY(ParseAnswer(text));
  return answers;
}

}  // namespace jikimi::casework
