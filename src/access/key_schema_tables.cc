#include "access/schema.h"

namespace jikimi::access {

const std::string_view kKeySchema = R"(
CREATE TABLE access_key_sample (
  kind TEXT NOT NULL,
  version BIGINT NOT NULL,
  made_at TIMESTAMPTZ NOT NULL,
  sample BYTEA NOT NULL,
  PRIMARY KEY (kind, version)
);

CREATE TABLE access_case_key (
  case_id BYTEA PRIMARY KEY,
  public_key BYTEA NOT NULL,
  revision BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  escrow_version BIGINT NOT NULL,
  team_id BYTEA,
  team_version BIGINT,
  reseal_since TIMESTAMPTZ,
  rotation_due BIGINT NOT NULL,
  keyring BYTEA NOT NULL
);
CREATE INDEX access_case_key_epoch ON access_case_key (epoch);
CREATE INDEX access_case_key_escrow ON access_case_key (escrow_version, case_id);
CREATE INDEX access_case_key_team ON access_case_key (team_id, team_version, case_id)
  WHERE team_id IS NOT NULL;
CREATE INDEX access_case_key_reseal ON access_case_key (reseal_since, case_id)
  WHERE reseal_since IS NOT NULL;

CREATE TABLE access_grant (
  case_id BYTEA NOT NULL,
  person_id BYTEA NOT NULL,
  granted_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (case_id, person_id)
);
CREATE INDEX access_grant_person ON access_grant (person_id, case_id);

CREATE TABLE access_team_key (
  team_id BYTEA NOT NULL,
  version BIGINT NOT NULL,
  public_key BYTEA NOT NULL,
  index_key BYTEA NOT NULL,
  escrow_wrap BYTEA NOT NULL,
  made_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (team_id, version)
);
CREATE TABLE access_team_member (
  team_id BYTEA NOT NULL,
  version BIGINT NOT NULL,
  person_id BYTEA NOT NULL,
  wrap BYTEA NOT NULL,
  since TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (team_id, version, person_id)
);
CREATE INDEX access_team_member_person ON access_team_member (person_id);

CREATE TABLE access_split_key (
  kind TEXT NOT NULL,
  version BIGINT NOT NULL,
  record BYTEA NOT NULL,
  made_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (kind, version)
);
CREATE TABLE access_server_escrow (
  escrow_version BIGINT PRIMARY KEY,
  sealed BYTEA NOT NULL
);

CREATE TABLE access_gone (
  gone_id BYTEA PRIMARY KEY,
  kind TEXT NOT NULL,
  subject BYTEA NOT NULL,
  belongs_to BYTEA NOT NULL,
  at TIMESTAMPTZ NOT NULL,
  journaled BIGINT NOT NULL
);
CREATE INDEX access_gone_waiting ON access_gone (at, gone_id) WHERE journaled = 0;

CREATE TABLE access_consent (
  consent_id BYTEA NOT NULL,
  version BIGINT NOT NULL,
  case_id BYTEA NOT NULL,
  agency TEXT NOT NULL,
  purpose TEXT NOT NULL,
  fields TEXT NOT NULL,
  starts_at TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL,
  given TEXT NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  recorded_by TEXT NOT NULL,
  meaning_version BIGINT NOT NULL,
  ended_at TIMESTAMPTZ,
  PRIMARY KEY (consent_id, version)
);
CREATE INDEX access_consent_case ON access_consent (case_id, agency, purpose);
CREATE INDEX access_consent_live ON access_consent (ends_at, consent_id) WHERE ended_at IS NULL;

CREATE TABLE access_override (
  override_id BYTEA PRIMARY KEY,
  basis TEXT NOT NULL,
  case_id BYTEA NOT NULL,
  agency TEXT NOT NULL,
  purpose TEXT NOT NULL,
  fields TEXT NOT NULL,
  legal_basis TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  seconded_by TEXT NOT NULL,
  decided_at TIMESTAMPTZ NOT NULL,
  starts_at TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL,
  reason BYTEA NOT NULL
);
CREATE INDEX access_override_case ON access_override (case_id, decided_at);

CREATE TABLE access_agency (
  code TEXT NOT NULL,
  starts_on BIGINT NOT NULL,
  ends_on BIGINT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  name_en TEXT NOT NULL,
  jurisdiction TEXT NOT NULL,
  address TEXT NOT NULL,
  source TEXT NOT NULL,
  shipped BIGINT NOT NULL,
  put_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (code, starts_on)
);
CREATE INDEX access_agency_kind ON access_agency (kind, code);
)";

// NULL: the consent was given before it told how long the recipient keeps what it gets.
const std::string_view kConsentKeepingSchema =
    "ALTER TABLE access_consent ADD COLUMN keep_days BIGINT";

}  // namespace jikimi::access
