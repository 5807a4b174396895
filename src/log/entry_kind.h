#ifndef JIKIMI_LOG_ENTRY_KIND_H_
#define JIKIMI_LOG_ENTRY_KIND_H_

#include <string_view>

#include "base/result.h"
#include "log/entry_kind_table.h"

namespace jikimi::log {

enum class Language { kEnglish, kKorean };

// One row of the table of kinds. `EntryKind kind = "case.opened";` compiles only when the table has
// that code.
class EntryKind {
 public:
  consteval EntryKind(const char* code) : row_(Find(code)) {  // NOLINT: implicit
    if (row_ == nullptr) throw "no such kind of entry";       // fails to compile
  }
  // kInvalidArgument when the table has no such code.
  static Result<EntryKind> Parse(std::string_view code);

  std::string_view code() const { return row_->code; }
  EntryMode mode() const { return row_->mode; }
  EntryScope scope() const { return row_->scope; }
  // A whole sentence, as the survivor reads it.
  std::string_view Words(Language language) const {
    return language == Language::kKorean ? row_->korean : row_->english;
  }

  friend bool operator==(const EntryKind&, const EntryKind&) = default;

 private:
  explicit constexpr EntryKind(const internal::EntryKindRow* row) : row_(row) {}
  static constexpr const internal::EntryKindRow* Find(std::string_view code) {
    for (const auto& row : internal::kEntryKinds) {
      if (row.code == code) return &row;
    }
    return nullptr;
  }

  const internal::EntryKindRow* row_;
};

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_ENTRY_KIND_H_
