#include "server/adapters/sql/idea/idea_repository.h"

#include "server/adapters/sql/base/driver.h"
#include "server/core/status_macros.h"

namespace perigee::sql {

absl::StatusOr<std::int64_t> IdeaRepository::CountVotes(const std::string& program,
                                                        domain::Revision idea,
                                                        const domain::MemberKey& author) {
  std::int64_t votes = 0;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT COUNT(DISTINCT CASE WHEN m.merged_into = {nil} THEN m.member_key "
      "ELSE m.merged_into END) "
      "FROM idea_vote v JOIN member m ON m.program = v.program AND m.member_key = v.member_key "
      "WHERE v.program = $1 AND v.idea = $2 AND m.member_key <> $3 AND m.merged_into <> $3",
      {program, idea, author}, [&](const Row& row) { votes = row.Int(0); }));
  return votes;
}

absl::StatusOr<ports::IdeaCounts> IdeaRepository::Count(const std::string& program) {
  ports::IdeaCounts counts;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT i.state, COUNT(*) FROM idea i JOIN member m ON m.program = i.program "
      "AND m.member_key = i.member_key WHERE i.program = $1 GROUP BY i.state",
      {program}, [&](const Row& row) {
        counts.ideas[static_cast<domain::IdeaState>(row.Small(0))] = row.Int(1);
      }));
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query("SELECT COUNT(*) FROM idea_vote v JOIN member m ON m.program = v.program "
                        "AND m.member_key = v.member_key WHERE v.program = $1",
                        {program}, [&](const Row& row) { counts.votes = row.Int(0); }));
  return counts;
}

}  // namespace perigee::sql
