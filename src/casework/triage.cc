#include "casework/triage.h"

#include <algorithm>

#include "casework/enum_names.h"

namespace jikimi::casework {
namespace {

constexpr internal::EnumNames<Answer, 3> kAnswers{"answer", {"no", "yes", "unknown"}};

}  // namespace

std::string_view AnswerName(Answer answer) { return kAnswers.Name(answer); }
Result<Answer> ParseAnswer(std::string_view name) { return kAnswers.Parse(name); }

Result<TriageTable> TriageTable::Parse(std::span<const DataRow> rows) {
  TriageTable table;
  std::vector<Label> labels;
  for (const DataRow& row : rows) {
    if (row.section() != "urgency") continue;
    const std::int64_t level = TRY(row.Number("level", 0, 9));
    if (level != static_cast<std::int64_t>(table.due_.size())) {
      return row.Wrong("levels go 0, 1, 2, …");
    }
    TRY(row.Text("ko"));
    TRY(row.Text("en"));
    table.due_.emplace_back(TRY(row.Number("due_hours", 0, 24 * 365)));
    TRY(row.CheckAllRead());
  }
  if (table.due_.empty()) return Error{ErrorCode::kInvalidArgument, "no [[urgency]] at all"};
  for (const DataRow& row : rows) {
    if (row.section() == "urgency") continue;
    if (row.section() != "question") return row.Wrong("is no section of this file");
    labels.push_back(TRY(ReadLabel(row)));
    Question question;
    question.yes = static_cast<int>(TRY(row.Number("yes", 0, table.least_urgent())));
    question.unknown = static_cast<int>(TRY(row.Number("unknown", 0, table.least_urgent())));
    question.advice = TRY(row.Text("advice"));
    TRY(row.CheckAllRead());
    table.meanings_[labels.back().code] = std::move(question);
  }
  table.questions_ = TRY(CodeList::Create("question", std::move(labels)));
  return table;
}

Result<TriageTable::Assessment> TriageTable::Assess(const TriageAnswers& answers) const {
  for (const auto& [code, answer] : answers) TRY(questions_.Check(code));
  Assessment assessment;
  assessment.urgency = least_urgent();
  for (const Label& question : questions_.labels()) {
    const Question& meaning = meanings_.at(question.code);
    const auto given = answers.find(question.code);
    const Answer answer = given == answers.end() ? Answer::kUnknown : given->second;
    if (answer == Answer::kNo) continue;
    assessment.urgency =
        std::min(assessment.urgency, answer == Answer::kYes ? meaning.yes : meaning.unknown);
    if (answer == Answer::kYes) assessment.advice.push_back(meaning.advice);
  }
  assessment.due_in = due_[static_cast<std::size_t>(assessment.urgency)];
  return assessment;
}

}  // namespace jikimi::casework
