-- The keys themselves stand in a store of their own, the table sealing_key there. slot is the number of the owner's key,
-- or null if the owner was erased without ever having one. destroyed is 1 from the erasure on. perigeed migrate fills
-- the new table and moves the keys.
ALTER TABLE text_key RENAME TO plain_text_key;
CREATE TABLE text_key (
  program {text} NOT NULL,
  owner {blob} NOT NULL,
  slot BIGINT,
  destroyed BIGINT NOT NULL,
  PRIMARY KEY (program, owner)
) {clustered};
CREATE UNIQUE INDEX text_key_by_slot ON text_key (slot);
