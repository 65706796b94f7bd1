-- What belongs to members is sealed. The column sealed of a row is null, or holds the personal fields of a record under
-- the keys of its owners. A column …_index is null, or the keyed hash of a personal text by which the row is found. An
-- erasure sets all of them to null. perigeed migrate fills the new tables from the old ones, and removes these.
DROP INDEX member_by_id;
ALTER TABLE member RENAME TO plain_member;
CREATE TABLE member (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  kinds BIGINT NOT NULL,
  type BIGINT NOT NULL,
  standing BIGINT NOT NULL,
  board_opt_out BIGINT NOT NULL,
  join_time BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  sealed {blob},
  id_index {blob},
  PRIMARY KEY (program, member_key)
) {clustered};
CREATE UNIQUE INDEX member_by_id ON member (program, id_index);

DROP INDEX activity_by_source;
DROP INDEX activity_by_time;
ALTER TABLE activity RENAME TO plain_activity;
CREATE TABLE activity (
  program {text} NOT NULL,
  revision BIGINT NOT NULL,
  type {text} NOT NULL,
  actor {blob} NOT NULL,
  recipient {blob} NOT NULL,
  quantity BIGINT NOT NULL,
  source {text} NOT NULL,
  occur_time BIGINT NOT NULL,
  time_source BIGINT NOT NULL,
  imported BIGINT NOT NULL,
  time_adjusted BIGINT NOT NULL,
  receive_time BIGINT NOT NULL,
  sealed {blob},
  source_event_id_index {blob},
  PRIMARY KEY (program, revision)
) {clustered};
CREATE UNIQUE INDEX activity_by_source ON activity (program, source, source_event_id_index)
  WHERE source_event_id_index IS NOT NULL;
CREATE INDEX activity_by_time ON activity (program, occur_time, actor);

DROP INDEX role_grant_by_subject;
ALTER TABLE role_grant RENAME TO plain_role_grant;
CREATE TABLE role_grant (
  program {text} NOT NULL,
  id {text} NOT NULL,
  role BIGINT NOT NULL,
  principal {blob} NOT NULL,
  create_time BIGINT NOT NULL,
  expire_time BIGINT,
  revision BIGINT NOT NULL,
  sealed {blob},
  subject_digest_index {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX role_grant_by_subject ON role_grant (program, subject_digest_index);
CREATE INDEX role_grant_by_principal ON role_grant (program, principal);

DROP INDEX identity_by_subject;
ALTER TABLE identity RENAME TO plain_identity;
CREATE TABLE identity (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  id {text} NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  sealed {blob},
  subject_digest_index {blob},
  PRIMARY KEY (program, member_key, id)
) {clustered};
CREATE INDEX identity_by_subject ON identity (program, subject_digest_index);

-- sealed under the keys of the transfer's members.
ALTER TABLE memo RENAME TO plain_memo;
CREATE TABLE memo (
  program {text} NOT NULL,
  revision BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  sealed {blob} NOT NULL,
  PRIMARY KEY (program, revision, idx)
) {clustered};

-- id_hash and content are hashes that only the request's sender can make again, and the answer is sealed under a key
-- that follows from the request's id. answer is null once it was erased with a member that it names.
DROP INDEX request_by_id;
ALTER TABLE request RENAME TO plain_request;
CREATE TABLE request (
  program {text} NOT NULL,
  time BIGINT NOT NULL,
  by_kind BIGINT NOT NULL,
  by_id {blob} NOT NULL,
  id_hash {blob} NOT NULL,
  content {blob} NOT NULL,
  revision BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  answer {blob},
  PRIMARY KEY (program, time, by_kind, by_id, id_hash)
) {clustered};
CREATE UNIQUE INDEX request_by_id ON request (program, by_kind, by_id, id_hash);

-- The entries so far prove their requests in another way.
DELETE FROM cursor WHERE projection = 'forgotten requests';
INSERT INTO cursor (program, projection, revision)
  SELECT program, 'forgotten requests', head_revision FROM program;
