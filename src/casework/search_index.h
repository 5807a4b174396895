#ifndef JIKIMI_CASEWORK_SEARCH_INDEX_H_
#define JIKIMI_CASEWORK_SEARCH_INDEX_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "casework/case_record.h"
#include "casework/desk.h"
#include "casework/lists.h"
#include "casework/sheet.h"
#include "store/database.h"
#include "vault/blind_index.h"

// The blind index of names and telephone numbers. A record's tokens stand under each team whose
// index key the person at work has: the case's and their own. Not for other rooms.
namespace jikimi::casework {

// The country prefix of telephone numbers that are written without one.
inline constexpr std::string_view kCountryPrefix = "82";

// Puts the tokens of a sheet in the place of the record's former ones. A person at work who is in
// neither team leaves the record without (search finds it later, when somebody of a team saves it).
Result<void> IndexSheet(store::Transaction& transaction, const Desk& desk, const CaseRecord& record,
                        const vault::RecordReference& of_record, SheetKind kind,
                        const Sheet& sheet);
Result<void> DropTokens(store::Transaction& transaction, vault::CaseId of,
                        const vault::RecordReference& of_record);

struct TokenHit {
  vault::CaseId of;
  vault::RecordReference record;
};
// Records that have the token, of any case, at most `limit`.
Result<std::vector<TokenHit>> FindTokens(store::Transaction& transaction, vault::TeamId team,
                                         SearchKind kind, vault::IndexToken token, int limit);

// The token of a text as of a search.
Result<vault::IndexToken> TokenOf(const vault::IndexKey& key, SearchKind kind,
                                  std::string_view text);
// Whether a stored text is the searched one: equal in their normal form.
bool SameText(SearchKind kind, std::string_view stored, std::string_view searched);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_SEARCH_INDEX_H_
