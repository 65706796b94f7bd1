-- Attachments of insider items.
CREATE TABLE insider_attachment (
  program {text} NOT NULL,
  item {text} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  media_type {text} NOT NULL,
  size BIGINT NOT NULL,
  digest {text} NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, item, id)
) {clustered};
CREATE INDEX insider_attachment_by_digest ON insider_attachment (program, digest);

-- Their bytes, where these are not in a folder beside the store. They are no rows of programmes: what names them, the
-- table above says.
CREATE TABLE blob (
  program {text} NOT NULL,
  digest {blob} NOT NULL,
  content {blob} NOT NULL,
  size BIGINT NOT NULL,
  time BIGINT NOT NULL,
  PRIMARY KEY (program, digest)
) {clustered};
CREATE INDEX blob_by_content ON blob (content);

CREATE TABLE blob_upload (
  program {text} NOT NULL,
  id {blob} NOT NULL,
  content {blob} NOT NULL,
  size BIGINT NOT NULL,
  time BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX blob_upload_by_content ON blob_upload (content);
CREATE INDEX blob_upload_by_time ON blob_upload (time);

CREATE TABLE blob_bytes (
  content {blob} NOT NULL,
  start BIGINT NOT NULL,
  bytes {blob} NOT NULL,
  PRIMARY KEY (content, start)
) {clustered};
CREATE INDEX blob_bytes_first ON blob_bytes (content) WHERE start = 0;
