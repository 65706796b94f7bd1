#include "server/jobs/health.h"

#include <chrono>
#include <string>
#include <vector>

#include "server/core/status_macros.h"
#include "server/jobs/programs.h"

namespace perigee::jobs {
namespace {

constexpr std::chrono::days kPresentActivity{30};

}  // namespace

absl::Status Health::RunOnce() {
  const Time since = clock_.Now() - kPresentActivity;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> programs, AllPrograms(store_));
  absl::Status first;
  for (const std::string& program : programs) {
    ports::Telemetry::Health health;
    const absl::Status read = store_.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(health.members, reader.CountMembers(program));
      PERIGEE_ASSIGN_OR_RETURN(health.assets, reader.TotalAssets(program));
      PERIGEE_ASSIGN_OR_RETURN(health.activity, reader.CountActivity(program, since));
      return absl::OkStatus();
    });
    if (read.ok()) {
      telemetry_.ProgramHealth(program, health);
    }
    first.Update(read);
  }
  return first;
}

}  // namespace perigee::jobs
