-- Thanks between members and the brand, which an empty member_key stands for, and what the brand owes to members.
CREATE TABLE thanks (
  program {text} NOT NULL,
  id BIGINT NOT NULL,
  giver {blob} NOT NULL,
  receiver {blob} NOT NULL,
  thanked_for {text} NOT NULL,
  create_time BIGINT NOT NULL,
  earlier BIGINT NOT NULL,
  withdraw_time BIGINT,
  promise BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX thanks_by_giver ON thanks (program, giver, create_time, id);
CREATE INDEX thanks_by_receiver ON thanks (program, receiver, create_time, id);
CREATE INDEX thanks_by_pair ON thanks (program, giver, receiver, create_time) WHERE withdraw_time IS NULL;

CREATE TABLE promise (
  program {text} NOT NULL,
  id BIGINT NOT NULL,
  member_key {blob} NOT NULL,
  kind BIGINT NOT NULL,
  due_time BIGINT NOT NULL,
  made_by {blob} NOT NULL,
  create_time BIGINT NOT NULL,
  state BIGINT NOT NULL,
  end_time BIGINT,
  thanks BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX promise_by_member ON promise (program, member_key);
CREATE INDEX promise_by_state ON promise (program, state, due_time, id);

ALTER TABLE program ADD COLUMN thanks_limit BIGINT NOT NULL DEFAULT 0;
ALTER TABLE program ADD COLUMN thanks_period BIGINT NOT NULL DEFAULT 0;
