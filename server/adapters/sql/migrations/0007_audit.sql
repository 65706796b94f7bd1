-- Reads of members' personal data by others. members are pseudonyms of 16 bytes, one after the other.
CREATE TABLE personal_read (
  program {text} NOT NULL,
  revision BIGINT NOT NULL,
  members {blob} NOT NULL,
  PRIMARY KEY (program, revision)
) {clustered};

-- The journal entries of a member or of a person of staff, both by pseudonym: those that they caused, and those that
-- concern the member and that neither activity_member nor posting has. perigeed migrate fills it from the journal.
CREATE TABLE journal_party (
  program {text} NOT NULL,
  party {blob} NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, party, revision)
) {clustered};
