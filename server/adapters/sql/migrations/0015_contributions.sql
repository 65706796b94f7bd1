-- What members did elsewhere and hand in, its kinds, and its authors with their shares.
CREATE TABLE contribution_kind (
  program {text} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  credit BIGINT NOT NULL,
  activity_type {text} NOT NULL,
  trusted BIGINT NOT NULL,
  retired BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};

CREATE TABLE contribution (
  program {text} NOT NULL,
  id {text} NOT NULL,
  member_key {blob} NOT NULL,
  kind {text} NOT NULL,
  state BIGINT NOT NULL,
  date {text} NOT NULL,
  claimed_reach BIGINT NOT NULL,
  credit BIGINT NOT NULL,
  by_rule BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  decide_time BIGINT,
  credit_time BIGINT,
  revision BIGINT NOT NULL,
  sealed {blob},
  same_link_index {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX contribution_by_member ON contribution (program, member_key);
CREATE INDEX contribution_by_state ON contribution (program, state, id);
CREATE INDEX contribution_by_link ON contribution (program, same_link_index)
  WHERE same_link_index IS NOT NULL;

CREATE TABLE contribution_share (
  program {text} NOT NULL,
  contribution {text} NOT NULL,
  idx BIGINT NOT NULL,
  member_key {blob} NOT NULL,
  weight BIGINT NOT NULL,
  share BIGINT NOT NULL,
  declined BIGINT NOT NULL,
  activity BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, contribution, idx)
) {clustered};
CREATE INDEX contribution_share_by_member ON contribution_share (program, member_key);
