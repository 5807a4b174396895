#ifndef JIKIMI_CASEWORK_HARM_TABLE_H_
#define JIKIMI_CASEWORK_HARM_TABLE_H_

#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "casework/code_list.h"

namespace jikimi::casework {

// Kinds of harm (a case has as many as apply), the four classes that they belong to, and the penal
// articles that may apply: data/harms.toml.
class HarmTable {
 public:
  struct Article {
    std::string code;
    std::string statute;
    std::string article;
    std::string en;
    std::vector<std::string> harms;
    bool adults = true;
    bool minors = true;
    DayRange days;
    bool checked = false;  // by the project's researched facts; a lawyer should look at the others
    std::string source;
  };
  struct Nearest {  // in GBVIMS, and what gets lost
    std::string harm, type, loss;
  };

  static Result<HarmTable> Parse(std::span<const DataRow> rows);

  const CodeList& harms() const { return harms_; }
  const CodeList& classes() const { return classes_; }
  // The classes of all these harms together.
  std::set<std::string> ClassesOf(std::span<const std::string> harms) const;
  // The articles that an act of that day falls under, by the law of that day.
  enum class Victim { kAdult, kMinor, kUnknown };
  std::vector<const Article*> ArticlesFor(std::span<const std::string> harms, CivilDay act,
                                          Victim victim) const;
  const std::vector<Nearest>& gbvims() const { return gbvims_; }

 private:
  CodeList harms_;
  CodeList classes_;
  std::vector<std::pair<std::string, std::vector<std::string>>> classes_of_;
  std::vector<Article> articles_;
  std::vector<Nearest> gbvims_;
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_HARM_TABLE_H_
