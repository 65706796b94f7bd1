-- The members who were made eligible for boards or not after they were made, or were erased, and the revision of the
-- last such change. It finds the final results that an amendment would change. perigeed migrate fills it from the
-- journal.
CREATE TABLE eligibility (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, member_key)
) {clustered};
CREATE INDEX eligibility_by_revision ON eligibility (program, revision);

-- Entries prove the requests that made them from here on. The cursor "forgotten requests" is the revision up to which
-- they need not, and up to which requests may be forgotten.
INSERT INTO cursor (program, projection, revision)
  SELECT program, 'forgotten requests', head_revision FROM program;
