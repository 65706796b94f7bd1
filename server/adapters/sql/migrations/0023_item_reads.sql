-- The access log of insider items. An entry stands for all reads of the same until `until_time`.
CREATE TABLE insider_item_read (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  item {text} NOT NULL,
  version BIGINT NOT NULL,
  attachment {text} NOT NULL,
  create_time BIGINT NOT NULL,
  until_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, revision)
) {clustered};
CREATE INDEX insider_item_read_by_member
  ON insider_item_read (program, member_key, create_time, revision);
CREATE INDEX insider_item_read_by_item ON insider_item_read (program, item, create_time, revision);
CREATE INDEX insider_item_read_by_time ON insider_item_read (program, create_time, revision);
