#pragma once

#include <vector>

#include "clients/cli/plan.h"

namespace perigee::cli {

class Session;
struct ImportSummary;

// Prints what was set up, recorded, replayed, refused and passed over; one JSON document with
// `--json`.
void PrintSummary(Session& session, const std::vector<PlanStep>& steps,
                  const ImportSummary& summary);

}  // namespace perigee::cli
