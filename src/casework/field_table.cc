#include "casework/field_table.h"

#include <algorithm>
#include <array>

#include "casework/enum_names.h"
#include "casework/text_check.h"
#include "vault/normal_text.h"

namespace jikimi::casework {
namespace {

constexpr internal::EnumNames<SheetKind, 6> kSheets{
    "sheet", {"report", "survivor", "person", "case", "item", "contact"}};
constexpr internal::EnumNames<FieldTable::TextKind, 5> kKinds{
    "kind of text", {"text", "name", "telephone", "mail", "date"}};

// Loosely: what a mail server may take is its own matter.
bool LooksLikeMail(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.size() <= 320 &&
         text.find('@', at + 1) == std::string_view::npos &&
         text.find_first_of(" \t\r\n") == std::string_view::npos;
}

Result<void> CheckKind(FieldTable::TextKind kind, const std::string& text) {
  switch (kind) {
    case FieldTable::TextKind::kText:
      return {};
    case FieldTable::TextKind::kName:
      TRY(vault::NormalName(text));
      return {};
    case FieldTable::TextKind::kTelephone:
      TRY(vault::NormalTelephone(text, "82"));
      return {};
    case FieldTable::TextKind::kMail:
      if (LooksLikeMail(text)) return {};
      return Error{ErrorCode::kInvalidArgument, "is no mail address"};
    case FieldTable::TextKind::kDate:
      TRY(ParseDay(text));
      return {};
  }
  return {};
}

}  // namespace

std::string_view SheetKindName(SheetKind kind) { return kSheets.Name(kind); }

Result<FieldTable> FieldTable::Parse(std::span<const DataRow> rows) {
  FieldTable table;
  for (const DataRow& row : rows) {
    if (row.section() == "part") {
      if (!table.shares_.insert(TRY(row.Text("share"))).second) {
        return row.Wrong("this part stands there twice");
      }
      TRY(row.Text("ko"));
      TRY(row.Text("en"));
      TRY(row.CheckAllRead());
      continue;
    }
    if (row.section() != "field") return row.Wrong("is no section of this file");
    Field field;
    field.label = TRY(ReadLabel(row));
    auto sheet = kSheets.Parse(TRY(row.Text("sheet")));
    if (!sheet) return row.Wrong(sheet.error().message);
    auto kind = kKinds.Parse(TRY(row.Text("kind")));
    if (!kind) return row.Wrong(kind.error().message);
    field.sheet = *sheet;
    field.kind = *kind;
    if (row.Has("search")) field.search = TRY(row.Flag("search"));
    if (field.search && field.kind != TextKind::kName && field.kind != TextKind::kTelephone) {
      return row.Wrong("only names and telephone numbers can be searched");
    }
    if (row.Has("share")) field.share = TRY(row.Text("share"));
    TRY(row.CheckAllRead());
    if (table.Find(field.sheet, field.label.code))
      return row.Wrong("this field stands there twice");
    if (!field.share.empty()) table.shares_.insert(field.share);
    table.fields_.push_back(std::move(field));
  }
  return table;
}

Result<void> FieldTable::Check(SheetKind kind, const Sheet& sheet) const {
  if (sheet.fields().size() > Sheet::kMaxFields) {
    return Error{ErrorCode::kInvalidArgument, "a sheet has 64 fields at most"};
  }
  for (const auto& [code, text] : sheet.fields()) {
    const std::string where = "field '" + code.substr(0, 64) + "' of the " +
                              std::string(SheetKindName(kind)) + "'s sheet";
    const Field* field = Find(kind, code);
    if (!field) return Error{ErrorCode::kInvalidArgument, where + " is not known"};
    TRY(CheckText(where, text, Sheet::kMaxTextBytes));
    if (auto fits = CheckKind(field->kind, text); !fits) {
      return Prefixed(where, std::move(fits).error());
    }
  }
  return {};
}

const FieldTable::Field* FieldTable::Find(SheetKind kind, std::string_view code) const {
  for (const Field& field : fields_) {
    if (field.sheet == kind && field.label.code == code) return &field;
  }
  return nullptr;
}

std::vector<const FieldTable::Field*> FieldTable::FieldsOf(SheetKind kind) const {
  std::vector<const Field*> fields;
  for (const Field& field : fields_) {
    if (field.sheet == kind) fields.push_back(&field);
  }
  return fields;
}

Result<void> FieldTable::CheckShares(std::span<const std::string> shares) const {
  for (const std::string& share : shares) {
    if (!shares_.contains(share)) {
      return Error{ErrorCode::kInvalidArgument,
                   "'" + share.substr(0, 64) + "' is nothing that can be shared"};
    }
  }
  return {};
}

}  // namespace jikimi::casework
