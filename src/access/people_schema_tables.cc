#include "access/schema.h"

namespace jikimi::access {

const std::string_view kPeopleSchema = R"(
CREATE TABLE access_team (
  team_id BYTEA PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  made_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE access_staff_number (
  only_row BIGINT PRIMARY KEY,
  last_number BIGINT NOT NULL
);
INSERT INTO access_staff_number (only_row, last_number) VALUES (1, 0);

CREATE TABLE access_person (
  person_id BYTEA PRIMARY KEY,
  number BIGINT NOT NULL UNIQUE,
  sign_in_name TEXT NOT NULL UNIQUE,
  sealed_name BYTEA NOT NULL,
  name_key BIGINT NOT NULL,
  role TEXT NOT NULL,
  team_id BYTEA REFERENCES access_team (team_id),
  state TEXT NOT NULL,
  enrolled_at TIMESTAMPTZ NOT NULL,
  revision BIGINT NOT NULL,
  key_version BIGINT NOT NULL,
  public_key BYTEA NOT NULL,
  lock BYTEA,
  sealed_totp BYTEA,
  totp_key BIGINT,
  totp_last_step BIGINT
);
CREATE INDEX access_person_name_key ON access_person (name_key);
CREATE INDEX access_person_totp_key ON access_person (totp_key) WHERE totp_key IS NOT NULL;

CREATE TABLE access_passkey (
  credential_id BYTEA PRIMARY KEY,
  person_id BYTEA NOT NULL REFERENCES access_person (person_id),
  algorithm BIGINT NOT NULL,
  public_key BYTEA NOT NULL,
  sign_count BIGINT NOT NULL,
  label TEXT NOT NULL,
  added_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX access_passkey_person ON access_passkey (person_id);

CREATE TABLE access_invitation (
  person_id BYTEA PRIMARY KEY,
  purpose TEXT NOT NULL,
  code_hash BYTEA NOT NULL UNIQUE,
  sealed_name BYTEA,
  name_key BIGINT,
  role TEXT NOT NULL,
  team_id BYTEA REFERENCES access_team (team_id),
  sealed_totp BYTEA NOT NULL,
  totp_key BIGINT NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE access_cover (
  cover_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  absent BYTEA NOT NULL REFERENCES access_person (person_id),
  stand_in BYTEA NOT NULL REFERENCES access_person (person_id),
  starts_at TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX access_cover_stand_in ON access_cover (stand_in, ends_at);
CREATE INDEX access_cover_absent ON access_cover (absent, ends_at);

CREATE TABLE access_session (
  session_id BYTEA PRIMARY KEY,
  kind TEXT NOT NULL,
  subject BYTEA NOT NULL,
  sealed BYTEA,
  revision BIGINT NOT NULL,
  began_at TIMESTAMPTZ NOT NULL,
  last_used_at TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL,
  device TEXT NOT NULL,
  challenge BYTEA
);
CREATE INDEX access_session_subject ON access_session (subject, kind, last_used_at);
CREATE INDEX access_session_ends ON access_session (ends_at);

CREATE TABLE access_try (
  try_key BYTEA PRIMARY KEY,
  failures BIGINT NOT NULL,
  next_at TIMESTAMPTZ NOT NULL,
  forget_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX access_try_forget ON access_try (forget_at);

CREATE TABLE access_approval (
  approval_id BYTEA PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  payload BYTEA NOT NULL,
  sealed_reason BYTEA NOT NULL,
  reason_key BIGINT NOT NULL,
  about BYTEA,
  proposer BYTEA NOT NULL REFERENCES access_person (person_id),
  state TEXT NOT NULL,
  proposed_at TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX access_approval_time ON access_approval (proposed_at, approval_id);
CREATE INDEX access_approval_waiting ON access_approval (proposed_at, approval_id)
  WHERE state IN ('open', 'approved');
CREATE INDEX access_approval_reason_key ON access_approval (reason_key);
CREATE TABLE access_vote (
  approval_id BYTEA NOT NULL REFERENCES access_approval (approval_id),
  person_id BYTEA NOT NULL REFERENCES access_person (person_id),
  role TEXT NOT NULL,
  voted_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (approval_id, person_id)
);

CREATE TABLE access_survivor (
  survivor_id BYTEA PRIMARY KEY,
  case_id BYTEA NOT NULL UNIQUE,
  locator TEXT NOT NULL UNIQUE,
  lock BYTEA NOT NULL,
  key_version BIGINT NOT NULL,
  contact_unsafe_at TIMESTAMPTZ,
  sealed_question BYTEA
);
CREATE TABLE access_lost_code (
  case_id BYTEA PRIMARY KEY,
  first_person BYTEA NOT NULL,
  asked_at TIMESTAMPTZ NOT NULL,
  second_person BYTEA,
  not_before TIMESTAMPTZ
);

CREATE TABLE access_exposure (
  person_id BYTEA NOT NULL REFERENCES access_person (person_id),
  starts_at TIMESTAMPTZ NOT NULL,
  kind TEXT NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (person_id, starts_at, kind)
);
CREATE INDEX access_exposure_time ON access_exposure (starts_at);
CREATE TABLE access_case_load (
  load_id BYTEA PRIMARY KEY,
  person_id BYTEA NOT NULL REFERENCES access_person (person_id),
  case_id BYTEA,
  taken_at TIMESTAMPTZ NOT NULL,
  put_down_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX access_case_load_open ON access_case_load (person_id, case_id)
  WHERE put_down_at IS NULL AND case_id IS NOT NULL;
CREATE INDEX access_case_load_case ON access_case_load (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX access_case_load_time ON access_case_load (person_id, taken_at);
)";

// Like access_survivor, of guardians and proxies. When it ends is sealed under the server keys, for
// it would tell the survivor's birthday.
extern const std::string_view kRepresentativeSchema = R"(
CREATE TABLE access_representative (
  representative_id BYTEA PRIMARY KEY,
  case_id BYTEA NOT NULL,
  party_id BYTEA NOT NULL UNIQUE,
  role TEXT NOT NULL,
  locator TEXT NOT NULL UNIQUE,
  lock BYTEA NOT NULL,
  key_version BIGINT NOT NULL,
  issued_at TIMESTAMPTZ NOT NULL,
  sealed_end BYTEA NOT NULL,
  end_key BIGINT NOT NULL
);
CREATE INDEX access_representative_case ON access_representative (case_id, representative_id);
CREATE INDEX access_representative_key ON access_representative (end_key);
)";

}  // namespace jikimi::access
