#include "server/jobs/health.h"

#include <chrono>
#include <string>
#include <vector>

#include "server/core/status_macros.h"
#include "server/jobs/programs.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/clock.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program_health.h"

namespace perigee::jobs {
namespace {

constexpr std::chrono::days kPresentActivity{30};

}  // namespace

absl::Status Health::RunOnce() {
  const Time since = clock_.Now() - kPresentActivity;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> programs, AllPrograms(store_));
  absl::Status first;
  for (const std::string& program : programs) {
    ports::ProgramHealth health;
    const auto read = [&](auto& figure, const auto& count) {
      return store_.Read([&](ports::StoreReader& reader) -> absl::Status {
        PERIGEE_ASSIGN_OR_RETURN(figure, count(reader));
        return absl::OkStatus();
      });
    };
    // Each in a view of its own: while a view is open, what was written since piles up in the log.
    absl::Status counted =
        read(health.members, [&](auto& reader) { return reader.members().Count(program); });
    counted.Update(
        read(health.assets, [&](auto& reader) { return reader.ledger().TotalAssets(program); }));
    counted.Update(read(health.activity,
                        [&](auto& reader) { return reader.activities().Count(program, since); }));
    if (counted.ok()) {
      telemetry_.Health(program, health);
    }
    first.Update(counted);
  }
  return first;
}

}  // namespace perigee::jobs
