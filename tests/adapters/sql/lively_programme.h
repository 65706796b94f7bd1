#pragma once

#include "server/ports/store.h"

namespace perigee::tests {

// Writes kProgram with some of everything: members, an activity with thanks and a capped grant, a
// spend, a hold, lots, a reversal with a memo, a board and its result. A request makes each entry.
void WriteLivelyProgramme(ports::Store& store);

// Makes a store that of the first schema, by SQL. Rows of younger kinds wait beside it and are put
// back after the migration.
inline constexpr const char* kToFirstSchema =
    "DROP TABLE journal_party; DROP INDEX role_grant_by_principal; "
    "ALTER TABLE personal_read RENAME TO kept_personal_read; "
    "DROP TABLE eligibility; ALTER TABLE program DROP COLUMN state; "
    "DROP INDEX role_grant_by_subject; ALTER TABLE role_grant RENAME TO kept_role_grant; "
    "DROP INDEX identity_by_subject; ALTER TABLE identity RENAME TO kept_identity; "
    "DROP INDEX trait_by_member; ALTER TABLE trait RENAME TO kept_trait; "
    "ALTER TABLE invitation RENAME TO kept_invitation; "
    "ALTER TABLE facet_type RENAME TO kept_facet_type; "
    "DROP INDEX member_by_handle; ALTER TABLE member DROP COLUMN motives; "
    "ALTER TABLE member DROP COLUMN pause_time; ALTER TABLE member DROP COLUMN pause_end_time; "
    "ALTER TABLE member DROP COLUMN handle; ALTER TABLE member DROP COLUMN handle_key; "
    "ALTER TABLE member DROP COLUMN inviter; "
    "ALTER TABLE board DROP COLUMN audience; ALTER TABLE board DROP COLUMN allow_demographic; "
    "DELETE FROM schema_version WHERE version > 1";
inline constexpr const char* kAfterMigration =
    "INSERT INTO personal_read SELECT * FROM kept_personal_read; DROP TABLE kept_personal_read; "
    "INSERT INTO role_grant SELECT * FROM kept_role_grant; DROP TABLE kept_role_grant; "
    "INSERT INTO identity SELECT * FROM kept_identity; DROP TABLE kept_identity; "
    "INSERT INTO trait SELECT * FROM kept_trait; DROP TABLE kept_trait; "
    "INSERT INTO invitation SELECT * FROM kept_invitation; DROP TABLE kept_invitation; "
    "INSERT INTO facet_type SELECT * FROM kept_facet_type; DROP TABLE kept_facet_type";

}  // namespace perigee::tests
