-- Members that are one person. No member was merged before.
ALTER TABLE member ADD COLUMN merged_into {blob} NOT NULL DEFAULT {nil};
ALTER TABLE member ADD COLUMN merge_revision BIGINT NOT NULL DEFAULT 0;
CREATE INDEX member_by_head ON member (program, merged_into) WHERE merged_into <> {nil};

-- The revision at which the member was last merged, or parted again, or erased while it was merged. 0: never.
ALTER TABLE eligibility ADD COLUMN person_revision BIGINT NOT NULL DEFAULT 0;
