#pragma once

#include <cstdint>

#include "server/adapters/sql/base/driver.h"

namespace perigee::tests {

// Makes an empty database a store of an older schema, 1 or 4, with the programme that
// WriteLivelyProgramme wrote to `from`: its rows as the server of that time kept them, in plain.
void MakeOlderStore(const sql::Database& from, const sql::Database& to, std::int64_t schema);

// After the migration: puts back the records that the older schema had no tables for.
void PutBackYounger(const sql::Database& from, const sql::Database& to, std::int64_t schema);

// Compares what can be read: all records, memos and answers.
void ExpectSameProgramme(const sql::Database& from, const sql::Database& to);

}  // namespace perigee::tests
