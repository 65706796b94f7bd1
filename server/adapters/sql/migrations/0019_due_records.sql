-- Who must be right at the instant at which a record falls due asks for the first ones of its kind.
CREATE INDEX due_record ON due (program, kind, time) WHERE kind > 1000;
