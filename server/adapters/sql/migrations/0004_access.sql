-- Who may act in a programme: staff and services by grants, members by identities.
CREATE TABLE role_grant (
  program {text} NOT NULL,
  id {text} NOT NULL,
  role BIGINT NOT NULL,
  principal {blob} NOT NULL,
  issuer {text} NOT NULL,
  subject {text} NOT NULL,
  subject_digest {text} NOT NULL,
  create_time BIGINT NOT NULL,
  expire_time BIGINT,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX role_grant_by_subject ON role_grant (program, subject_digest);

CREATE TABLE identity (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  id {text} NOT NULL,
  issuer {text} NOT NULL,
  subject {text} NOT NULL,
  subject_digest {text} NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, member_key, id)
) {clustered};
CREATE INDEX identity_by_subject ON identity (program, subject_digest);
