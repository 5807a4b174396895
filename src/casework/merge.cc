#include <algorithm>

#include "access/case_keys.h"
#include "access/representatives.h"
#include "access/survivors.h"
#include "casework/acts.h"
#include "casework/case_tables.h"
#include "casework/incident_tables.h"
#include "casework/item_tables.h"
#include "casework/report.h"
#include "casework/report_tables.h"
#include "casework/sealed_fields.h"
#include "casework/upload_tables.h"

namespace jikimi::casework {
namespace {

using access::Permission;

// The items get keys of their own in the case that they go to.
Result<CaseFile> GiveItemsKeys(store::Transaction& transaction, const Desk& desk,
                               const CaseFile& from, vault::CaseId to) {
  for (const vault::ItemId item : from.opened.keyring().items()) {
    TRY(access::AddItem(transaction, desk.keys, to, item, desk.now));
  }
  return OpenCaseFile(transaction, desk, to, Permission::kCaseMerge);
}

// A case that has no survivor's code gets the duplicate's.
Result<void> MoveCode(store::Transaction& transaction, const Desk& desk, const CaseFile& from,
                      CaseFile& to) {
  const auto hers = from.opened.keyring().survivor_key();
  if (!hers || to.opened.keyring().survivor_key()) return {};
  TRY(access::ReplaceSurvivor(transaction, desk.keys, desk.who, to.opened, hers, desk.now));
  return access::MoveSurvivor(transaction, hers->name().owner, from.opened, to.opened);
}

// What one case says is the survivor stays the survivor; the duplicate's record of her goes, since
// a case has one.
Result<void> UniteRecords(CaseRecord& into, const CaseRecord& from) {
  for (const std::string& harm : from.harms) {
    if (std::find(into.harms.begin(), into.harms.end(), harm) == into.harms.end()) {
      into.harms.push_back(harm);
    }
  }
  into.urgency = std::min(into.urgency, from.urgency);
  into.due_at = std::min(into.due_at, from.due_at);
  into.minor = std::max(into.minor, from.minor);
  into.contact_unsafe = into.contact_unsafe || from.contact_unsafe;
  into.referred_to_investigators = into.referred_to_investigators || from.referred_to_investigators;
  return {};
}

Result<void> CheckMergeable(const CaseRecord& from, const CaseRecord& to) {
  if (from.id == to.id) {
    return Error{ErrorCode::kInvalidArgument, "a case can't be joined to itself"};
  }
  for (const CaseRecord* record : {&from, &to}) {
    if (record->withdrawal != Withdrawal::kNone) {
      return Error{ErrorCode::kPermissionDenied, "she has withdrawn: nothing is joined"};
    }
  }
  return RequireWorkable(to);
}

}  // namespace

Result<void> MergeCases(store::Transaction& transaction, const Desk& desk, vault::CaseId duplicate,
                        vault::CaseId into) {
  CaseFile from = TRY(OpenCaseFile(transaction, desk, duplicate, Permission::kCaseMerge));
  CaseFile to = TRY(OpenCaseFile(transaction, desk, into, Permission::kCaseMerge));
  TRY(CheckMergeable(from.record, to.record));
  to = TRY(GiveItemsKeys(transaction, desk, from, into));
  TRY(MoveUploads(transaction, desk, from.opened, to.opened));
  to = TRY(OpenCaseFile(transaction, desk, into, Permission::kCaseMerge));  // with the files' keys
  TRY(MoveCode(transaction, desk, from, to));
  TRY(DropSecondSurvivor(transaction, duplicate, into));
  TRY(MoveFields(transaction, from.opened, to.opened));
  TRY(MoveItems(transaction, duplicate, into));
  TRY(MoveRecords(transaction, duplicate, into));
  TRY(UniteRecords(to.record, from.record));
  TRY(SaveCase(transaction, to.record));
  from.record.state = CaseState::kClosed;
  from.record.closed_at = desk.now;
  TRY(SaveCase(transaction, from.record));
  // Their persons go along, their codes don't: they open the emptied case.
  TRY(access::ForgetRepresentativesOf(transaction, desk.keys, desk.who, duplicate, desk.now));
  TRY(LinkRows(transaction, duplicate, into));
  TRY(WriteEntry(transaction, desk, to.opened.public_key(), "case.merged"));
  TRY(WriteEntry(transaction, desk, from.opened.public_key(), "case.merged"));
  TRY(TellEvent(transaction, desk, "case.merged",
                {{"from", IdText(duplicate)}, {"into", IdText(into)}}));
  desk.LeaveDue(std::move(to.opened));
  return {};
}

}  // namespace jikimi::casework
