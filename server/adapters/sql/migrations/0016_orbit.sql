-- What types of activities weigh in the orbit, who left, and how often levels may fall (0: each quarter).
CREATE TABLE activity_type (
  program {text} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  weight BIGINT NOT NULL,
  earlier {blob} NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};

CREATE TABLE departure (
  program {text} NOT NULL,
  revision BIGINT NOT NULL,
  members {blob} NOT NULL,
  join_time BIGINT NOT NULL,
  leave_time BIGINT NOT NULL,
  staff BIGINT NOT NULL,
  PRIMARY KEY (program, revision)
) {clustered};

ALTER TABLE program ADD COLUMN orbit_review_months BIGINT NOT NULL DEFAULT 0;
