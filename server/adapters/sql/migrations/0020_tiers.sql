-- Schemes of tiers and where members stand in them; the tiers that a member has at the moment.
CREATE TABLE tier_scheme (
  program {text} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  asset {text} NOT NULL,
  window_months BIGINT NOT NULL,
  review_months BIGINT NOT NULL,
  low_water_percent BIGINT NOT NULL,
  grace_days BIGINT NOT NULL,
  notice_days BIGINT NOT NULL,
  levels {blob} NOT NULL,
  retired BIGINT NOT NULL,
  rule_version BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  edit_revision BIGINT NOT NULL,
  due_time BIGINT,
  applied_up_to {blob} NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};

CREATE TABLE tier_standing (
  program {text} NOT NULL,
  id {text} NOT NULL,
  member_key {blob} NOT NULL,
  scheme {text} NOT NULL,
  level {text} NOT NULL,
  since BIGINT NOT NULL,
  review_time BIGINT NOT NULL,
  notice_time BIGINT,
  below_since BIGINT,
  lock_time BIGINT,
  lock_until BIGINT,
  news BIGINT NOT NULL,
  news_time BIGINT NOT NULL,
  earned BIGINT NOT NULL,
  rule_version BIGINT NOT NULL,
  due_time BIGINT,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX tier_standing_by_member ON tier_standing (program, member_key);
CREATE INDEX tier_standing_by_level ON tier_standing (program, scheme, level, id);

ALTER TABLE member ADD COLUMN tiers {text} NOT NULL DEFAULT '';
