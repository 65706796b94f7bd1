-- Rewards, their redemptions, and attempts that policy refused.
CREATE TABLE reward (
  program {text} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  description {text} NOT NULL,
  reward_class BIGINT NOT NULL,
  asset {text} NOT NULL,
  price BIGINT NOT NULL,
  stock BIGINT,
  eligibility {text} NOT NULL,
  allow_demographic BIGINT NOT NULL,
  needs_approval BIGINT NOT NULL,
  four_eyes BIGINT NOT NULL,
  hold_days BIGINT NOT NULL,
  retired BIGINT NOT NULL,
  taken BIGINT NOT NULL,
  edit_revision BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};

CREATE TABLE redemption (
  program {text} NOT NULL,
  id {text} NOT NULL,
  member_key {blob} NOT NULL,
  reward {text} NOT NULL,
  asset {text} NOT NULL,
  price BIGINT NOT NULL,
  state BIGINT NOT NULL,
  needs_approval BIGINT NOT NULL,
  four_eyes BIGINT NOT NULL,
  hold {text} NOT NULL,
  capture {text} NOT NULL,
  voiding {text} NOT NULL,
  reversal {text} NOT NULL,
  approver {blob} NOT NULL,
  create_time BIGINT NOT NULL,
  expire_time BIGINT NOT NULL,
  approve_time BIGINT,
  end_time BIGINT,
  return_time BIGINT,
  due_time BIGINT,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX redemption_by_member ON redemption (program, member_key);
CREATE INDEX redemption_by_reward ON redemption (program, reward, state);
CREATE INDEX redemption_by_state ON redemption (program, state);
CREATE INDEX redemption_by_hold ON redemption (program, hold);

-- `policy` is the reason of the refusal, `subject` a word of the contract for what was tried.
CREATE TABLE policy_refusal (
  program {text} NOT NULL,
  revision BIGINT NOT NULL,
  policy {text} NOT NULL,
  subject {text} NOT NULL,
  PRIMARY KEY (program, revision)
) {clustered};
