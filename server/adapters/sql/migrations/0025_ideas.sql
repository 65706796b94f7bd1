-- Feedback on insider items, ideas for the product, and votes for these.
ALTER TABLE insider_item ADD COLUMN questions {blob} NOT NULL DEFAULT {nil};

CREATE TABLE feedback (
  program {text} NOT NULL,
  id BIGINT NOT NULL,
  member_key {blob} NOT NULL,
  item {text} NOT NULL,
  version BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX feedback_by_member ON feedback (program, member_key);
CREATE INDEX feedback_by_item ON feedback (program, item, id);

CREATE TABLE idea (
  program {text} NOT NULL,
  id BIGINT NOT NULL,
  member_key {blob} NOT NULL,
  item {text} NOT NULL,
  state BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  decide_time BIGINT,
  promise BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX idea_by_member ON idea (program, member_key);
CREATE INDEX idea_by_state ON idea (program, state, id);
CREATE INDEX idea_by_item ON idea (program, item, id);

CREATE TABLE idea_vote (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  idea BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, member_key, idea)
) {clustered};
CREATE INDEX idea_vote_by_idea ON idea_vote (program, idea, member_key);
