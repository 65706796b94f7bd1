#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "server/domain/activity/activity.h"
#include "server/domain/member/member.h"
#include "tests/faults/plain_sql.h"

namespace perigee::tests {

// What belongs to members is sealed in the tables of the programme `fault`. These open it with the
// keys beside it, without the store. An unreadable row fails the running test.

// By their pseudonyms in hex.
std::map<std::string, domain::Member> ReadMembers(const PlainSql& sql);
// With their personal fields and revisions alone.
std::vector<domain::Activity> ReadActivities(const PlainSql& sql, std::int64_t after);

// The rows with the ids of members in the place of their pseudonyms.
SqlRows WithIds(const std::map<std::string, domain::Member>& members, SqlRows rows);

// The hash that the store keeps of a request id. Both are in hex.
std::string HashOfRequestId(const std::string& request_id);

}  // namespace perigee::tests
