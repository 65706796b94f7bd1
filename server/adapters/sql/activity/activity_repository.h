#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/activity/activity.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/store.h"

namespace perigee::sql {

class Connection;

// Activities and their edges.
class ActivityRepository : public ports::ActivityReader {
 public:
  explicit ActivityRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::optional<domain::Activity>> Find(const std::string& program,
                                                       domain::Revision revision) override;
  absl::StatusOr<std::optional<domain::Activity>> FindBySource(
      const std::string& program, const std::string& source,
      const std::string& source_event_id) override;
  // Asks for the recorded activities among `events`. They are visited before the next Sync returns.
  absl::Status AskBySource(const std::string& program, std::span<const ports::SourceEvent> events,
                           std::function<void(domain::Activity activity)> visit);
  absl::StatusOr<std::vector<domain::Activity>> List(const std::string& program,
                                                     const domain::MemberKey& member,
                                                     domain::Revision before, int limit) override;
  absl::StatusOr<std::int64_t> CountOf(const std::string& program, const domain::MemberKey& actor,
                                       const std::string& type, Time since) override;
  absl::StatusOr<ports::PersonSummary> Summarize(const std::string& program,
                                                 const domain::MemberKey& head,
                                                 Interval interval) override;
  absl::Status VisitDeeds(const std::string& program, const domain::MemberKey& first,
                          const domain::MemberKey& last,
                          absl::FunctionRef<void(const ports::Deed& deed)> visit) override;
  absl::StatusOr<ports::ActivityCounts> Count(const std::string& program, Time since) override;

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
