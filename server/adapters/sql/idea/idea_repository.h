#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "server/ports/idea/idea_reader.h"

namespace perigee::sql {

class Connection;

class IdeaRepository final : public ports::IdeaReader {
 public:
  explicit IdeaRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::int64_t> CountVotes(const std::string& program, domain::Revision idea,
                                          const domain::MemberKey& author) override;
  absl::StatusOr<ports::IdeaCounts> Count(const std::string& program) override;

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
