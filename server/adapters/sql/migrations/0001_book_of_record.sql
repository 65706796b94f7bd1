-- Times are microseconds since 1970 in UTC, flags 0 or 1, enums their values of the API. An empty member_key stands for
-- nobody. Rows refer to each other by key without constraints: the journal is what they are checked against.

CREATE TABLE meta (
  name {text} PRIMARY KEY,
  value {blob} NOT NULL
) {clustered};

-- The servers that are present. signs counts their signs of life.
CREATE TABLE server (
  id {blob} PRIMARY KEY,
  signs BIGINT NOT NULL
) {clustered};

-- Which server does a job: holder, while that server is present. term counts the takings.
CREATE TABLE lease (
  job {text} PRIMARY KEY,
  holder {blob} NOT NULL,
  term BIGINT NOT NULL
) {clustered};

-- What falls due and is not done yet, of all programmes in order of time. kind and key: server/ports/due.h. It
-- follows from pending transfers, open lots, boards with their results, drafts of results, erasures that go on, and
-- records that have a due time.
CREATE TABLE due (
  time BIGINT NOT NULL,
  program {text} NOT NULL,
  kind BIGINT NOT NULL,
  key {blob} NOT NULL,
  PRIMARY KEY (time, program, kind, key)
) {clustered};

-- activities and thanks are counts of all that was ever recorded.
CREATE TABLE program (
  program {text} PRIMARY KEY,
  display_name {text} NOT NULL,
  time_zone {text} NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  head_revision BIGINT NOT NULL DEFAULT 0,
  head_time BIGINT NOT NULL DEFAULT 0,
  head_hash {blob} NOT NULL DEFAULT '',
  activities BIGINT NOT NULL DEFAULT 0,
  thanks BIGINT NOT NULL DEFAULT 0
) {clustered};

-- What the texts beside journal entries are sealed under; owner is a member's pseudonym, or empty for the programme.
-- Who erases a member destroys the key.
CREATE TABLE text_key (
  program {text} NOT NULL,
  owner {blob} NOT NULL,
  key {blob} NOT NULL,
  PRIMARY KEY (program, owner)
) {clustered};

CREATE TABLE asset (
  program {text} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  decimals BIGINT NOT NULL,
  spendable BIGINT NOT NULL,
  overdraft BIGINT NOT NULL,
  lot_lifetime_months BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};

CREATE TABLE rule (
  program {text} NOT NULL,
  id {text} NOT NULL,
  version BIGINT NOT NULL,
  activity_type {text} NOT NULL,
  grants {blob} NOT NULL,
  thanks BIGINT NOT NULL,
  counts_self BIGINT NOT NULL,
  effective_time BIGINT NOT NULL,
  disabled BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id, version)
) {clustered};

-- kinds has bit 2^k set for each kind k; facets are joined by line feeds.
CREATE TABLE member (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  kinds BIGINT NOT NULL,
  facets {text} NOT NULL,
  type BIGINT NOT NULL,
  standing BIGINT NOT NULL,
  board_opt_out BIGINT NOT NULL,
  join_time BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  update_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, member_key)
) {clustered};
CREATE UNIQUE INDEX member_by_id ON member (program, id);

CREATE TABLE activity (
  program {text} NOT NULL,
  revision BIGINT NOT NULL,
  type {text} NOT NULL,
  actor {blob} NOT NULL,
  recipient {blob} NOT NULL,
  object {text} NOT NULL,
  quantity BIGINT NOT NULL,
  source {text} NOT NULL,
  source_event_id {text} NOT NULL,
  occur_time BIGINT NOT NULL,
  time_source BIGINT NOT NULL,
  imported BIGINT NOT NULL,
  time_adjusted BIGINT NOT NULL,
  receive_time BIGINT NOT NULL,
  PRIMARY KEY (program, revision)
) {clustered};
-- Those of who was erased have no id any more.
CREATE UNIQUE INDEX activity_by_source ON activity (program, source, source_event_id)
  WHERE source_event_id <> '';
CREATE INDEX activity_by_time ON activity (program, occur_time, actor);

-- Whose activity it is: actor and recipient.
CREATE TABLE activity_member (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, member_key, revision)
) {clustered};

-- Drawn by the activity of the revision.
CREATE TABLE edge (
  program {text} NOT NULL,
  revision BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  from_member {blob} NOT NULL,
  to_member {blob} NOT NULL,
  time BIGINT NOT NULL,
  PRIMARY KEY (program, revision, idx)
) {clustered};

CREATE TABLE account (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  asset {text} NOT NULL,
  account {text} NOT NULL,
  overdraft BIGINT NOT NULL,
  credits_posted BIGINT NOT NULL,
  debits_posted BIGINT NOT NULL,
  credits_pending BIGINT NOT NULL,
  debits_pending BIGINT NOT NULL,
  PRIMARY KEY (program, member_key, asset, account)
) {clustered};

-- Never changes. Both accounts are of the one asset.
CREATE TABLE transfer (
  program {text} NOT NULL,
  revision BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  asset {text} NOT NULL,
  debit_member {blob} NOT NULL,
  debit_account {text} NOT NULL,
  credit_member {blob} NOT NULL,
  credit_account {text} NOT NULL,
  amount BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  effective_time BIGINT NOT NULL,
  record_time BIGINT NOT NULL,
  expire_time BIGINT,
  original_revision BIGINT,
  original_idx BIGINT,
  activity BIGINT,
  rule {text} NOT NULL,
  rule_version BIGINT NOT NULL,
  cap_member {blob},
  cap_asset {text},
  cap {text},
  cap_window_start BIGINT,
  cut_amount BIGINT NOT NULL,
  debit_balance_after BIGINT NOT NULL,
  credit_balance_after BIGINT NOT NULL,
  PRIMARY KEY (program, revision, idx)
) {clustered};
CREATE INDEX transfer_by_original ON transfer (program, original_revision, original_idx)
  WHERE original_revision IS NOT NULL;

-- Personal, so apart from what never changes.
CREATE TABLE memo (
  program {text} NOT NULL,
  revision BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  memo {text} NOT NULL,
  PRIMARY KEY (program, revision, idx)
) {clustered};

-- A transfer as one of its accounts sees it.
CREATE TABLE posting (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  asset {text} NOT NULL,
  account {text} NOT NULL,
  revision BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  effective_time BIGINT NOT NULL,
  change BIGINT NOT NULL,
  balance_after BIGINT NOT NULL,
  PRIMARY KEY (program, member_key, asset, account, revision, idx)
) {clustered};

-- What a transfer adds to a member's score, in order of time; the scores of one member are found by their postings. The
-- root is the transfer itself or, for a reversal, the one it reversed, whose effective_time it carries.
CREATE TABLE score (
  program {text} NOT NULL,
  asset {text} NOT NULL,
  effective_time BIGINT NOT NULL,
  member_key {blob} NOT NULL,
  revision BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  root_revision BIGINT NOT NULL,
  root_idx BIGINT NOT NULL,
  score BIGINT NOT NULL,
  PRIMARY KEY (program, asset, effective_time, member_key, revision, idx)
) {clustered};

CREATE TABLE lot (
  program {text} NOT NULL,
  revision BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  part BIGINT NOT NULL,
  member_key {blob} NOT NULL,
  asset {text} NOT NULL,
  account {text} NOT NULL,
  amount BIGINT NOT NULL,
  remaining BIGINT NOT NULL,
  expire_time BIGINT NOT NULL,
  PRIMARY KEY (program, revision, idx, part)
) {clustered};
CREATE INDEX lot_open ON lot (program, member_key, asset, account, expire_time, revision, idx, part)
  WHERE remaining > 0;

-- seq is the order within the unit of work.
CREATE TABLE lot_use (
  program {text} NOT NULL,
  revision BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  lot_revision BIGINT NOT NULL,
  lot_idx BIGINT NOT NULL,
  lot_part BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (program, revision, idx, seq)
) {clustered};

CREATE TABLE cap_use (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  asset {text} NOT NULL,
  cap {text} NOT NULL,
  window_start BIGINT NOT NULL,
  used BIGINT NOT NULL,
  PRIMARY KEY (program, member_key, asset, cap, window_start)
) {clustered};

-- kind is null for everybody.
CREATE TABLE board (
  program {text} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  asset {text} NOT NULL,
  cadence BIGINT NOT NULL,
  rolling_days BIGINT NOT NULL,
  week_start BIGINT NOT NULL,
  time_zone {text} NOT NULL,
  scheme BIGINT NOT NULL,
  facet {text} NOT NULL,
  kind BIGINT,
  grace_hours BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  created BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};

CREATE TABLE result (
  program {text} NOT NULL,
  board {text} NOT NULL,
  board_created BIGINT NOT NULL,
  period {text} NOT NULL,
  version BIGINT NOT NULL,
  time BIGINT NOT NULL,
  reason {text} NOT NULL,
  digest {text} NOT NULL,
  entry_count BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, board, board_created, period, version)
) {clustered};

-- Whose they are: of every result with that digest, the raw bytes here, or of a draft of one. position counts from 1 in
-- the result's order, without gaps.
CREATE TABLE result_entry (
  program {text} NOT NULL,
  digest {blob} NOT NULL,
  position BIGINT NOT NULL,
  rank BIGINT NOT NULL,
  member_key {blob} NOT NULL,
  score BIGINT NOT NULL,
  reach_time BIGINT NOT NULL,
  PRIMARY KEY (program, digest, position)
) {clustered};

-- Entries that no result has yet. time is when they were last written to.
CREATE TABLE result_draft (
  program {text} NOT NULL,
  digest {blob} NOT NULL,
  time BIGINT NOT NULL,
  PRIMARY KEY (program, digest)
) {clustered};

-- payload is perigee.journal.v1.Changes; texts are perigee.journal.v1.Texts, or empty.
CREATE TABLE journal (
  program {text} NOT NULL,
  revision BIGINT NOT NULL,
  time BIGINT NOT NULL,
  previous_hash {blob} NOT NULL,
  hash {blob} NOT NULL,
  payload {blob} NOT NULL,
  texts {blob} NOT NULL,
  PRIMARY KEY (program, revision)
) {clustered};

-- How far a projection has come with what it keeps in this store.
CREATE TABLE cursor (
  program {text} NOT NULL,
  projection {text} NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, projection)
) {clustered};

-- In order of time, in which they are forgotten too. by_kind and by_id are whose request id it is. changed is whether
-- the journal's entry of the revision is its own; answer is null once it was erased with a member that it names.
CREATE TABLE request (
  program {text} NOT NULL,
  time BIGINT NOT NULL,
  by_kind BIGINT NOT NULL,
  by_id {blob} NOT NULL,
  id {blob} NOT NULL,
  content {blob} NOT NULL,
  revision BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  answer {blob},
  PRIMARY KEY (program, time, by_kind, by_id, id)
) {clustered};
CREATE UNIQUE INDEX request_by_id ON request (program, by_kind, by_id, id);
