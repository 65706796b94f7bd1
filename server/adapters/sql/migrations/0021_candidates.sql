-- What makes a member a candidate for a title.
ALTER TABLE title ADD COLUMN criteria {blob} NOT NULL DEFAULT {nil};
