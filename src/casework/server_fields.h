#ifndef JIKIMI_CASEWORK_SERVER_FIELDS_H_
#define JIKIMI_CASEWORK_SERVER_FIELDS_H_

#include "casework/record_ids.h"
#include "vault/context.h"

// Where the fields stand that are sealed under the server keys. Not for other rooms.
namespace jikimi::casework {

inline vault::Context MarkContext(vault::ItemId item, MarkId mark) {
  vault::Context context;
  context.of = item;
  context.about = mark.Reference();
  context.field = "mark";
  return context;
}

inline vault::Context ContactWindowsContext(vault::CaseId of, std::int64_t version) {
  vault::Context context;
  context.of = of;
  context.field = "contact windows";
  context.version = static_cast<std::uint64_t>(version);
  return context;
}

inline vault::Context IncidentContext(IncidentId incident) {
  vault::Context context;
  context.of = incident.Reference();
  context.field = "title";
  return context;
}

// Of no case: a merge moves it to another one as it stands.
inline vault::Context ImportedContext(ImportedId imported) {
  vault::Context context;
  context.of = imported.Reference();
  context.field = "reference";
  return context;
}

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_SERVER_FIELDS_H_
