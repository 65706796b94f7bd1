-- Badges and who has them; the badges that a member has at the moment.
CREATE TABLE badge (
  program {text} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  description {text} NOT NULL,
  rule {blob} NOT NULL,
  rule_version BIGINT NOT NULL,
  grandfather BIGINT NOT NULL,
  retired BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  edit_revision BIGINT NOT NULL,
  due_time BIGINT,
  applied_up_to {blob} NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};

CREATE TABLE badge_grant (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  badge {text} NOT NULL,
  grant_time BIGINT NOT NULL,
  by_staff BIGINT NOT NULL,
  rule_version BIGINT NOT NULL,
  facts {text} NOT NULL,
  earn_time BIGINT NOT NULL,
  imported BIGINT NOT NULL,
  revoke_time BIGINT,
  revoke_reason BIGINT NOT NULL,
  regrants BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, member_key, badge)
) {clustered};
CREATE INDEX badge_grant_by_badge ON badge_grant (program, badge, member_key);

ALTER TABLE member ADD COLUMN badges {text} NOT NULL DEFAULT '';
