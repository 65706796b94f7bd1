-- Times are microseconds since 1970 in UTC. Flags are 0 or 1. Enums have their values of the API. An empty member_key
-- means no member. Rows refer to each other by key without constraints: perigeed check compares them with the journal.

CREATE TABLE meta (
  name {text} PRIMARY KEY,
  value {blob} NOT NULL
) {clustered};

-- The servers that are present. signs counts a server's signs of life.
CREATE TABLE server (
  id {blob} PRIMARY KEY,
  signs BIGINT NOT NULL
) {clustered};

-- The server that does a job: holder, as long as it is present. term counts how often the lease was taken.
CREATE TABLE lease (
  job {text} PRIMARY KEY,
  holder {blob} NOT NULL,
  term BIGINT NOT NULL
) {clustered};

-- The things that fall due and are not done yet, of all programmes, in order of time. For kind and key see
-- server/ports/due.h. The rows follow from pending transfers, open lots, boards with their results, drafts of results,
-- unended erasures, unended deletions of programmes, and records that have a due time.
CREATE TABLE due (
  time BIGINT NOT NULL,
  program {text} NOT NULL,
  kind BIGINT NOT NULL,
  key {blob} NOT NULL,
  PRIMARY KEY (time, program, kind, key)
) {clustered};

-- activities and thanks count all that were ever recorded. A deleted programme has no row here, even while its other
-- rows are still being removed.
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

-- The keys that seal the texts beside journal entries. owner is a member's pseudonym, or empty for the programme. The
-- erasure of a member destroys the key.
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

-- kinds has bit 2^k set for each kind k. facets are joined by line feeds.
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
-- The activities of an erased member have no id any more.
CREATE UNIQUE INDEX activity_by_source ON activity (program, source, source_event_id)
  WHERE source_event_id <> '';
CREATE INDEX activity_by_time ON activity (program, occur_time, actor);

-- The members of an activity: actor and recipient.
CREATE TABLE activity_member (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, member_key, revision)
) {clustered};

-- Each edge comes from the activity of its revision.
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
  balance BIGINT NOT NULL,
  credits_pending BIGINT NOT NULL,
  debits_pending BIGINT NOT NULL,
  PRIMARY KEY (program, member_key, asset, account)
) {clustered};

-- A transfer never changes. Both accounts are of the same asset.
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

-- A memo is personal and can be erased, so it is apart from its transfer, which never changes.
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

-- The amount that a transfer adds to a member's score, in order of time. The postings of a member lead to the member's
-- scores. The root is the transfer itself or, for a reversal, the reversed transfer, whose effective_time the row has.
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

-- The pending transfers that are not ended, by the debited account.
CREATE TABLE hold (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  asset {text} NOT NULL,
  account {text} NOT NULL,
  expire_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (program, member_key, asset, account, expire_time, revision, idx)
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

-- kind is null if members of all kinds may be on the board.
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

-- The entries belong to every result with that digest, or to its draft. digest is in raw bytes here. position counts
-- from 1 in the result's order, without gaps.
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

-- The digests whose entries no result has yet. time is the time of the last portion that was written.
CREATE TABLE result_draft (
  program {text} NOT NULL,
  digest {blob} NOT NULL,
  time BIGINT NOT NULL,
  PRIMARY KEY (program, digest)
) {clustered};

-- payload is perigee.journal.v1.Changes. texts is perigee.journal.v1.Texts, or empty.
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

-- How far a projection has followed the journal with the rows that it keeps in this store.
CREATE TABLE cursor (
  program {text} NOT NULL,
  projection {text} NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, projection)
) {clustered};

-- Remembered request ids in order of time, which is also the order of forgetting. by_kind and by_id name the principal
-- that sent the request. changed is 1 if the request made the journal entry of the revision. answer is null once it was
-- erased with a member that it names.
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
