-- Titles, nominations with their voices and reviews, and appointments; the titles that a member has at the moment.
CREATE TABLE title (
  program {text} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  term_months BIGINT NOT NULL,
  seats BIGINT NOT NULL,
  nominators BIGINT NOT NULL,
  reviews BIGINT NOT NULL,
  questions {text} NOT NULL,
  renewal_days BIGINT NOT NULL,
  rights {text} NOT NULL,
  retired BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};

CREATE TABLE nomination (
  program {text} NOT NULL,
  id {text} NOT NULL,
  member_key {blob} NOT NULL,
  title {text} NOT NULL,
  state BIGINT NOT NULL,
  expire_time BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  decide_time BIGINT,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX nomination_by_member ON nomination (program, member_key);

CREATE TABLE nomination_voice (
  program {text} NOT NULL,
  id {text} NOT NULL,
  nomination {text} NOT NULL,
  member_key {blob} NOT NULL,
  nominator {blob} NOT NULL,
  kind BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX nomination_voice_by_nomination ON nomination_voice (program, nomination);
CREATE INDEX nomination_voice_by_member ON nomination_voice (program, member_key);
CREATE INDEX nomination_voice_by_nominator ON nomination_voice (program, nominator);

CREATE TABLE nomination_review (
  program {text} NOT NULL,
  id {text} NOT NULL,
  nomination {text} NOT NULL,
  member_key {blob} NOT NULL,
  reviewer {blob} NOT NULL,
  verdict BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX nomination_review_by_nomination ON nomination_review (program, nomination);
CREATE INDEX nomination_review_by_member ON nomination_review (program, member_key);
CREATE INDEX nomination_review_by_reviewer ON nomination_review (program, reviewer);

CREATE TABLE appointment (
  program {text} NOT NULL,
  id {text} NOT NULL,
  member_key {blob} NOT NULL,
  title {text} NOT NULL,
  start_time BIGINT NOT NULL,
  end_time BIGINT NOT NULL,
  renewal_time BIGINT NOT NULL,
  lapse_time BIGINT NOT NULL,
  nomination {text} NOT NULL,
  renews {text} NOT NULL,
  renewed_by {text} NOT NULL,
  suspend_time BIGINT,
  revoke_time BIGINT,
  resign_time BIGINT,
  create_time BIGINT NOT NULL,
  due_time BIGINT,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX appointment_by_member ON appointment (program, member_key);
CREATE INDEX appointment_by_title ON appointment (program, title);

ALTER TABLE member ADD COLUMN titles {text} NOT NULL DEFAULT '';
