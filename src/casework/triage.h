#ifndef JIKIMI_CASEWORK_TRIAGE_H_
#define JIKIMI_CASEWORK_TRIAGE_H_

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "casework/code_list.h"

namespace jikimi::casework {

enum class Answer { kNo, kYes, kUnknown };
std::string_view AnswerName(Answer answer);
Result<Answer> ParseAnswer(std::string_view name);

using TriageAnswers = std::map<std::string, Answer>;  // by the question's code

// Safety triage: data/triage.toml.
class TriageTable {
 public:
  struct Assessment {
    int urgency = 0;                  // 0 is the most urgent
    std::chrono::hours due_in{0};     // until when somebody should have acted
    std::vector<std::string> advice;  // for each question whose answer asks for it
  };

  static Result<TriageTable> Parse(std::span<const DataRow> rows);

  // A question that wasn't answered counts as unknown; an unknown question is kInvalidArgument.
  Result<Assessment> Assess(const TriageAnswers& answers) const;

  const CodeList& questions() const { return questions_; }
  int least_urgent() const { return static_cast<int>(due_.size()) - 1; }

 private:
  struct Question {
    int yes = 0;
    int unknown = 0;
    std::string advice;
  };
  CodeList questions_;
  std::map<std::string, Question> meanings_;
  std::vector<std::chrono::hours> due_;  // by urgency
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_TRIAGE_H_
