#include "casework/export.h"

#include <boost/json.hpp>
#include <cstdio>

#include "base/bytes.h"
#include "casework/acts.h"
#include "casework/case_tables.h"
#include "casework/contact.h"
#include "casework/item_tables.h"
#include "casework/party_tables.h"
#include "casework/sealed_fields.h"
#include "casework/upload_tables.h"
#include "casework/work_tables.h"

namespace jikimi::casework {
namespace {

using access::FieldCodes;
using access::Permission;
namespace json = boost::json;

std::string Iso(Timestamp at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  char text[32];
  std::snprintf(text, sizeof(text), "T%02d:%02d:%02dZ", static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return DayText(day) + text;
}

// DOMAIN's bands: under 10, then by tens, 50 and over.
std::string AgeBand(int age) {
  if (age < 10) return "under_10";
  return age >= 50 ? "50_and_over" : std::to_string(age / 10 * 10) + "s";
}

constexpr std::string_view kPapers = "case.papers";
constexpr std::string_view kUploads = "case.uploads";

// By which name a consent gives an upload away.
std::string_view ShareOf(const Upload& upload) {
  return upload.kind == UploadKind::kPaper ? kPapers : kUploads;
}

// Gathers what the allowance covers; nothing that isn't in it is opened, let alone written.
class Gatherer {
 public:
  Gatherer(store::Transaction& transaction, const Desk& desk, const CaseFile& file,
           const FieldCodes& allowed)
      : transaction_(transaction), desk_(desk), file_(file), allowed_(allowed) {}

  Result<json::object> Gather() {
    json::object fields;
    TRY(AddParties(fields));
    TRY(AddCase(fields));
    TRY(AddItems(fields));
    if (Has("services.given")) TRY(AddServices(fields));
    TRY(AddFiles(fields));
    return fields;
  }

 private:
  bool Has(std::string_view share) const { return allowed_.find(share) != allowed_.end(); }

  bool HasAny(SheetKind kind) const {
    for (const FieldTable::Field* field : desk_.rules.fields.FieldsOf(kind)) {
      if (!field->share.empty() && Has(field->share)) return true;
    }
    return false;
  }

  // The allowed fields of one sheet, by their share name.
  json::object Pick(SheetKind kind, const Sheet& sheet) const {
    json::object picked;
    for (const FieldTable::Field* field : desk_.rules.fields.FieldsOf(kind)) {
      const std::string& text = sheet.Get(field->label.code);
      if (field->share.empty() || text.empty() || !Has(field->share)) continue;
      picked[field->share] = text;
    }
    return picked;
  }

  Result<void> AddParties(json::object& fields) {
    const bool band = Has("survivor.age_band");
    if (!HasAny(SheetKind::kSurvivor) && !HasAny(SheetKind::kPerson) && !band) return {};
    json::array persons;
    for (const PartyRow& row : TRY(QueryParties(transaction_, file_.record.id))) {
      const bool survivor = row.party.role == PartyRole::kSurvivor;
      if (row.party.suspected && !Has("case.suspect")) continue;
      if (!HasAny(survivor ? SheetKind::kSurvivor : SheetKind::kPerson) && !(survivor && band)) {
        continue;
      }
      const Sheet sheet = TRY(ReadSheet(transaction_, file_.opened, row.party.id.Reference()));
      if (!survivor) {
        json::object person = Pick(SheetKind::kPerson, sheet);
        if (person.empty()) continue;
        person["role"] = PartyRoleName(row.party.role);
        persons.push_back(std::move(person));
        continue;
      }
      for (auto& [share, text] : Pick(SheetKind::kSurvivor, sheet)) fields[share] = text;
      const std::string& birth = sheet.Get("birth_date");
      if (band && !birth.empty()) {
        const CivilDay born = TRY(ParseDay(birth));
        const auto today = std::chrono::floor<std::chrono::days>(desk_.now);
        fields["survivor.age_band"] = AgeBand(AgeOn(born, today));
      }
    }
    if (!persons.empty()) fields["persons"] = std::move(persons);
    return {};
  }

  Result<void> AddCase(json::object& fields) {
    if (HasAny(SheetKind::kCase)) {
      const Sheet sheet = TRY(ReadSheet(transaction_, file_.opened, file_.record.id));
      for (auto& [share, text] : Pick(SheetKind::kCase, sheet)) fields[share] = text;
    }
    if (Has("case.harms")) {
      json::array harms;
      for (const std::string& harm : file_.record.harms) harms.emplace_back(harm);
      fields["case.harms"] = std::move(harms);
    }
    if (Has("survivor.contact_windows")) {
      const auto windows = TRY(ContactWindowsOf(transaction_, desk_, file_.record.id));
      if (windows) fields["survivor.contact_windows"] = windows->ToText();
    }
    return {};
  }

  Result<void> AddItems(json::object& fields) {
    const bool marks = Has("items.urls") || Has("items.photo_words");
    if (!HasAny(SheetKind::kItem) && !marks) return {};
    constexpr int kAtOnce = 200;
    json::array items;
    std::optional<vault::ItemId> after;
    while (true) {
      const auto rows = TRY(QueryItems(transaction_, file_.record.id, after, kAtOnce));
      for (const ItemRow& row : rows) {
        after = row.item.id;
        if (row.item.state != ItemState::kConfirmed) continue;
        json::object item = TRY(ItemObject(row.item.id));
        if (!item.empty()) items.push_back(std::move(item));
      }
      if (rows.size() < kAtOnce) break;
    }
    if (!items.empty()) fields["items"] = std::move(items);
    return {};
  }

  Result<json::object> ItemObject(vault::ItemId id) {
    json::object item;
    if (HasAny(SheetKind::kItem)) {
      item = Pick(SheetKind::kItem, TRY(ReadSheet(transaction_, file_.opened, id)));
    }
    if (!Has("items.urls") && !Has("items.photo_words")) return item;
    json::array urls;
    json::array words;
    for (const Mark& mark : TRY(QueryMarks(transaction_, desk_.keys, id))) {
      if (mark.kind == MarkKind::kUrl && Has("items.urls")) {
        urls.emplace_back(
            json::string_view(reinterpret_cast<const char*>(mark.bytes.data()), mark.bytes.size()));
      }
      // Patch words stay at the centre (PRODUCT 2); photo and frame words may go.
      const bool words_only = mark.kind == MarkKind::kPhoto || mark.kind == MarkKind::kVideo;
      if (words_only && Has("items.photo_words")) words.emplace_back(ToHex(mark.bytes));
    }
    if (!urls.empty()) item["items.urls"] = std::move(urls);
    if (!words.empty()) item["items.photo_words"] = std::move(words);
    return item;
  }

  // What there is, by number and name; the bytes go out one by one (ExportFile()).
  Result<void> AddFiles(json::object& fields) {
    if (!Has(kPapers) && !Has(kUploads)) return {};
    for (const Upload& upload : TRY(QueryUploads(transaction_, file_.record.id))) {
      const std::string_view share = ShareOf(upload);
      if (!Has(share)) continue;
      const auto name = TRY(ReadField(transaction_, file_.opened, upload.under, "upload"));
      if (!fields.contains(share)) fields[share] = json::array();
      fields[share].as_array().push_back(json::object{{"file", IdText(upload.id)},
                                                      {"kind", UploadKindName(upload.kind)},
                                                      {"bytes", upload.bytes},
                                                      {"name", name.value_or("")}});
    }
    return {};
  }

  Result<void> AddServices(json::object& fields) {
    json::array services;
    for (const Service& service : TRY(QueryServices(transaction_, file_.record.id))) {
      services.push_back({{"service", service.type}, {"given_at", Iso(service.given_at)}});
    }
    fields["services.given"] = std::move(services);
    return {};
  }

  store::Transaction& transaction_;
  const Desk& desk_;
  const CaseFile& file_;
  const FieldCodes& allowed_;
};

std::string_view BasisName(access::Basis basis) {
  switch (basis) {
    case access::Basis::kConsent:
      return "consent";
    case access::Basis::kEmergency:
      return "emergency";
    case access::Basis::kDuty:
      return "duty to report";
  }
  return "";
}

Result<CaseFile> OpenForExport(store::Transaction& transaction, const Desk& desk,
                               vault::CaseId of) {
  auto file = OpenCaseFile(transaction, desk, of, Permission::kReferralMake);
  if (file || file.error().code != ErrorCode::kPermissionDenied) return file;
  return OpenCaseFile(transaction, desk, of, Permission::kBundleExport);
}

Result<CaseFile> OpenForSharing(store::Transaction& transaction, const Desk& desk,
                                vault::CaseId of) {
  auto file = TRY(OpenForExport(transaction, desk, of));
  if (file.record.withdrawal >= Withdrawal::kSharing) {
    return Error{ErrorCode::kPermissionDenied, "she has withdrawn from sharing"};
  }
  return file;
}

Error NothingCovers(access::Basis basis) {
  return {ErrorCode::kPermissionDenied,
          basis == access::Basis::kConsent
              ? "nothing that she consented to covers this agency, purpose and time"
              : "the decision doesn't cover this agency, purpose, time and these fields"};
}

log::EntryKind KindOf(access::Basis basis) {
  return basis == access::Basis::kConsent ? log::EntryKind("consent.used")
                                          : log::EntryKind("export.made");
}

Result<Export> Make(store::Transaction& transaction, const Desk& desk, const CaseFile& file,
                    std::string_view agency, std::string_view purpose,
                    access::Allowance allowance) {
  if (allowance.fields.empty()) return NothingCovers(allowance.basis);
  Gatherer gatherer(transaction, desk, file, allowance.fields);
  json::object bundle;
  // A number of its own, so that the agency can ask about it without knowing the case's.
  const std::string reference = IdText(NoteId::Random());
  bundle["format"] = "jikimi case bundle 1";
  bundle["reference"] = reference;
  bundle["agency"] = agency;
  bundle["purpose"] = purpose;
  bundle["basis"] = BasisName(allowance.basis);
  bundle["made_at"] = Iso(desk.now);
  if (allowance.until) bundle["valid_until"] = Iso(*allowance.until);
  if (allowance.keep_days) bundle["keep_days"] = *allowance.keep_days;
  bundle["fields"] = TRY(gatherer.Gather());
  std::string names;
  for (const std::string& field : allowance.fields) names += (names.empty() ? "" : ",") + field;
  const std::vector<log::EntryField> entry = {{"agency", std::string(agency)},
                                              {"purpose", std::string(purpose)},
                                              {"fields", names},
                                              {"basis", std::string(BasisName(allowance.basis))},
                                              {"reference", reference}};
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), KindOf(allowance.basis), entry));
  return Export{json::serialize(bundle), std::move(allowance)};
}

// `obey` says what of a field may go out now.
template <typename Obey>
Result<void> SendFile(store::Transaction& transaction, const Desk& desk, const CaseFile& file,
                      vault::FileId id, std::string_view agency, std::string_view purpose,
                      const TakePiece& take, Obey&& obey) {
  const Upload upload = TRY(FindUpload(transaction, file.record.id, id));
  const std::string share(ShareOf(upload));
  const access::Allowance allowance = TRY(obey(FieldCodes{share}));
  if (!allowance.fields.contains(share)) return NothingCovers(allowance.basis);
  TRY(WriteEntry(transaction, desk, file.opened.public_key(), KindOf(allowance.basis),
                 {{"agency", std::string(agency)},
                  {"purpose", std::string(purpose)},
                  {"fields", share},
                  {"basis", std::string(BasisName(allowance.basis))},
                  {"file", IdText(id)}}));
  return OpenUpload(transaction, file.opened, upload, take);
}

// A decision about another case looks like none.
Result<void> RequireDecided(store::Transaction& transaction, vault::CaseId of,
                            access::ConsentId decided) {
  for (const access::Override& one : TRY(access::OverridesOf(transaction, of))) {
    if (one.id == decided) return {};
  }
  return Error{ErrorCode::kNotFound, "no such decision about this case"};
}

}  // namespace

Result<Export> ExportFor(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                         std::string_view agency, std::string_view purpose,
                         const FieldCodes& wanted) {
  const CaseFile file = TRY(OpenForSharing(transaction, desk, of));
  auto allowance = TRY(access::Obey(transaction, of, agency, purpose, wanted, desk.now));
  return Make(transaction, desk, file, agency, purpose, std::move(allowance));
}

Result<void> ExportFile(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                        vault::FileId id, std::string_view agency, std::string_view purpose,
                        const TakePiece& take) {
  const CaseFile file = TRY(OpenForSharing(transaction, desk, of));
  return SendFile(transaction, desk, file, id, agency, purpose, take,
                  [&](const FieldCodes& wanted) {
                    return access::Obey(transaction, of, agency, purpose, wanted, desk.now);
                  });
}

Result<Export> ExportOnOverride(store::Transaction& transaction, const Desk& desk, vault::CaseId of,
                                access::ConsentId decided, std::string_view agency,
                                std::string_view purpose, const FieldCodes& wanted) {
  const CaseFile file = TRY(OpenForExport(transaction, desk, of));
  TRY(RequireDecided(transaction, of, decided));
  auto allowance =
      TRY(access::ObeyOverride(transaction, decided, agency, purpose, wanted, desk.now));
  return Make(transaction, desk, file, agency, purpose, std::move(allowance));
}

Result<void> ExportFileOnOverride(store::Transaction& transaction, const Desk& desk,
                                  vault::CaseId of, access::ConsentId decided, vault::FileId id,
                                  std::string_view agency, std::string_view purpose,
                                  const TakePiece& take) {
  const CaseFile file = TRY(OpenForExport(transaction, desk, of));
  TRY(RequireDecided(transaction, of, decided));
  return SendFile(
      transaction, desk, file, id, agency, purpose, take, [&](const FieldCodes& wanted) {
        return access::ObeyOverride(transaction, decided, agency, purpose, wanted, desk.now);
      });
}

}  // namespace jikimi::casework
