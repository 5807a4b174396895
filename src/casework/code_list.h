#ifndef JIKIMI_CASEWORK_CODE_LIST_H_
#define JIKIMI_CASEWORK_CODE_LIST_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "casework/data_file.h"

namespace jikimi::casework {

// A stable code, as it stands in the database and the API, and what people read.
struct Label {
  std::string code;
  std::string ko;
  std::string en;
};

// Reads `code`, `ko` and `en` of a row.
Result<Label> ReadLabel(const DataRow& row);

// The codes of one table. `what` names one of them in messages: "harm", "service".
class CodeList {
 public:
  CodeList() = default;
  // kInvalidArgument when a code stands twice.
  static Result<CodeList> Create(std::string what, std::vector<Label> labels);

  bool Has(std::string_view code) const { return Find(code) != nullptr; }
  const Label* Find(std::string_view code) const;
  // kInvalidArgument, naming the code and the ones that there are, for one that is not in the list;
  // of several codes also when one stands twice.
  Result<void> Check(std::string_view code) const;
  Result<void> CheckAll(std::span<const std::string> codes) const;

  const std::vector<Label>& labels() const { return labels_; }

 private:
  std::string what_;
  std::vector<Label> labels_;
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_CODE_LIST_H_
