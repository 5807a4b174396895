#include "casework/report.h"

#include <algorithm>
#include <boost/json.hpp>

#include "access/case_keys.h"
#include "access/survivors.h"
#include "access/team_keys.h"
#include "casework/acts.h"
#include "casework/case_tables.h"
#include "casework/enum_names.h"
#include "casework/note.h"
#include "casework/report_tables.h"
#include "casework/sealed_fields.h"
#include "casework/search_index.h"
#include "casework/text_check.h"
#include "casework/triage_form.h"
#include "casework/work_tables.h"
#include "log/entries.h"

namespace jikimi::casework {
namespace {

using access::Permission;

constexpr internal::EnumNames<Channel, 6> kChannels{
    "channel", {"portal", "phone", "board", "visit", "transfer", "ex_officio"}};
constexpr internal::EnumNames<Reporter, 9> kReporters{
    "reporter",
    {"survivor", "guardian", "proxy", "family", "friend", "bystander", "police", "prosecution",
     "centre"}};
constexpr internal::EnumNames<ReportState, 4> kStates{
    "state of a report", {"unconfirmed", "confirmed", "refused", "merged"}};

constexpr std::size_t kMaxReasonBytes = 4096;

Error Wrong(std::string what) { return {ErrorCode::kInvalidArgument, std::move(what)}; }

// A transfer comes from police or prosecution, and from nobody else; the centre itself acts ex
// officio.
bool Fits(Channel channel, Reporter reporter) {
  const bool authority = reporter == Reporter::kPolice || reporter == Reporter::kProsecution;
  if (channel == Channel::kTransfer) return authority;
  if (channel == Channel::kExOfficio) return authority || reporter == Reporter::kCentre;
  return !authority && reporter != Reporter::kCentre;
}

CaseRecord RecordOf(const Desk& desk, const NewReport& report, vault::CaseId id, vault::TeamId team,
                    const TriageTable::Assessment& assessment) {
  CaseRecord record;
  record.id = id;
  record.queue = "intake";
  record.urgency = assessment.urgency;
  record.due_at = desk.now + assessment.due_in;
  record.team = team;
  record.minor = report.minor;
  record.harms = report.harms;
  record.neutral_text = report.neutral_text;
  record.opened_at = desk.now;
  if (report.past) {
    record.opened_at = report.past->received_at;
    record.closed_at = report.past->closed_at;
    if (record.closed_at) record.state = CaseState::kClosed;
    record.referred_to_investigators = report.past->referred_to_investigators;
  }
  return record;
}

// An old case's entry says so: she never told it to this system.
log::Entry EntryOf(const Desk& desk, const NewReport& report, vault::CaseId id) {
  const log::EntryKind kind =
      report.past ? log::EntryKind("case.imported") : log::EntryKind("report.taken");
  return {kind,
          desk.now,
          ActorRefOf(desk.who),
          id,
          {{"channel", std::string(ChannelName(report.channel))},
           {"reporter", std::string(ReporterName(report.reporter))}}};
}

struct ReportFile {
  Report report;
  CaseFile file;
};
Result<ReportFile> OpenReport(store::Transaction& transaction, const Desk& desk, ReportId id,
                              std::int64_t revision) {
  Report report = TRY(LoadReport(transaction, id));
  CaseFile file = TRY(OpenCaseFile(transaction, desk, report.of, Permission::kReportTriage));
  TRY(RequireRevision(revision, report.revision));
  if (report.state != ReportState::kUnconfirmed) {
    return Wrong("the report is " + std::string(ReportStateName(report.state)) + " already");
  }
  return ReportFile{std::move(report), std::move(file)};
}

}  // namespace

std::string_view ChannelName(Channel channel) { return kChannels.Name(channel); }
Result<Channel> ParseChannel(std::string_view name) { return kChannels.Parse(name); }
std::string_view ReporterName(Reporter reporter) { return kReporters.Name(reporter); }
Result<Reporter> ParseReporter(std::string_view name) { return kReporters.Parse(name); }
std::string_view ReportStateName(ReportState state) { return kStates.Name(state); }
Result<ReportState> ParseReportState(std::string_view name) { return kStates.Parse(name); }

Result<void> CheckReport(const Rulebook& rules, const NewReport& report) {
  if (!Fits(report.channel, report.reporter)) {
    return Wrong("a report of '" + std::string(ReporterName(report.reporter)) +
                 "' doesn't come by '" + std::string(ChannelName(report.channel)) + "'");
  }
  if (report.harms.empty()) return Wrong("a report names one kind of harm at least");
  TRY(rules.harms.harms().CheckAll(report.harms));
  TRY(rules.fields.Check(SheetKind::kReport, report.sheet));
  TRY(rules.triage.Assess(report.triage));
  if (report.past) {
    TRY(CheckText("the note", report.past->note, kMaxNoteBytes, Emptiness::kAllowed));
  }
  if (!report.neutral_text.empty()) TRY(rules.neutral_texts.Check(report.neutral_text));
  if (report.items.size() > NewReport::kMaxItems) return Wrong("a report has 1,000 items at most");
  for (std::size_t i = 0; i < report.items.size(); ++i) {
    if (auto good = CheckItem(rules, report.items[i]); !good) {
      return Prefixed("item " + std::to_string(i), std::move(good).error());
    }
  }
  return {};
}

struct PreparedReport::Parts {
  const NewReport& report;
  TakenReport taken;
  CaseRecord record;
  Report row;
  std::optional<access::NewSurvivor> survivor;
  access::NewCase made;
  std::vector<SealedField> fields;
  std::vector<log::SealedEntry> entries;
  std::optional<NoteRow> note;
  Timestamp taken_at;
};

struct ReportDoor {
  static PreparedReport Make(PreparedReport::Parts parts) {
    return PreparedReport(std::make_unique<PreparedReport::Parts>(std::move(parts)));
  }
  static PreparedReport::Parts& PartsOf(const PreparedReport& report) { return *report.parts_; }
};

PreparedReport::PreparedReport(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
PreparedReport::PreparedReport(PreparedReport&&) noexcept = default;
PreparedReport::~PreparedReport() = default;
const TakenReport& PreparedReport::taken() const { return parts_->taken; }

Result<PreparedReport> PrepareReport(const Desk& desk, const NewReport& report,
                                     const access::IntakeSeals& seals) {
  TakenReport taken;
  taken.report = ReportId::Random();
  taken.of = vault::CaseId::Random();
  for (std::size_t i = 0; i < report.items.size(); ++i) {
    taken.items.push_back(vault::ItemId::Random());
  }
  std::optional<access::NewSurvivor> survivor;
  std::optional<vault::SurvivorPublicKey> survivor_key;
  if (report.reporter == Reporter::kSurvivor && !report.past) {
    survivor = TRY(access::MakeSurvivor());
    survivor_key = survivor->pair.public_key();
    taken.code = survivor->code.Copy();
  }
  auto made = TRY(access::MakeForIntake(seals.keys, taken.of, survivor_key, taken.items));
  const auto assessment = TRY(desk.rules.triage.Assess(report.triage));
  Report row;
  row.id = taken.report;
  row.of = taken.of;
  row.channel = report.channel;
  row.reporter = report.reporter;
  row.received_at = report.past ? report.past->received_at : desk.now;
  const vault::CasePublicKey& key = made.opened.public_key();
  std::vector<SealedField> fields;
  fields.push_back(
      TRY(SealField(key, {taken.of, row.id.Reference(), "sheet", 1}, report.sheet.ToJson())));
  if (!report.triage.empty()) {
    fields.push_back(
        TRY(SealField(key, {taken.of, taken.of, "triage", 1}, TriageJson(report.triage))));
  }
  const auto entry_seals = log::EntrySeals::ForCase(key, seals.audit);
  std::vector<log::SealedEntry> entries;
  entries.push_back(TRY(log::SealedEntry::Seal(EntryOf(desk, report, taken.of), entry_seals)));
  std::optional<NoteRow> note;
  if (report.past && !report.past->note.empty()) {
    const NoteId id = NoteId::Random();
    note = {id.bytes(), desk.now, ActorText(desk.who)};
    fields.push_back(TRY(SealField(key, {taken.of, id.Reference(), "text", 1}, report.past->note)));
    entries.push_back(TRY(log::SealedEntry::Seal(
        {"note.added", desk.now, ActorRefOf(desk.who), taken.of, {}}, entry_seals)));
  }
  auto record = RecordOf(desk, report, taken.of, seals.team, assessment);
  return ReportDoor::Make({report, std::move(taken), std::move(record), std::move(row),
                           std::move(survivor), std::move(made), std::move(fields),
                           std::move(entries), std::move(note), desk.now});
}

Result<void> StoreReport(store::Transaction& transaction, const Desk& desk,
                         const PreparedReport& prepared) {
  const auto& parts = ReportDoor::PartsOf(prepared);
  const TakenReport& taken = parts.taken;
  access::ScopeFacts facts;
  facts.team = parts.record.team;
  std::vector<vault::PersonId> persons;
  if (const auto* staff = desk.who.staff()) persons.push_back(staff->person);
  facts.persons = persons;
  TRY(access::Require(transaction, desk.who, Permission::kReportTake, facts));

  TRY(access::StoreNewCase(transaction, desk.keys, parts.made, parts.taken_at));
  if (parts.survivor) TRY(access::AddSurvivor(transaction, *parts.survivor, taken.of));
  TRY(InsertCase(transaction, parts.record));
  TRY(InsertReport(transaction, parts.row));
  for (const SealedField& field : parts.fields) TRY(PutField(transaction, field));
  for (std::size_t i = 0; i < parts.report.items.size(); ++i) {
    TRY(StoreItem(transaction, desk, taken.of, parts.made.items[i], parts.report.items[i]));
  }
  if (parts.note) TRY(InsertNote(transaction, taken.of, NoteKind::kNote, *parts.note));
  for (const log::SealedEntry& entry : parts.entries) TRY(log::Append(transaction, entry));
  return TellEvent(transaction, desk, "report.taken",
                   {{"report", IdText(taken.report)}, {"case", IdText(taken.of)}});
}

Result<TakenReport> TakeReport(store::Transaction& transaction, const Desk& desk,
                               const NewReport& report, vault::TeamId team) {
  TRY(CheckReport(desk.rules, report));
  const auto seals = TRY(access::LoadIntakeSeals(transaction, desk.keys, team));
  const auto prepared = TRY(PrepareReport(desk, report, seals));
  TRY(StoreReport(transaction, desk, prepared));
  return std::move(ReportDoor::PartsOf(prepared).taken);
}

Result<std::vector<Report>> ReadReports(store::Transaction& transaction, const Desk& desk,
                                        vault::CaseId of) {
  const CaseRecord record = TRY(LoadCase(transaction, of));
  const CaseFile file = TRY(OpenCaseFile(
      transaction, desk, of, record.assigned ? Permission::kCaseOpen : Permission::kReportTriage));
  auto reports = TRY(QueryReports(transaction, of));
  for (Report& report : reports) {
    report.sheet = TRY(ReadSheet(transaction, file.opened, report.id.Reference()));
  }
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "case.opened",
                 {{"part", "reports"}}));
  return reports;
}

Result<void> IndexReports(store::Transaction& transaction, const Desk& desk, vault::CaseId of) {
  const CaseFile file = TRY(OpenCaseFile(transaction, desk, of, Permission::kReportTriage));
  for (const Report& report : TRY(QueryReports(transaction, of))) {
    const Sheet sheet = TRY(ReadSheet(transaction, file.opened, report.id.Reference()));
    TRY(IndexSheet(transaction, desk, file.record, report.id.Reference(), SheetKind::kReport,
                   sheet));
  }
  return WriteEntry(transaction, desk, file.opened.public_key(), "case.opened",
                    {{"part", "reports"}});
}

Result<void> ConfirmReport(store::Transaction& transaction, const Desk& desk, ReportId id,
                           std::int64_t revision) {
  ReportFile found = TRY(OpenReport(transaction, desk, id, revision));
  CaseRecord& record = found.file.record;
  found.report.state = ReportState::kConfirmed;
  TRY(SaveReport(transaction, found.report));
  if (record.state == CaseState::kIntake) {
    record.state = CaseState::kOpen;
    if (desk.rules.queues.Has("counselling")) record.queue = "counselling";
    TRY(SaveCase(transaction, record));
  }
  const Sheet sheet = TRY(ReadSheet(transaction, found.file.opened, id.Reference()));
  TRY(IndexSheet(transaction, desk, record, id.Reference(), SheetKind::kReport, sheet));
  TRY(WriteEntry(transaction, desk, found.file.opened.public_key(), "report.confirmed"));
  return TellEvent(transaction, desk, "report.confirmed",
                   {{"report", IdText(id)}, {"case", IdText(record.id)}});
}

Result<void> RefuseReport(store::Transaction& transaction, const Desk& desk, ReportId id,
                          std::int64_t revision, std::string_view reason) {
  TRY(CheckText("the reason", reason, kMaxReasonBytes));
  ReportFile found = TRY(OpenReport(transaction, desk, id, revision));
  CaseRecord& record = found.file.record;
  const vault::CasePublicKey& key = found.file.opened.public_key();
  found.report.state = ReportState::kRefused;
  TRY(SaveReport(transaction, found.report));
  TRY(PutField(transaction, key, {record.id, id.Reference(), "refusal", found.report.revision},
               reason));
  const auto reports = TRY(QueryReports(transaction, record.id));
  const bool others = std::any_of(reports.begin(), reports.end(), [](const Report& report) {
    return report.state != ReportState::kRefused;
  });
  if (!others) {
    TRY(RefuseItemsOf(transaction, desk, record.id));
    if (record.state == CaseState::kIntake) {
      record.state = CaseState::kClosed;
      record.closed_at = desk.now;
      TRY(SaveCase(transaction, record));
    }
  }
  TRY(WriteEntry(transaction, desk, key, "report.changed", {{"state", "refused"}}));
  return TellEvent(transaction, desk, "report.refused",
                   {{"report", IdText(id)}, {"case", IdText(record.id)}});
}

Result<std::vector<vault::CaseId>> LikelyDuplicates(store::Transaction& transaction,
                                                    const Desk& desk, vault::CaseId of, int limit) {
  const CaseFile file = TRY(OpenCaseFile(transaction, desk, of, Permission::kReportTriage));
  if (limit < 1 || limit > 200) return Wrong("a page has 1 to 200 cases");
  const auto* staff = TRY(access::RequireStaff(desk.who));
  const auto team = staff->team ? staff->team : file.record.team;
  if (!team) return Wrong("the case belongs to no team, whose index could be searched");
  const auto key = TRY(access::OpenIndexKey(transaction, desk.who, *team));
  std::vector<vault::CaseId> found;
  for (const Report& report : TRY(QueryReports(transaction, of))) {
    const Sheet sheet = TRY(ReadSheet(transaction, file.opened, report.id.Reference()));
    for (const FieldTable::Field* field : desk.rules.fields.FieldsOf(SheetKind::kReport)) {
      const std::string& text = sheet.Get(field->label.code);
      if (!field->search || text.empty()) continue;
      const SearchKind kind =
          field->kind == FieldTable::TextKind::kName ? SearchKind::kName : SearchKind::kTelephone;
      const auto token = TRY(TokenOf(key, kind, text));
      for (const TokenHit& hit : TRY(FindTokens(transaction, *team, kind, token, limit))) {
        const bool known = std::find(found.begin(), found.end(), hit.of) != found.end();
        if (hit.of != of && !known) found.push_back(hit.of);
      }
    }
  }
  if (found.size() > static_cast<std::size_t>(limit)) {
    found.resize(static_cast<std::size_t>(limit));
  }
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "case.opened",
                 {{"part", "duplicates"}}));
  return found;
}

}  // namespace jikimi::casework
