#include <array>
#include <string>
#include <string_view>

#include "access/row_ids.h"
#include "casework/import_tables.h"
#include "casework/item_tables.h"
#include "casework/schema.h"
#include "casework/sealed_fields.h"
#include "store/sql.h"

namespace jikimi::casework {
namespace {

// casework_sealed: what is sealed to a case, or under an item's key where item_id says so, of all
// records. kind and record are vault::RecordReference's. casework_token: team's blind index.
constexpr std::string_view kRecords = R"(
CREATE TABLE casework_case (
  id BYTEA PRIMARY KEY,
  state TEXT NOT NULL,
  queue TEXT NOT NULL,
  urgency BIGINT NOT NULL,
  due_at TIMESTAMPTZ NOT NULL,
  assigned BYTEA,
  team BYTEA,
  minor TEXT NOT NULL,
  withdrawal TEXT NOT NULL,
  destroy_at TIMESTAMPTZ,
  contact_unsafe BIGINT NOT NULL,
  investigation BIGINT NOT NULL,
  harms TEXT NOT NULL,
  neutral_text TEXT NOT NULL,
  opened_at TIMESTAMPTZ NOT NULL,
  closed_at TIMESTAMPTZ,
  listed BIGINT NOT NULL,
  revision BIGINT NOT NULL
);
CREATE INDEX casework_case_queue ON casework_case (queue, urgency, due_at, id) WHERE listed = 1;
CREATE INDEX casework_case_team ON casework_case (team, queue, urgency, due_at, id)
  WHERE listed = 1;
CREATE INDEX casework_case_assigned ON casework_case (assigned, urgency, due_at, id)
  WHERE listed = 1;
CREATE INDEX casework_case_due ON casework_case (due_at, id) WHERE listed = 1;
CREATE INDEX casework_case_destroy ON casework_case (destroy_at, id) WHERE destroy_at IS NOT NULL;
CREATE INDEX casework_case_closed ON casework_case (closed_at, id) WHERE closed_at IS NOT NULL;

CREATE TABLE casework_sealed (
  case_id BYTEA NOT NULL,
  kind BIGINT NOT NULL,
  record BYTEA NOT NULL,
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  item_id BYTEA,
  key_version BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (case_id, kind, record, name)
);

CREATE TABLE casework_token (
  team BYTEA NOT NULL,
  field TEXT NOT NULL,
  token BIGINT NOT NULL,
  case_id BYTEA NOT NULL,
  kind BIGINT NOT NULL,
  record BYTEA NOT NULL,
  PRIMARY KEY (team, field, token, case_id, record)
);
CREATE INDEX casework_token_case ON casework_token (case_id);

CREATE TABLE casework_report (
  id BYTEA PRIMARY KEY,
  case_id BYTEA NOT NULL,
  channel TEXT NOT NULL,
  reporter TEXT NOT NULL,
  state TEXT NOT NULL,
  received_at TIMESTAMPTZ NOT NULL,
  revision BIGINT NOT NULL
);
CREATE INDEX casework_report_case ON casework_report (case_id, received_at, id);

CREATE TABLE casework_item (
  id BYTEA PRIMARY KEY,
  case_id BYTEA NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  fabricated BIGINT NOT NULL,
  altered TEXT NOT NULL,
  needs_second BIGINT NOT NULL,
  first_by BYTEA,
  negative_reason TEXT NOT NULL,
  registered_at TIMESTAMPTZ NOT NULL,
  revision BIGINT NOT NULL
);
CREATE INDEX casework_item_case ON casework_item (case_id, id);

CREATE TABLE casework_mark (
  id BYTEA PRIMARY KEY,
  item_id BYTEA NOT NULL,
  case_id BYTEA NOT NULL,
  kind TEXT NOT NULL,
  place TEXT NOT NULL,
  key_version BIGINT NOT NULL,
  sealed BYTEA NOT NULL
);
CREATE INDEX casework_mark_item ON casework_mark (item_id, id);
CREATE INDEX casework_mark_case ON casework_mark (case_id);
CREATE INDEX casework_mark_key ON casework_mark (key_version);
)";

constexpr std::string_view kWork = R"(
CREATE TABLE casework_party (
  id BYTEA PRIMARY KEY,
  case_id BYTEA NOT NULL,
  role TEXT NOT NULL,
  suspected BIGINT NOT NULL,
  papers TEXT NOT NULL,
  revision BIGINT NOT NULL
);
CREATE INDEX casework_party_case ON casework_party (case_id, id);
CREATE UNIQUE INDEX casework_party_survivor ON casework_party (case_id) WHERE role = 'survivor';

CREATE TABLE casework_contact_plan (
  case_id BYTEA PRIMARY KEY,
  version BIGINT NOT NULL,
  key_version BIGINT NOT NULL,
  sealed BYTEA NOT NULL
);
CREATE INDEX casework_contact_plan_key ON casework_contact_plan (key_version);

CREATE TABLE casework_attempt (
  id BYTEA PRIMARY KEY,
  case_id BYTEA NOT NULL,
  made_at TIMESTAMPTZ NOT NULL,
  reached TEXT NOT NULL,
  made_by TEXT NOT NULL
);
CREATE INDEX casework_attempt_case ON casework_attempt (case_id, made_at, id);

CREATE TABLE casework_task (
  id BYTEA PRIMARY KEY,
  case_id BYTEA NOT NULL,
  due_at TIMESTAMPTZ NOT NULL,
  assigned BYTEA,
  done_at TIMESTAMPTZ,
  checklist TEXT NOT NULL
);
CREATE INDEX casework_task_case ON casework_task (case_id, due_at, id);
CREATE INDEX casework_task_due ON casework_task (due_at, id) WHERE done_at IS NULL;
CREATE INDEX casework_task_assigned ON casework_task (assigned, due_at, id) WHERE done_at IS NULL;

CREATE TABLE casework_note (
  id BYTEA PRIMARY KEY,
  case_id BYTEA NOT NULL,
  kind TEXT NOT NULL,
  written_at TIMESTAMPTZ NOT NULL,
  written_by TEXT NOT NULL
);
CREATE INDEX casework_note_case ON casework_note (case_id, kind, written_at, id);

CREATE TABLE casework_service (
  id BYTEA PRIMARY KEY,
  case_id BYTEA NOT NULL,
  service TEXT NOT NULL,
  unique_key TEXT NOT NULL,
  given_at TIMESTAMPTZ NOT NULL,
  given_by TEXT NOT NULL
);
CREATE UNIQUE INDEX casework_service_once ON casework_service (case_id, service, unique_key);

CREATE TABLE casework_referral (
  id BYTEA PRIMARY KEY,
  case_id BYTEA NOT NULL,
  agency TEXT NOT NULL,
  purpose TEXT NOT NULL,
  state TEXT NOT NULL,
  fields TEXT NOT NULL,
  offered_at TIMESTAMPTZ NOT NULL,
  changed_at TIMESTAMPTZ NOT NULL,
  revision BIGINT NOT NULL
);
CREATE INDEX casework_referral_case ON casework_referral (case_id, offered_at, id);
CREATE UNIQUE INDEX casework_referral_open ON casework_referral (case_id, agency, purpose)
  WHERE state IN ('offered', 'accepted', 'in_progress');

CREATE TABLE casework_checklist (
  case_id BYTEA NOT NULL,
  code TEXT NOT NULL,
  done BIGINT NOT NULL,
  changed_at TIMESTAMPTZ NOT NULL,
  changed_by TEXT NOT NULL,
  day TEXT NOT NULL,
  PRIMARY KEY (case_id, code)
);

CREATE TABLE casework_link (
  case_id BYTEA NOT NULL,
  other_id BYTEA NOT NULL,
  PRIMARY KEY (case_id, other_id)
);
CREATE INDEX casework_link_other ON casework_link (other_id);

CREATE TABLE casework_incident (
  id BYTEA PRIMARY KEY,
  opened_at TIMESTAMPTZ NOT NULL,
  key_version BIGINT NOT NULL,
  sealed BYTEA NOT NULL
);
CREATE INDEX casework_incident_key ON casework_incident (key_version);
CREATE TABLE casework_incident_case (
  incident_id BYTEA NOT NULL,
  case_id BYTEA NOT NULL,
  PRIMARY KEY (incident_id, case_id)
);
CREATE INDEX casework_incident_case_case ON casework_incident_case (case_id);

CREATE TABLE casework_upload (
  id BYTEA PRIMARY KEY,
  case_id BYTEA NOT NULL,
  item_id BYTEA NOT NULL,
  kind TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  uploaded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX casework_upload_case ON casework_upload (case_id, uploaded_at, id);
CREATE INDEX casework_upload_item ON casework_upload (item_id);
CREATE TABLE casework_upload_piece (
  file_id BYTEA NOT NULL,
  number BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (file_id, number)
);

CREATE TABLE casework_hold (
  id BYTEA PRIMARY KEY,
  case_id BYTEA NOT NULL,
  authority TEXT NOT NULL,
  starts_at TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL,
  ended_at TIMESTAMPTZ
);
CREATE INDEX casework_hold_case ON casework_hold (case_id, starts_at, id);
)";

constexpr std::string_view kPortalUploads =
    "ALTER TABLE casework_upload ADD COLUMN by_survivor BIGINT NOT NULL DEFAULT 0";

// Numbers that another system gave to cases, so that none is imported twice: found by a digest
// under a key that is derived from the server key of that version, and sealed under that key, so
// that both are made anew when it is rotated. A case that others were joined to has theirs too.
// indexed: whether somebody of the team has put its names into the index.
constexpr std::string_view kImport = R"(
CREATE TABLE casework_imported (
  id BYTEA PRIMARY KEY,
  case_id BYTEA NOT NULL,
  digest BYTEA NOT NULL,
  key_version BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  indexed BIGINT NOT NULL
);
CREATE UNIQUE INDEX casework_imported_digest ON casework_imported (digest);
CREATE INDEX casework_imported_case ON casework_imported (case_id);
CREATE INDEX casework_imported_key ON casework_imported (key_version);
CREATE INDEX casework_imported_unindexed ON casework_imported (id) WHERE indexed = 0;
)";

// What is left of an imported case when it is destroyed: a digest of its number in the other
// system, under a key that no rotation changes (access::CentreKeys::LastingDigest()), so that the
// same row doesn't bring it back. `lasting` is that digest while the case is there; NULL:
// CompleteImported() has not been here yet.
constexpr std::string_view kImportGone = R"(
ALTER TABLE casework_imported ADD COLUMN lasting BYTEA;
CREATE INDEX casework_imported_lasting ON casework_imported (id) WHERE lasting IS NULL;
CREATE TABLE casework_import_gone (digest BYTEA PRIMARY KEY);
)";

// Tables whose rows belong to one case by their case_id; withdrawal_contract_test.cc compares them
// with the schema's own list.
constexpr std::array<std::string_view, 17> kOfCases = {
    "casework_sealed",    "casework_token", "casework_report",        "casework_item",
    "casework_mark",      "casework_party", "casework_contact_plan",  "casework_attempt",
    "casework_task",      "casework_note",  "casework_service",       "casework_referral",
    "casework_checklist", "casework_link",  "casework_incident_case", "casework_hold",
    "casework_imported",
};

Result<void> EraseCase(store::Transaction& transaction, vault::CaseId id) {
  const auto of = access::IdValue(id);
  TRY(store::Execute(transaction,
                     "DELETE FROM casework_upload_piece WHERE file_id IN "
                     "(SELECT id FROM casework_upload WHERE case_id = $1)",
                     {of}));
  TRY(store::Execute(transaction, "DELETE FROM casework_upload WHERE case_id = $1", {of}));
  TRY(store::Execute(transaction, "DELETE FROM casework_link WHERE other_id = $1", {of}));
  TRY(store::Execute(transaction,
                     "INSERT INTO casework_import_gone (digest) SELECT lasting FROM "
                     "casework_imported WHERE case_id = $1 AND lasting IS NOT NULL "
                     "ON CONFLICT (digest) DO NOTHING",
                     {of}));
  for (const std::string_view table : kOfCases) {
    TRY(store::Execute(transaction, "DELETE FROM " + std::string(table) + " WHERE case_id = $1",
                       {of}));
  }
  TRY(store::Execute(transaction, "DELETE FROM casework_case WHERE id = $1", {of}));
  return {};
}

Result<void> EraseItem(store::Transaction& transaction, vault::CaseId id, vault::ItemId item) {
  const auto of = access::IdValue(id);
  const auto about = access::IdValue(item);
  TRY(store::Execute(transaction,
                     "DELETE FROM casework_upload_piece WHERE file_id IN "
                     "(SELECT id FROM casework_upload WHERE case_id = $1 AND item_id = $2)",
                     {of, about}));
  for (const std::string_view table : {"casework_upload", "casework_mark", "casework_sealed"}) {
    TRY(store::Execute(transaction,
                       "DELETE FROM " + std::string(table) + " WHERE case_id = $1 AND item_id = $2",
                       {of, about}));
  }
  TRY(store::Execute(transaction, "DELETE FROM casework_item WHERE id = $2 AND case_id = $1",
                     {of, about}));
  return {};
}

}  // namespace

store::Schema CaseworkSchema() {
  static const store::Migration migrations[] = {{"records", kRecords},
                                                {"work", kWork},
                                                {"portal uploads", kPortalUploads},
                                                {"import", kImport},
                                                {"import gone", kImportGone}};
  return {"casework", migrations};
}

access::CaseEraser Eraser() { return {"casework", EraseCase, EraseItem}; }

std::vector<access::CaseField> CaseFields() { return {{"casework_sealed", ResealFields}}; }

std::vector<access::ServerField> ServerFields() {
  auto fields = ServerFieldsOfItems();
  fields.push_back(ServerFieldOfImported());
  return fields;
}

}  // namespace jikimi::casework
