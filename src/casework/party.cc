#include "casework/party.h"

#include "access/representatives.h"
#include "casework/acts.h"
#include "casework/case_tables.h"
#include "casework/party_tables.h"
#include "casework/sealed_fields.h"
#include "casework/search_index.h"

namespace jikimi::casework {
namespace {

using access::Permission;

SheetKind SheetKindOf(PartyRole role) {
  return role == PartyRole::kSurvivor ? SheetKind::kSurvivor : SheetKind::kPerson;
}

CivilDay DayOf(Timestamp now) { return std::chrono::floor<std::chrono::days>(now); }

// A survivor's date of birth says whether she is a minor.
Result<void> SetMinorBy(store::Transaction& transaction, const Desk& desk, CaseRecord& record,
                        const NewParty& party) {
  const std::string& text = party.sheet.Get("birth_date");
  if (party.role != PartyRole::kSurvivor || text.empty()) return {};
  const CivilDay birth = TRY(ParseDay(text));
  const bool minor =
      TRY(desk.rules.rights.IsMinor(desk.rules.jurisdiction, birth, DayOf(desk.now)));
  const MinorState state = minor ? MinorState::kYes : MinorState::kNo;
  if (record.minor == state) return {};
  record.minor = state;
  return SaveCase(transaction, record);
}

Result<void> PutSheet(store::Transaction& transaction, const Desk& desk, const CaseFile& file,
                      const Party& row, const NewParty& party) {
  TRY(PutField(transaction, file.opened.public_key(),
               {file.record.id, row.id.Reference(), "sheet", row.revision}, party.sheet.ToJson()));
  return IndexSheet(transaction, desk, file.record, row.id.Reference(), SheetKindOf(party.role),
                    party.sheet);
}

struct PartyFile {
  PartyRow row;
  CaseFile file;
};
Result<PartyFile> OpenParty(store::Transaction& transaction, const Desk& desk, PartyId id,
                            std::int64_t revision) {
  PartyRow row = TRY(LoadParty(transaction, id));
  CaseFile file = TRY(OpenCaseFile(transaction, desk, row.of, Permission::kCaseEdit));
  TRY(RequireRevision(revision, row.party.revision));
  TRY(RequireWorkable(file.record));
  return PartyFile{std::move(row), std::move(file)};
}

Result<void> EndCodeOf(store::Transaction& transaction, const Desk& desk, CaseFile& file,
                       PartyId id) {
  TRY(access::EndRepresentativeCode(transaction, desk.keys, desk.who, file.opened, id.bytes(),
                                    desk.now));
  return {};
}

}  // namespace

Result<PartyId> AddParty(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                         const NewParty& party) {
  TRY(desk.rules.fields.Check(SheetKindOf(party.role), party.sheet));
  CaseFile file = TRY(OpenCaseFile(transaction, desk, of, Permission::kCaseEdit));
  TRY(RequireWorkable(file.record));
  PartyRow row;
  row.of = of;
  row.party.id = PartyId::Random();
  row.party.role = party.role;
  row.party.suspected = party.suspected || party.role == PartyRole::kSuspect;
  TRY(InsertParty(transaction, row));
  TRY(PutSheet(transaction, desk, file, row.party, party));
  TRY(SetMinorBy(transaction, desk, file.record, party));
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "person.added",
                 {{"role", std::string(PartyRoleName(party.role))}}));
  return row.party.id;
}

Result<std::int64_t> SetParty(store::Transaction& transaction, const Desk& desk, PartyId id,
                              std::int64_t revision, const NewParty& party) {
  TRY(desk.rules.fields.Check(SheetKindOf(party.role), party.sheet));
  PartyFile found = TRY(OpenParty(transaction, desk, id, revision));
  if (found.row.party.role != party.role) {
    return Error{ErrorCode::kInvalidArgument, "a person's role isn't changed: add them anew"};
  }
  found.row.party.suspected = party.suspected || party.role == PartyRole::kSuspect;
  TRY(SaveParty(transaction, found.row));
  if (found.row.party.suspected) TRY(EndCodeOf(transaction, desk, found.file, id));
  TRY(PutSheet(transaction, desk, found.file, found.row.party, party));
  TRY(SetMinorBy(transaction, desk, found.file.record, party));
  TRY(WriteEntry(transaction, desk, found.file.opened.public_key(), "person.changed",
                 {{"role", std::string(PartyRoleName(party.role))}}));
  desk.LeaveDue(std::move(found.file.opened));
  return found.row.party.revision;
}

Result<void> RemoveParty(store::Transaction& transaction, const Desk& desk, PartyId id,
                         std::int64_t revision) {
  PartyFile found = TRY(OpenParty(transaction, desk, id, revision));
  TRY(EndCodeOf(transaction, desk, found.file, id));
  TRY(DeleteParty(transaction, id));
  TRY(DeleteFields(transaction, found.row.of, id.Reference()));
  TRY(DropTokens(transaction, found.row.of, id.Reference()));
  TRY(WriteEntry(transaction, desk, found.file.opened.public_key(), "person.removed",
                 {{"role", std::string(PartyRoleName(found.row.party.role))}}));
  desk.LeaveDue(std::move(found.file.opened));
  return {};
}

Result<std::int64_t> CheckPaper(store::Transaction& transaction, const Desk& desk, PartyId id,
                                std::int64_t revision, const std::string& paper) {
  TRY(desk.rules.rights.papers().Check(paper));
  PartyFile found = TRY(OpenParty(transaction, desk, id, revision));
  const Sheet sheet = TRY(ReadSheet(transaction, found.file.opened, id.Reference()));
  found.row.party.papers.insert(paper);
  TRY(SaveParty(transaction, found.row));
  // The sheet is bound to the revision.
  TRY(PutField(transaction, found.file.opened.public_key(),
               {found.row.of, id.Reference(), "sheet", found.row.party.revision}, sheet.ToJson()));
  TRY(WriteEntry(transaction, desk, found.file.opened.public_key(), "paper.checked",
                 {{"paper", paper}}));
  return found.row.party.revision;
}

Result<std::vector<Party>> ReadParties(store::Transaction& transaction, const Desk& desk,
                                       vault::CaseId of) {
  const CaseFile file = TRY(OpenCaseFile(transaction, desk, of, Permission::kCaseOpen));
  const auto codes = TRY(access::RepresentativeCodesOf(transaction, of));
  std::vector<Party> parties;
  for (PartyRow& row : TRY(QueryParties(transaction, of))) {
    row.party.sheet = TRY(ReadSheet(transaction, file.opened, row.party.id.Reference()));
    for (const auto& code : codes) {
      if (code.who.party == row.party.id.bytes()) row.party.code_issued_at = code.issued_at;
    }
    parties.push_back(std::move(row.party));
  }
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "person.read"));
  return parties;
}

Result<void> CheckRight(store::Transaction& transaction, const Desk& desk, PartyId id,
                        Right right) {
  const PartyRow row = TRY(LoadParty(transaction, id));
  const CaseFile file = TRY(OpenCaseFile(transaction, desk, row.of, Permission::kCaseOpen));
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), "person.read",
                 {{"right", std::string(RightName(right))}}));
  return CheckRightIn(transaction, desk, file.opened, id, right);
}

Result<void> CheckRightIn(store::Transaction& transaction, const Desk& desk,
                          const access::OpenedCase& opened, PartyId id, Right right) {
  const PartyRow row = TRY(LoadParty(transaction, id));
  if (row.of != opened.id()) {
    return Error{ErrorCode::kPermissionDenied, "this is no person of the case any more"};
  }
  const auto birth = TRY(BirthOfSurvivor(transaction, opened));
  return desk.rules.rights.Check(desk.rules.jurisdiction, right,
                                 {row.party.role, row.party.suspected, row.party.papers}, birth,
                                 DayOf(desk.now));
}

Result<std::optional<CivilDay>> BirthOfSurvivor(store::Transaction& transaction,
                                                const access::OpenedCase& opened) {
  for (const PartyRow& row : TRY(QueryParties(transaction, opened.id()))) {
    if (row.party.role != PartyRole::kSurvivor) continue;
    const Sheet sheet = TRY(ReadSheet(transaction, opened, row.party.id.Reference()));
    const std::string& text = sheet.Get("birth_date");
    if (!text.empty()) return std::optional(TRY(ParseDay(text)));
  }
  return std::optional<CivilDay>();
}

}  // namespace jikimi::casework
