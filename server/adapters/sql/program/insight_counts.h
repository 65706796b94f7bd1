#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace perigee::ports {
struct InsightCount;
struct InsightQuery;
}  // namespace perigee::ports

namespace perigee::sql {

class Connection;

// See ports::ProgramReader::CountInsight. One pass over the rows of the figure's table.
absl::StatusOr<std::vector<ports::InsightCount>> InsightCounts(Connection& connection,
                                                               const std::string& program,
                                                               const ports::InsightQuery& query);

}  // namespace perigee::sql
