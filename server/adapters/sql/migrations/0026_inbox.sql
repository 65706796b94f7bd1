-- What persons have read of their inboxes, and how they want to be told.
CREATE TABLE inbox_mark (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  read_revision BIGINT NOT NULL,
  read_standing {blob} NOT NULL,
  read_besides {text} NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, member_key)
) {clustered};

CREATE TABLE inbox_settings (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  muted BIGINT NOT NULL,
  digest BIGINT NOT NULL,
  quiet_begin BIGINT NOT NULL,
  quiet_end BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, member_key)
) {clustered};

-- Up to where persons' inboxes were pushed to devices.
CREATE TABLE push_mark (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  pushed_revision BIGINT NOT NULL,
  pushed_standing {blob} NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, member_key)
) {clustered};
