-- Asks, and the limits that programmes and members set for them.
CREATE TABLE ask (
  program {text} NOT NULL,
  id {text} NOT NULL,
  member_key {blob} NOT NULL,
  team {text} NOT NULL,
  kind {text} NOT NULL,
  expire_time BIGINT NOT NULL,
  reserve_time BIGINT,
  send_time BIGINT,
  answer_time BIGINT,
  accepted BIGINT NOT NULL,
  done_time BIGINT,
  thank_time BIGINT,
  cancel_time BIGINT,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX ask_by_member ON ask (program, member_key);
CREATE INDEX ask_by_team ON ask (program, team);

ALTER TABLE program ADD COLUMN ask_limit BIGINT;
ALTER TABLE program ADD COLUMN ask_window_days BIGINT;
ALTER TABLE member ADD COLUMN ask_limit BIGINT;
ALTER TABLE member ADD COLUMN do_not_ask BIGINT NOT NULL DEFAULT 0;
