-- Insider items with their bodies, agreements with their texts and acceptances, and claims to seats.
CREATE TABLE insider_item (
  program {text} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  kind BIGINT NOT NULL,
  audience {text} NOT NULL,
  allow_demographic BIGINT NOT NULL,
  agreement {text} NOT NULL,
  seats BIGINT NOT NULL,
  seats_time BIGINT NOT NULL,
  seat_days BIGINT NOT NULL,
  seat_price BIGINT NOT NULL,
  releases {blob} NOT NULL,
  open_time BIGINT,
  close_time BIGINT,
  withdraw_time BIGINT,
  version BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  edit_revision BIGINT NOT NULL,
  due_time BIGINT,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};

CREATE TABLE insider_item_version (
  program {text} NOT NULL,
  item {text} NOT NULL,
  version BIGINT NOT NULL,
  body {text} NOT NULL,
  digest {text} NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, item, version)
) {clustered};

CREATE TABLE agreement (
  program {text} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  version BIGINT NOT NULL,
  required_version BIGINT NOT NULL,
  accepted_days BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  edit_revision BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};

CREATE TABLE agreement_version (
  program {text} NOT NULL,
  agreement {text} NOT NULL,
  version BIGINT NOT NULL,
  body {text} NOT NULL,
  digest {text} NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, agreement, version)
) {clustered};

CREATE TABLE agreement_acceptance (
  program {text} NOT NULL,
  id BIGINT NOT NULL,
  member_key {blob} NOT NULL,
  agreement {text} NOT NULL,
  version BIGINT NOT NULL,
  digest {text} NOT NULL,
  create_time BIGINT NOT NULL,
  accept_time BIGINT,
  expire_time BIGINT,
  withdraw_time BIGINT,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX agreement_acceptance_by_member ON agreement_acceptance (program, member_key);
CREATE INDEX agreement_acceptance_by_agreement ON agreement_acceptance (program, agreement, id);

CREATE TABLE insider_seat (
  program {text} NOT NULL,
  id BIGINT NOT NULL,
  member_key {blob} NOT NULL,
  item {text} NOT NULL,
  create_time BIGINT NOT NULL,
  days BIGINT NOT NULL,
  price BIGINT NOT NULL,
  granted_since BIGINT,
  give_back_time BIGINT,
  revoke_time BIGINT,
  hold {text} NOT NULL,
  capture {text} NOT NULL,
  voiding {text} NOT NULL,
  due_time BIGINT,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, id)
) {clustered};
CREATE INDEX insider_seat_by_member ON insider_seat (program, member_key);
CREATE INDEX insider_seat_by_item ON insider_seat (program, item, id);
