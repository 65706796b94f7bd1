#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

struct sqlite3;

namespace perigee::sql {

// The metadata of a refusal for damage.
inline constexpr const char* kDamageOfFile = "damage";

// kStoreUnavailable for the store at `path`.
absl::Status Unavailable(std::string_view message, const std::string& path);
// What the operating system said, and what to do about it.
std::string AdviceOn(int system_error);
// The status of a result code of SQLite. SQLite's own text is left out, because it may hold SQL.
// `system_error` is the errno behind it; 0: there is none.
absl::Status StatusOf(int code, int system_error);
// The status of the last failure of a connection.
absl::Status FaultOf(sqlite3* db);

}  // namespace perigee::sql
