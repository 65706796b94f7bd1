#include "server/adapters/sql/ask/ask_repository.h"

#include <map>
#include <optional>

#include "server/adapters/sql/base/driver.h"
#include "server/core/status_macros.h"

namespace perigee::sql {

absl::StatusOr<std::vector<ports::AskCount>> AskRepository::Count(const std::string& program,
                                                                  Time now) {
  // One row for each combination of facts that the state depends on. domain::StateOf says which
  // state that is.
  std::map<domain::AskState, std::int64_t> counts;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT CASE WHEN cancel_time IS NULL THEN CAST(0 AS BIGINT) ELSE 1 END, "
      "CASE WHEN thank_time IS NULL THEN CAST(0 AS BIGINT) ELSE 1 END, "
      "CASE WHEN done_time IS NULL THEN CAST(0 AS BIGINT) ELSE 1 END, "
      "CASE WHEN answer_time IS NULL THEN CAST(0 AS BIGINT) ELSE 1 END, accepted, "
      "CASE WHEN send_time IS NULL THEN CAST(0 AS BIGINT) ELSE 1 END, "
      "CASE WHEN reserve_time IS NULL THEN CAST(0 AS BIGINT) ELSE 1 END, "
      "CASE WHEN expire_time <= $2 THEN CAST(1 AS BIGINT) ELSE 0 END, COUNT(*) "
      "FROM ask WHERE program = $1 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8",
      {program, ToMicros(now)}, [&](const Row& row) {
        const auto fact = [&](int column) {
          return row.Int(column) != 0 ? std::optional(now) : std::nullopt;
        };
        domain::Ask like;
        like.cancel_time = fact(0);
        like.thank_time = fact(1);
        like.done_time = fact(2);
        like.answer_time = fact(3);
        like.accepted = row.Int(4) != 0;
        like.send_time = fact(5);
        like.reserve_time = fact(6);
        like.expire_time = row.Int(7) != 0 ? now : now + Duration(1);
        counts[domain::StateOf(like, now)] += row.Int(8);
      }));
  std::vector<ports::AskCount> result;
  for (const auto& [state, asks] : counts) {
    result.push_back({state, asks});
  }
  return result;
}

}  // namespace perigee::sql
