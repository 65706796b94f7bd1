-- Facets and kinds of members with source, consent and term; invitations; links; handles, motives and pauses.
CREATE TABLE trait (
  program {text} NOT NULL,
  id {text} NOT NULL,
  member_key {blob} NOT NULL,
  kind BIGINT,
  source BIGINT NOT NULL,
  confidence BIGINT NOT NULL,
  consent_time BIGINT,
  withdraw_time BIGINT,
  start_time BIGINT,
  end_time BIGINT,
  due_time BIGINT,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX trait_by_member ON trait (program, member_key);

CREATE TABLE invitation (
  program {text} NOT NULL,
  id {text} NOT NULL,
  token_digest {text} NOT NULL,
  inviter {blob} NOT NULL,
  member_key {blob} NOT NULL,
  state BIGINT NOT NULL,
  expire_time BIGINT NOT NULL,
  due_time BIGINT,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};

CREATE TABLE facet_type (
  program {text} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  demographic BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};

ALTER TABLE identity ADD COLUMN link BIGINT NOT NULL DEFAULT 0;
ALTER TABLE identity ADD COLUMN confidence BIGINT NOT NULL DEFAULT 0;

ALTER TABLE member ADD COLUMN motives BIGINT NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN pause_time BIGINT;
ALTER TABLE member ADD COLUMN pause_end_time BIGINT;
ALTER TABLE member ADD COLUMN handle_key_index {blob};
ALTER TABLE member ADD COLUMN inviter {blob} NOT NULL DEFAULT {nil};
CREATE INDEX member_by_handle ON member (program, handle_key_index);
