-- Signed documents of members' titles that were issued. The documents themselves are not kept.
CREATE TABLE credential (
  program {text} NOT NULL,
  id {text} NOT NULL,
  member_key {blob} NOT NULL,
  list BIGINT NOT NULL,
  list_index BIGINT NOT NULL,
  appointments {text} NOT NULL,
  named BIGINT NOT NULL,
  issue_time BIGINT NOT NULL,
  expire_time BIGINT NOT NULL,
  revoke_time BIGINT,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX credential_by_member ON credential (program, member_key);
CREATE INDEX credential_by_list ON credential (program, list);
