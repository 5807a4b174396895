#ifndef JIKIMI_CASEWORK_REPORT_H_
#define JIKIMI_CASEWORK_REPORT_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/intake_seals.h"
#include "casework/case_record.h"
#include "casework/desk.h"
#include "casework/item.h"
#include "casework/record_ids.h"
#include "casework/sheet.h"
#include "store/database.h"
#include "vault/survivor_code.h"

// Reports: what is told, once. Each makes a case of its own, sealed to the intake team, the escrow
// and, where it is hers, the survivor. A counsellor confirms it, joins it to another case as a
// duplicate, or refuses it.
namespace jikimi::casework {

enum class Channel { kPortal, kPhone, kBoard, kVisit, kTransfer, kExOfficio };
std::string_view ChannelName(Channel channel);  // "portal", "phone", …, "ex_officio"
Result<Channel> ParseChannel(std::string_view name);

enum class Reporter {
  kSurvivor,
  kGuardian,
  kProxy,
  kFamily,
  kFriend,
  kBystander,
  kPolice,
  kProsecution,
  kCentre,
};
std::string_view ReporterName(Reporter reporter);
Result<Reporter> ParseReporter(std::string_view name);

enum class ReportState { kUnconfirmed, kConfirmed, kRefused, kMerged };
std::string_view ReportStateName(ReportState state);
Result<ReportState> ParseReportState(std::string_view name);

// What another system knew of a report.
struct ReportPast {
  Timestamp received_at;
  std::optional<Timestamp> closed_at;  // none: it is still open
  bool referred_to_investigators = false;
  std::string note;  // kept as a note of the case; "" for none
};

struct NewReport {
  Channel channel = Channel::kPortal;
  Reporter reporter = Reporter::kSurvivor;
  std::vector<std::string> harms;  // as many as apply; one at least
  Sheet sheet;                     // fields of SheetKind::kReport
  TriageAnswers triage;
  std::vector<NewItem> items;  // kMaxItems at most
  MinorState minor = MinorState::kUnknown;
  std::string neutral_text;  // the notification that she chose; "" for none

  // Of an old case that comes from another system (import.h). Nobody could hand a survivor her code
  // at that moment, so none is drawn; the rest is as with any other report.
  std::optional<ReportPast> past;

  static constexpr std::size_t kMaxItems = 1000;
};

// Whether a report can be taken: known codes, a channel that fits the reporter (a transfer comes
// from police or prosecution, ex officio from the centre), sheets and items as their rules say.
// Pure; also done by TakeReport().
Result<void> CheckReport(const Rulebook& rules, const NewReport& report);

struct TakenReport {
  ReportId report;
  vault::CaseId of;
  std::vector<vault::ItemId> items;  // in the order given
  // For the survivor alone, shown once and stored nowhere. A guardian or proxy gets one after their
  // papers were checked; others get none, since they may not see what she tells.
  std::optional<vault::SurvivorCode> code;
};

// Takes one in, for this intake team. From the portal `desk.who` is the system; staff need
// Permission::kReportTake. Durable when the transaction is.
Result<TakenReport> TakeReport(store::Transaction& transaction, const Desk& desk,
                               const NewReport& report, vault::TeamId team);

// The same in two halves, of which the first one needs no transaction: keys are drawn and what the
// report tells is sealed, which is most of the work.
class PreparedReport {
 public:
  PreparedReport(PreparedReport&&) noexcept;
  ~PreparedReport();

  const TakenReport& taken() const;

 private:
  friend struct ReportDoor;
  struct Parts;
  explicit PreparedReport(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};
// CheckReport() comes first. `report` must outlive what it gives.
Result<PreparedReport> PrepareReport(const Desk& desk, const NewReport& report,
                                     const access::IntakeSeals& seals);
// May be called again when its transaction was rolled back. The seals that it was prepared with
// must be current in this transaction (access::AreCurrent()).
Result<void> StoreReport(store::Transaction& transaction, const Desk& desk,
                         const PreparedReport& prepared);

struct Report {
  ReportId id;
  vault::CaseId of;
  Channel channel = Channel::kPortal;
  Reporter reporter = Reporter::kSurvivor;
  ReportState state = ReportState::kUnconfirmed;
  Timestamp received_at;
  std::int64_t revision = 1;
  Sheet sheet;
};
// The reports of a case, oldest first; the logged act. Permission::kReportTriage until somebody has
// taken the case, then kCaseOpen.
Result<std::vector<Report>> ReadReports(store::Transaction& transaction, const Desk& desk,
                                        vault::CaseId of);
// Puts the search tokens of the reports' names and numbers in: when somebody of the intake team
// looks at them the first time (what comes by the portal can't be indexed, since only the team has
// the index key). Also done by ConfirmReport(). Permission::kReportTriage; logged.
Result<void> IndexReports(store::Transaction& transaction, const Desk& desk, vault::CaseId of);

// Confirms that the reporter is who they say they are. The case opens when it was at intake. Items
// are confirmed one by one (item.h). Permission::kReportTriage.
Result<void> ConfirmReport(store::Transaction& transaction, const Desk& desk, ReportId report,
                           std::int64_t revision);
// Refuses it, with a reason that is sealed; its items are refused too and nothing was ever sent.
Result<void> RefuseReport(store::Transaction& transaction, const Desk& desk, ReportId report,
                          std::int64_t revision, std::string_view reason);

// Makes the case of a duplicate report a part of `into`: report, items (with their keys' files
// re-sealed), persons and notes move, harms are united, the survivor keeps her code of `into`, or
// gets it from the duplicate's when `into` has none. The duplicate's case is emptied and closed;
// who had its code is led to the bare page. Both must be open to `desk.who`.
// Permission::kCaseMerge.
Result<void> MergeCases(store::Transaction& transaction, const Desk& desk, vault::CaseId duplicate,
                        vault::CaseId into);

// Cases that have one of a report's names or numbers: (about one in 16,000 by chance) to be looked
// at, never opened by this. Permission::kReportTriage.
Result<std::vector<vault::CaseId>> LikelyDuplicates(store::Transaction& transaction,
                                                    const Desk& desk, vault::CaseId of, int limit);

}  // namespace jikimi::casework

#endif  // JIKIMI_CASEWORK_REPORT_H_
