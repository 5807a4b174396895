#ifndef JIKIMI_ACCESS_PERMISSION_H_
#define JIKIMI_ACCESS_PERMISSION_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace jikimi::access {

// What somebody may be allowed to do. Who is allowed what is data (data/roles.toml), by the code
// of each. Add new ones at the end of their group, here and in permission.cc.
enum class Permission : std::uint8_t {
  // Reports and cases.
  kReportTake,      // enter a report that came by phone, letter, transfer
  kReportTriage,    // open a report at intake, join it to a case, call it a duplicate
  kCaseList,        // lists: operational fields only
  kCaseOpen,        // read what is sealed: the logged act
  kCaseEdit,        // persons, harms, safety, contact, states
  kCaseAssign,      // give a case to somebody, take it over, stand in for somebody
  kCaseGrant,       // grant and revoke keys
  kCaseClose,       // close, reopen
  kCaseMerge,       // duplicates, linked cases, room incidents
  kCaseDestroy,     // carry out a withdrawal that destroys
  kRetentionHold,   // legal hold: set, end
  kCaseSearch,      // by exact name or telephone number
  kNoteWrite,       // notes, contact attempts
  kServiceRecord,   // services given
  kTaskEdit,        // tasks, follow-up dates
  kUploadOpen,      // sealed uploads: chats, wallets, papers
  kConsentRecord,   // record, change, end a consent
  kReferralMake,    // offer, follow, revoke
  kDutyReport,      // duty to report
  kEmergencyShare,  // propose an emergency override
  kPartyCode,       // issue and end a guardian's or proxy's code
  // Items and removal.
  kItemAdd,            // register an item, unconfirmed
  kItemConfirm,        // confirm reporter and item
  kItemConfirmSecond,  // the second person's confirmation
  kItemReveal,         // the original, by an explicit timed act
  kFindingList,
  kFindingOpen,
  kEvidenceCapture,
  kNoticeDraft,
  kNoticeSend,
  kNoticeRetract,
  kBundleExport,   // evidence bundles for police and prosecution
  kPoliceRequest,  // statutory requests, linked accounts
  // Figures.
  kFigureRead,
  kFigureExport,
  // Platforms.
  kPlatformNotice,  // read and answer notices to one's own platform
  kPlatformAppeal,
  kPlatformReport,
  // People and the centre.
  kPersonList,
  kPersonInvite,
  kPersonLock,         // lock, unlock, leave, end sessions
  kPersonCover,        // leave cover
  kWorkloadRead,       // exposure minutes and case load of others
  kAuditRead,          // who read what, with the audit key
  kApprovalPropose,    // what takes two supervisors
  kApprovalVote,       // be one of the two
  kSurvivorCodeReset,  // a lost code: be one of the two staff
  kDirectoryEdit,      // agencies, places: what needs no approval
  kCentreOperate,      // health, jobs, backups, configuration
  // A survivor's own.
  kPortalStatus,  // the bare page
  kPortalRead,    // findings, messages, consents, log
  kPortalAct,     // consents, messages, words, withdrawal
  kPortalUpload,  // bring a chat, a wallet or a paper in: adds, shows nothing
};
inline constexpr std::size_t kPermissionCount =
    static_cast<std::size_t>(Permission::kPortalUpload) + 1;

// "case.open", …: stable names for data, API and log.
std::string_view PermissionCode(Permission permission);
// kInvalidArgument for a text that is no code.
Result<Permission> ParsePermission(std::string_view code);

// Whether it lets somebody of staff read what is sealed to a case. Roles that read no case never
// get such a one, whatever the data say.
bool ReadsCases(Permission permission);
// Whether it is a survivor's own; staff never get such a one, nor survivors another.
bool IsPortal(Permission permission);

// How far a permission reaches: what is assigned or granted to oneself (a survivor's: her own
// case), also what is one's team's, all of the centre's.
enum class Scope : std::uint8_t { kSelf, kTeam, kCentre };
std::string_view ScopeCode(Scope scope);
Result<Scope> ParseScope(std::string_view code);

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_PERMISSION_H_
