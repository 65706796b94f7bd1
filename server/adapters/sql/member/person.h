#pragma once

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace perigee::sql {

// A subquery for the `member_key` of all members that are one person with `head`, who is not
// merged: that member, and those that are merged into it. `head` is a column or a parameter. $1 is
// the programme. As the first table of a CROSS JOIN it is read first, by SQLite too.
inline std::string MembersOfPerson(std::string_view head) {
  const std::string key(head);
  return absl::StrCat("(SELECT CAST(", key,
                      " AS {blob}) AS member_key UNION ALL SELECT same.member_key FROM member same "
                      "WHERE same.program = $1 AND same.merged_into = ",
                      key, " AND same.merged_into <> {nil})");
}

}  // namespace perigee::sql
