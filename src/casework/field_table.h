#ifndef JIKIMI_CASEWORK_FIELD_TABLE_H_
#define JIKIMI_CASEWORK_FIELD_TABLE_H_

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "casework/code_list.h"
#include "casework/sheet.h"

namespace jikimi::casework {

enum class SheetKind { kReport, kSurvivor, kPerson, kCase, kItem, kContact };
std::string_view SheetKindName(SheetKind kind);

// The fields that sheets may have: data/case_fields.toml.
class FieldTable {
 public:
  enum class TextKind { kText, kName, kTelephone, kMail, kDate };
  struct Field {
    Label label;
    SheetKind sheet = SheetKind::kCase;
    TextKind kind = TextKind::kText;
    bool search = false;  // has tokens in the blind index; names and telephones only
    std::string share;    // the name by which a consent gives it away; "" for never
  };

  static Result<FieldTable> Parse(std::span<const DataRow> rows);

  // Whether such a sheet may be stored: known fields, each text of its kind, UTF-8 without U+0000,
  // Sheet::kMaxTextBytes at most. kInvalidArgument names the field, never the text.
  Result<void> Check(SheetKind kind, const Sheet& sheet) const;

  const Field* Find(SheetKind kind, std::string_view code) const;
  std::vector<const Field*> FieldsOf(SheetKind kind) const;
  // All names that a consent may hold: of fields, and of parts that come from no sheet.
  const std::set<std::string>& shares() const { return shares_; }
  // kInvalidArgument for a name that isn't one.
  Result<void> CheckShares(std::span<const std::string> shares) const;

 private:
  std::vector<Field> fields_;
  std::set<std::string> shares_;
};

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_FIELD_TABLE_H_
