#include "access/consent_tables.h"

#include <string>
#include <utility>

#include "access/row_ids.h"
#include "store/sql.h"

namespace jikimi::access {
namespace {

constexpr std::string_view kColumns =
    "consent_id, version, case_id, agency, purpose, fields, starts_at, ends_at, given, "
    "recorded_at, recorded_by, meaning_version, ended_at, keep_days";
constexpr std::string_view kOverrideColumns =
    "override_id, basis, case_id, agency, purpose, fields, legal_basis, decided_by, seconded_by, "
    "decided_at, starts_at, ends_at, reason";

constexpr std::string_view kGivenCodes[] = {"by_survivor", "in_person",   "by_telephone",
                                            "in_writing",  "by_guardian", "by_proxy"};

std::span<const std::byte> View(const ConsentId& id) { return id.bytes; }

// Codes with a space between two.
std::string JoinCodes(const FieldCodes& codes) {
  std::string text;
  for (const auto& code : codes) text += (text.empty() ? "" : " ") + code;
  return text;
}

FieldCodes SplitCodes(std::string_view text) {
  FieldCodes codes;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    codes.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return codes;
}

Result<ConsentGiven> ParseGiven(std::string_view code) {
  for (std::size_t i = 0; i < std::size(kGivenCodes); ++i) {
    if (kGivenCodes[i] == code) return static_cast<ConsentGiven>(i);
  }
  return Error{ErrorCode::kCorrupt, "consent: unknown way of giving in the database"};
}

Result<Consent> ToConsent(const store::Row& row) {
  Consent consent;
  consent.id.bytes = TRY(Bytes16(row, 0));
  consent.version = static_cast<int>(TRY(row.Get<std::int64_t>(1)));
  consent.of = TRY(IdOf<vault::KeyKind::kCase>(row, 2));
  consent.choice.agency = TRY(row.Get<std::string>(3));
  consent.choice.purpose = TRY(row.Get<std::string>(4));
  consent.choice.fields = SplitCodes(TRY(row.Get<std::string>(5)));
  consent.choice.from = TRY(row.Get<Timestamp>(6));
  consent.choice.until = TRY(row.Get<Timestamp>(7));
  const auto given = TRY(row.Get<std::string>(8));
  consent.given = TRY(ParseGiven(given));
  consent.recorded_at = TRY(row.Get<Timestamp>(9));
  consent.recorded_by = TRY(row.Get<std::string>(10));
  consent.meaning_version = static_cast<int>(TRY(row.Get<std::int64_t>(11)));
  consent.ended_at = TRY(row.Get<std::optional<Timestamp>>(12));
  if (const auto days = TRY(row.Get<std::optional<std::int64_t>>(13))) {
    consent.choice.keep_days = static_cast<int>(*days);
  }
  return consent;
}

Result<std::vector<Consent>> Consents(store::Transaction& transaction, std::string_view rest,
                                      store::ParameterList parameters) {
  const auto rows = TRY(store::Query(
      transaction, "SELECT " + std::string(kColumns) + " FROM access_consent " + std::string(rest),
      parameters));
  std::vector<Consent> consents;
  for (const auto& row : rows) consents.push_back(TRY(ToConsent(row)));
  return consents;
}

Result<Override> ToOverride(const store::Row& row) {
  Override decided;
  decided.id.bytes = TRY(Bytes16(row, 0));
  decided.basis = TRY(row.Get<std::string>(1)) == "emergency" ? Basis::kEmergency : Basis::kDuty;
  decided.of = TRY(IdOf<vault::KeyKind::kCase>(row, 2));
  decided.agency = TRY(row.Get<std::string>(3));
  decided.purpose = TRY(row.Get<std::string>(4));
  decided.fields = SplitCodes(TRY(row.Get<std::string>(5)));
  decided.legal_basis = TRY(row.Get<std::string>(6));
  decided.decided_by = TRY(row.Get<std::string>(7));
  decided.seconded_by = TRY(row.Get<std::string>(8));
  decided.decided_at = TRY(row.Get<Timestamp>(9));
  decided.from = TRY(row.Get<Timestamp>(10));
  decided.until = TRY(row.Get<Timestamp>(11));
  decided.sealed_reason = TRY(row.Get<std::vector<std::byte>>(12));
  return decided;
}

Result<std::vector<Override>> Overrides(store::Transaction& transaction, std::string_view rest,
                                        store::ParameterList parameters) {
  const auto rows = TRY(store::Query(
      transaction,
      "SELECT " + std::string(kOverrideColumns) + " FROM access_override " + std::string(rest),
      parameters));
  std::vector<Override> overrides;
  for (const auto& row : rows) overrides.push_back(TRY(ToOverride(row)));
  return overrides;
}

template <typename Thing>
std::optional<Thing> FirstOf(std::vector<Thing> things) {
  if (things.empty()) return std::nullopt;
  return std::move(things.front());
}

}  // namespace

Result<void> InsertConsent(store::Transaction& transaction, const Consent& consent) {
  const auto& choice = consent.choice;
  const std::string fields = JoinCodes(choice.fields);
  std::optional<std::int64_t> keep_days;
  if (choice.keep_days) keep_days = *choice.keep_days;
  TRY(store::Execute(transaction,
                     "INSERT INTO access_consent (" + std::string(kColumns) +
                         ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                     {View(consent.id), consent.version, IdValue(consent.of), choice.agency,
                      choice.purpose, fields, choice.from, choice.until,
                      kGivenCodes[static_cast<std::size_t>(consent.given)], consent.recorded_at,
                      consent.recorded_by, consent.meaning_version, consent.ended_at, keep_days}));
  return {};
}

Result<std::optional<Consent>> FindConsent(store::Transaction& transaction, ConsentId id) {
  return FirstOf(TRY(
      Consents(transaction, "WHERE consent_id = $1 ORDER BY version DESC LIMIT 1", {View(id)})));
}

Result<bool> EndConsentVersion(store::Transaction& transaction, ConsentId id, int version,
                               Timestamp at) {
  return TRY(store::Execute(transaction,
                            "UPDATE access_consent SET ended_at = $3 WHERE consent_id = $1 AND "
                            "version = $2 AND ended_at IS NULL",
                            {View(id), version, at})) == 1;
}

Result<void> EndConsentRow(store::Transaction& transaction, ConsentId id, Timestamp at) {
  TRY(store::Execute(
      transaction,
      "UPDATE access_consent SET ended_at = $2 WHERE consent_id = $1 AND ended_at IS NULL",
      {View(id), at}));
  return {};
}

Result<std::vector<Consent>> LiveConsents(store::Transaction& transaction, vault::CaseId of,
                                          std::string_view agency, std::string_view purpose,
                                          Timestamp now) {
  return Consents(transaction,
                  "WHERE case_id = $1 AND agency = $2 AND purpose = $3 AND ended_at IS NULL AND "
                  "starts_at <= $4 AND ends_at > $4 ORDER BY consent_id",
                  {IdValue(of), agency, purpose, now});
}

Result<std::vector<Consent>> OpenConsents(store::Transaction& transaction, vault::CaseId of) {
  return Consents(transaction, "WHERE case_id = $1 AND ended_at IS NULL ORDER BY consent_id",
                  {IdValue(of)});
}

Result<std::vector<Consent>> ConsentsOf(store::Transaction& transaction, vault::CaseId of) {
  return Consents(transaction,
                  "WHERE case_id = $1 AND NOT EXISTS (SELECT 1 FROM access_consent n WHERE "
                  "n.consent_id = access_consent.consent_id AND "
                  "n.version > access_consent.version) ORDER BY recorded_at, consent_id",
                  {IdValue(of)});
}

Result<std::vector<Consent>> VersionsOf(store::Transaction& transaction, ConsentId id) {
  return Consents(transaction, "WHERE consent_id = $1 ORDER BY version", {View(id)});
}

Result<std::vector<Consent>> ConsentsEndingSoon(store::Transaction& transaction, Timestamp now,
                                                const std::optional<Consent>& after, int limit) {
  const ConsentId none;
  const Timestamp last = now + std::chrono::days(Terms().warn_days);
  return Consents(
      transaction,
      "WHERE ended_at IS NULL AND ends_at > $1 AND ends_at <= $2 AND "
      "(ends_at, consent_id) > ($3, $4) ORDER BY ends_at, consent_id LIMIT $5",
      {now, last, after ? after->choice.until : now, View(after ? after->id : none), limit});
}

Result<void> InsertOverride(store::Transaction& transaction, const Override& decided) {
  const std::string fields = JoinCodes(decided.fields);
  TRY(store::Execute(transaction,
                     "INSERT INTO access_override (" + std::string(kOverrideColumns) +
                         ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                     {View(decided.id), decided.basis == Basis::kEmergency ? "emergency" : "duty",
                      IdValue(decided.of), decided.agency, decided.purpose, fields,
                      decided.legal_basis, decided.decided_by, decided.seconded_by,
                      decided.decided_at, decided.from, decided.until, decided.sealed_reason}));
  return {};
}

Result<std::optional<Override>> FindOverride(store::Transaction& transaction, ConsentId id) {
  return FirstOf(TRY(Overrides(transaction, "WHERE override_id = $1", {View(id)})));
}

Result<std::vector<Override>> OverridesOf(store::Transaction& transaction, vault::CaseId of) {
  return Overrides(transaction, "WHERE case_id = $1 ORDER BY decided_at, override_id",
                   {IdValue(of)});
}

Result<std::int64_t> ResealReasons(store::Transaction& transaction, const OpenedCase& opened,
                                   int limit) {
  std::int64_t resealed = 0;
  for (const auto& decided : TRY(OverridesOf(transaction, opened.id()))) {
    if (resealed == limit) break;
    const auto sealed = TRY(vault::SealedTo<vault::KeyKind::kCase>::Parse(decided.sealed_reason));
    if (sealed.key_version() >= opened.public_key().name().version) continue;
    const auto context = ReasonContext(decided.of, decided.id);
    const auto reason = TRY(opened.OpenField(context, sealed));
    const auto fresh = TRY(vault::Seal(opened.public_key(), context, reason.bytes()));
    TRY(store::Execute(transaction, "UPDATE access_override SET reason = $2 WHERE override_id = $1",
                       {View(decided.id), fresh.bytes()}));
    ++resealed;
  }
  return resealed;
}

Result<void> DeleteConsentsOf(store::Transaction& transaction, vault::CaseId of) {
  TRY(store::Execute(transaction, "DELETE FROM access_consent WHERE case_id = $1", {IdValue(of)}));
  TRY(store::Execute(transaction, "DELETE FROM access_override WHERE case_id = $1", {IdValue(of)}));
  return {};
}

}  // namespace jikimi::access
