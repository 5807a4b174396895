#include "access/permission.h"

#include <array>
#include <string>

#include "base/check.h"

namespace jikimi::access {
namespace {

enum class Kind { kCase, kCentre, kPortal };  // reads what is sealed to a case; doesn't; hers

struct PermissionRow {
  Permission permission;
  std::string_view code;
  Kind kind;
};

constexpr std::array<PermissionRow, kPermissionCount> kRows{{
    {Permission::kReportTake, "report.take", Kind::kCase},
    {Permission::kReportTriage, "report.triage", Kind::kCase},
    {Permission::kCaseList, "case.list", Kind::kCentre},
    {Permission::kCaseOpen, "case.open", Kind::kCase},
    {Permission::kCaseEdit, "case.edit", Kind::kCase},
    {Permission::kCaseAssign, "case.assign", Kind::kCentre},
    {Permission::kCaseGrant, "case.grant", Kind::kCase},
    {Permission::kCaseClose, "case.close", Kind::kCase},
    {Permission::kCaseMerge, "case.merge", Kind::kCase},
    {Permission::kCaseDestroy, "case.destroy", Kind::kCase},
    {Permission::kRetentionHold, "retention.hold", Kind::kCase},
    {Permission::kCaseSearch, "case.search", Kind::kCase},
    {Permission::kNoteWrite, "note.write", Kind::kCase},
    {Permission::kServiceRecord, "service.record", Kind::kCase},
    {Permission::kTaskEdit, "task.edit", Kind::kCase},
    {Permission::kUploadOpen, "upload.open", Kind::kCase},
    {Permission::kConsentRecord, "consent.record", Kind::kCase},
    {Permission::kReferralMake, "referral.make", Kind::kCase},
    {Permission::kDutyReport, "duty.report", Kind::kCase},
    {Permission::kEmergencyShare, "emergency.share", Kind::kCase},
    {Permission::kPartyCode, "party.code", Kind::kCase},
    {Permission::kItemAdd, "item.add", Kind::kCase},
    {Permission::kItemConfirm, "item.confirm", Kind::kCase},
    {Permission::kItemConfirmSecond, "item.confirm_second", Kind::kCase},
    {Permission::kItemReveal, "item.reveal", Kind::kCase},
    {Permission::kFindingList, "finding.list", Kind::kCentre},
    {Permission::kFindingOpen, "finding.open", Kind::kCase},
    {Permission::kEvidenceCapture, "evidence.capture", Kind::kCase},
    {Permission::kNoticeDraft, "notice.draft", Kind::kCase},
    {Permission::kNoticeSend, "notice.send", Kind::kCase},
    {Permission::kNoticeRetract, "notice.retract", Kind::kCase},
    {Permission::kBundleExport, "bundle.export", Kind::kCase},
    {Permission::kPoliceRequest, "police.request", Kind::kCase},
    {Permission::kFigureRead, "figure.read", Kind::kCentre},
    {Permission::kFigureExport, "figure.export", Kind::kCentre},
    {Permission::kPlatformNotice, "platform.notice", Kind::kCentre},
    {Permission::kPlatformAppeal, "platform.appeal", Kind::kCentre},
    {Permission::kPlatformReport, "platform.report", Kind::kCentre},
    {Permission::kPersonList, "person.list", Kind::kCentre},
    {Permission::kPersonInvite, "person.invite", Kind::kCentre},
    {Permission::kPersonLock, "person.lock", Kind::kCentre},
    {Permission::kPersonCover, "person.cover", Kind::kCentre},
    {Permission::kWorkloadRead, "workload.read", Kind::kCentre},
    {Permission::kAuditRead, "audit.read", Kind::kCase},
    {Permission::kApprovalPropose, "approval.propose", Kind::kCentre},
    {Permission::kApprovalVote, "approval.vote", Kind::kCentre},
    {Permission::kSurvivorCodeReset, "survivor.code_reset", Kind::kCase},
    {Permission::kDirectoryEdit, "directory.edit", Kind::kCentre},
    {Permission::kCentreOperate, "centre.operate", Kind::kCentre},
    {Permission::kPortalStatus, "portal.status", Kind::kPortal},
    {Permission::kPortalRead, "portal.read", Kind::kPortal},
    {Permission::kPortalAct, "portal.act", Kind::kPortal},
    {Permission::kPortalUpload, "portal.upload", Kind::kPortal},
}};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].permission != static_cast<Permission>(i)) return false;
  }
  return true;
}
static_assert(InOrder(), "the rows stand in the order of the enumeration");

constexpr std::string_view kScopes[] = {"self", "team", "centre"};

const PermissionRow& RowOf(Permission permission) {
  const auto index = static_cast<std::size_t>(permission);
  CHECK(index < kRows.size());
  return kRows[index];
}

}  // namespace

std::string_view PermissionCode(Permission permission) { return RowOf(permission).code; }

Result<Permission> ParsePermission(std::string_view code) {
  for (const PermissionRow& row : kRows) {
    if (row.code == code) return row.permission;
  }
  return Error{ErrorCode::kInvalidArgument, "no permission is called '" + std::string(code) + "'"};
}

bool ReadsCases(Permission permission) { return RowOf(permission).kind == Kind::kCase; }
bool IsPortal(Permission permission) { return RowOf(permission).kind == Kind::kPortal; }

std::string_view ScopeCode(Scope scope) { return kScopes[static_cast<std::size_t>(scope)]; }

Result<Scope> ParseScope(std::string_view code) {
  for (std::size_t i = 0; i < std::size(kScopes); ++i) {
    if (kScopes[i] == code) return static_cast<Scope>(i);
  }
  return Error{ErrorCode::kInvalidArgument,
               "no scope is called '" + std::string(code) + "': self, team or centre"};
}

}  // namespace jikimi::access
