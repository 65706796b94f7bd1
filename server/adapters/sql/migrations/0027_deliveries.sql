-- Webhooks and how far they have come, members' devices, and what is on its way to both.
CREATE TABLE webhook (
  program {text} NOT NULL,
  id {text} NOT NULL,
  display_name {text} NOT NULL,
  url {text} NOT NULL,
  types {text} NOT NULL,
  paused BIGINT NOT NULL,
  secret {blob} NOT NULL,
  old_secret {blob} NOT NULL,
  old_secret_end BIGINT,
  create_time BIGINT NOT NULL,
  edit_revision BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, id)
) {clustered};

CREATE TABLE device (
  program {text} NOT NULL,
  member_key {blob} NOT NULL,
  id {text} NOT NULL,
  create_time BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  sealed {blob},
  endpoint_index {blob},
  PRIMARY KEY (program, member_key, id)
) {clustered};
CREATE INDEX device_by_endpoint ON device (program, endpoint_index)
  WHERE endpoint_index IS NOT NULL;

CREATE TABLE delivery (
  program {text} NOT NULL,
  webhook {text} NOT NULL,
  event BIGINT NOT NULL,
  place BIGINT NOT NULL,
  type {text} NOT NULL,
  subject {text} NOT NULL,
  state BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  first_attempt_time BIGINT,
  last_attempt_time BIGINT,
  failure BIGINT NOT NULL,
  status BIGINT NOT NULL,
  create_time BIGINT NOT NULL,
  due_time BIGINT,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, webhook, event, place)
) {clustered};
CREATE INDEX delivery_by_subject ON delivery (program, webhook, subject, state, event, place);
CREATE INDEX delivery_by_state ON delivery (program, webhook, state, event, place);

CREATE TABLE push_delivery (
  program {text} NOT NULL,
  device {text} NOT NULL,
  notification {text} NOT NULL,
  member_key {blob} NOT NULL,
  topic {text} NOT NULL,
  attempts BIGINT NOT NULL,
  first_attempt_time BIGINT,
  create_time BIGINT NOT NULL,
  due_time BIGINT,
  revision BIGINT NOT NULL,
  sealed {blob},
  PRIMARY KEY (program, device, notification)
) {clustered};
CREATE INDEX push_delivery_by_member ON push_delivery (program, member_key);

CREATE TABLE webhook_progress (
  program {text} NOT NULL,
  webhook {text} NOT NULL,
  journal_cursor BIGINT NOT NULL,
  waiting BIGINT NOT NULL,
  dead BIGINT NOT NULL,
  arrive_time BIGINT,
  failing_since BIGINT,
  disable_time BIGINT,
  revision BIGINT NOT NULL,
  PRIMARY KEY (program, webhook)
) {clustered};
