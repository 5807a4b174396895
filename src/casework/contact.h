#ifndef JIKIMI_CASEWORK_CONTACT_H_
#define JIKIMI_CASEWORK_CONTACT_H_

#include <optional>
#include <string>
#include <vector>

#include "casework/contact_windows.h"
#include "casework/desk.h"
#include "casework/record_ids.h"
#include "casework/sheet.h"
#include "store/database.h"

// How and when she can be reached without danger, and attempts to do so.
namespace jikimi::casework {

struct ContactPlan {
  ContactWindows windows;    // none: never
  std::string neutral_text;  // code of data/neutral_texts.toml; "" (the default): no notification
  Sheet sheet;               // SheetKind::kContact: where, and what to mind
};
// Permission::kCaseEdit, or the survivor's own (Permission::kPortalAct).
Result<void> SetContactPlan(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                            const ContactPlan& plan);
// The logged act. kNotFound when there is none.
Result<ContactPlan> ReadContactPlan(store::Transaction& transaction, const Desk& desk,
                                    vault::CaseId of);
// The windows alone, for exports and the work in the background: no permission of its own.
Result<std::optional<ContactWindows>> ContactWindowsOf(store::Transaction& transaction,
                                                       const Desk& desk, vault::CaseId of);
// Marks her contact unsafe (duress word, or a counsellor's word): from now on nothing is sent, and
// MayNotify() is never. Safe again only by a counsellor.
Result<void> SetContactUnsafe(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                              bool unsafe);
// When a neutral notification may be sent, for the work in the background: the next open moment and
// the text's code. None: never (unsafe, no text chosen, no window).
struct Notification {
  Timestamp at;
  std::string neutral_text;
};
Result<std::optional<Notification>> MayNotify(store::Transaction& transaction, const Desk& desk,
                                              vault::CaseId of);

enum class Reached { kYes, kNo, kUnsafe };
std::string_view ReachedName(Reached reached);
Result<Reached> ParseReached(std::string_view name);
struct Attempt {
  AttemptId id;
  Timestamp at;
  Reached reached = Reached::kNo;
  std::string by;    // role and number
  std::string text;  // sealed
};
// kUnsafe marks the contact unsafe. Permission::kNoteWrite.
Result<AttemptId> AddAttempt(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                             Timestamp at, Reached reached, const std::string& text);
Result<std::vector<Attempt>> ReadAttempts(store::Transaction& transaction, const Desk& desk,
                                          vault::CaseId of);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_CONTACT_H_
