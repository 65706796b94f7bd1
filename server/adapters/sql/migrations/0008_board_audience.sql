-- A board may be for an audience. All that there are were for everybody.
ALTER TABLE board ADD COLUMN audience {text} NOT NULL DEFAULT '';
ALTER TABLE board ADD COLUMN allow_demographic BIGINT NOT NULL DEFAULT 0;
