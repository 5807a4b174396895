#include "casework/contact.h"

#include "access/survivors.h"
#include "base/bytes.h"
#include "casework/acts.h"
#include "casework/case_tables.h"
#include "casework/enum_names.h"
#include "casework/sealed_fields.h"
#include "casework/server_fields.h"
#include "casework/text_check.h"
#include "casework/work_tables.h"

namespace jikimi::casework {
namespace {

using access::Permission;
using ServerSealed = vault::SealedUnder<vault::KeyKind::kServer>;

constexpr internal::EnumNames<Reached, 3> kReached{"outcome", {"yes", "no", "unsafe"}};
constexpr std::size_t kMaxAttemptBytes = std::size_t{64} << 10;

Result<void> MarkUnsafe(store::Transaction& transaction, CaseRecord& record) {
  if (record.contact_unsafe) return {};
  record.contact_unsafe = true;
  return SaveCase(transaction, record);
}

}  // namespace

std::string_view ReachedName(Reached reached) { return kReached.Name(reached); }
Result<Reached> ParseReached(std::string_view name) { return kReached.Parse(name); }

Result<std::optional<ContactWindows>> ContactWindowsOf(store::Transaction& transaction,
                                                       const Desk& desk, vault::CaseId of) {
  const auto row = TRY(FindPlan(transaction, of));
  if (!row) return std::optional<ContactWindows>();
  const auto sealed = TRY(ServerSealed::Parse(row->sealed));
  const auto text = TRY(desk.keys.OpenField(ContactWindowsContext(of, row->version), sealed));
  if (text.size() == 0) return std::optional<ContactWindows>(std::in_place);  // a plan without any
  auto windows =
      TRY(ContactWindows::Parse({reinterpret_cast<const char*>(text.bytes().data()), text.size()}));
  return std::optional(std::move(windows));
}

Result<void> SetContactPlan(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                            const ContactPlan& plan) {
  TRY(desk.rules.fields.Check(SheetKind::kContact, plan.sheet));
  if (!plan.neutral_text.empty()) TRY(desk.rules.neutral_texts.Check(plan.neutral_text));
  CaseRecord record =
      TRY(RequireCase(transaction, desk, of, {Permission::kCaseEdit, Permission::kPortalAct}));
  record.neutral_text = plan.neutral_text;
  TRY(SaveCase(transaction, record));
  const std::string windows = plan.windows.ToText();
  const auto sealed =
      desk.keys.SealField(ContactWindowsContext(of, record.revision), AsBytes(windows));
  TRY(PutPlan(transaction, of, record.revision, sealed.key_version(), sealed.bytes()));
  const auto key = TRY(access::FindCaseKey(transaction, desk.keys, of));
  TRY(PutField(transaction, key, {of, of, "contact", record.revision}, plan.sheet.ToJson()));
  return WriteEntry(transaction, desk, key, "contact.changed");
}

Result<ContactPlan> ReadContactPlan(store::Transaction& transaction, const Desk& desk,
                                    vault::CaseId of) {
  const CaseFile file =
      TRY(OpenCaseFile(transaction, desk, of, {Permission::kCaseOpen, Permission::kPortalRead}));
  auto windows = TRY(ContactWindowsOf(transaction, desk, of));
  if (!windows) return Error{ErrorCode::kNotFound, "nothing is known of how to reach her"};
  ContactPlan plan;
  plan.windows = std::move(*windows);
  plan.neutral_text = file.record.neutral_text;
  plan.sheet = TRY(ReadSheet(transaction, file.opened, of, "contact"));
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "contact.read"));
  return plan;
}

Result<void> SetContactUnsafe(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                              bool unsafe) {
  CaseRecord record = TRY(RequireCase(transaction, desk, of, Permission::kCaseEdit));
  if (unsafe) {
    TRY(MarkUnsafe(transaction, record));
    return WriteEntry(transaction, desk, of, "contact.unsafe");
  }
  if (TRY(access::ContactUnsafeSince(transaction, of))) {
    CaseFacts facts;
    TRY(FactsOf(transaction, desk, record, facts));
    TRY(access::MarkContactSafe(transaction, desk.keys, desk.who, facts.facts, of, desk.now));
  }
  record.contact_unsafe = false;
  TRY(SaveCase(transaction, record));
  return WriteEntry(transaction, desk, of, "contact.changed", {{"safe", "yes"}});
}

Result<std::optional<Notification>> MayNotify(store::Transaction& transaction, const Desk& desk,
                                              vault::CaseId of) {
  if (!desk.who.system()) {
    return Error{ErrorCode::kPermissionDenied,
                 "notifications are sent by the work in the background"};
  }
  const CaseRecord record = TRY(LoadCase(transaction, of));
  const auto never = std::optional<Notification>();
  if (record.contact_unsafe || record.neutral_text.empty()) return never;
  if (record.withdrawal >= Withdrawal::kWork) return never;
  if (TRY(access::ContactUnsafeSince(transaction, of))) return never;
  const auto windows = TRY(ContactWindowsOf(transaction, desk, of));
  if (!windows) return never;
  const auto at = windows->NextOpen(desk.now);
  if (!at) return never;
  return std::optional(Notification{*at, record.neutral_text});
}

Result<AttemptId> AddAttempt(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                             Timestamp at, Reached reached, const std::string& text) {
  TRY(CheckText("what is said of the attempt", text, kMaxAttemptBytes, Emptiness::kAllowed));
  if (at > desk.now) {
    return Error{ErrorCode::kInvalidArgument, "an attempt to reach her lies in the future"};
  }
  CaseRecord record = TRY(RequireCase(transaction, desk, of, Permission::kNoteWrite));
  TRY(RequireWorkable(record));
  Attempt attempt;
  attempt.id = AttemptId::Random();
  attempt.at = at;
  attempt.reached = reached;
  attempt.by = ActorText(desk.who);
  TRY(InsertAttempt(transaction, of, attempt));
  const auto key = TRY(access::FindCaseKey(transaction, desk.keys, of));
  TRY(PutField(transaction, key, {of, attempt.id.Reference(), "text", 1}, text));
  if (reached == Reached::kUnsafe) TRY(MarkUnsafe(transaction, record));
  TRY(WriteEntry(transaction, desk, key, "contact.attempted",
                 {{"reached", std::string(ReachedName(reached))}}));
  return attempt.id;
}

Result<std::vector<Attempt>> ReadAttempts(store::Transaction& transaction, const Desk& desk,
                                          vault::CaseId of) {
  const CaseFile file = TRY(OpenCaseFile(transaction, desk, of, Permission::kCaseOpen));
  auto attempts = TRY(QueryAttempts(transaction, of));
  for (Attempt& attempt : attempts) {
    const auto text = TRY(ReadField(transaction, file.opened, attempt.id.Reference(), "text"));
    attempt.text = text.value_or("");
  }
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "contact.read"));
  return attempts;
}

}  // namespace jikimi::casework
