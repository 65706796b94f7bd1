-- Cases of leaks, and an order of the access log by who read what.
CREATE TABLE leak_case (
  program {text} NOT NULL,
  id BIGINT NOT NULL,
  member_key {blob} NOT NULL,
  item {text} NOT NULL,
  state BIGINT NOT NULL,
  reported_by {blob} NOT NULL,
  named_by {blob} NOT NULL,
  judged_by {blob} NOT NULL,
  create_time BIGINT NOT NULL,
  decide_time BIGINT,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX leak_case_by_member ON leak_case (program, member_key);
CREATE INDEX leak_case_by_state ON leak_case (program, state, id);
CREATE INDEX insider_item_read_by_reader
  ON insider_item_read (program, item, version, member_key, attachment);
