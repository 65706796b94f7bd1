-- A programme may be closed. All that there are were open.
ALTER TABLE program ADD COLUMN state BIGINT NOT NULL DEFAULT 1;
