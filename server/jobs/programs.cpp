#include "server/jobs/programs.h"

#include "server/core/status_macros.h"
#include "server/ports/program/program_reader.h"

namespace perigee::jobs {

absl::StatusOr<std::vector<std::string>> AllPrograms(const ports::Store& store) {
  constexpr int kPage = 100;
  std::vector<std::string> programs;
  const absl::Status read = store.Read([&](ports::StoreReader& reader) -> absl::Status {
    for (;;) {
      PERIGEE_ASSIGN_OR_RETURN(
          auto page, reader.programs().List(programs.empty() ? "" : programs.back(), kPage));
      for (const domain::Program& program : page) {
        programs.push_back(program.id);
      }
      if (page.size() < static_cast<std::size_t>(kPage)) {
        return absl::OkStatus();
      }
    }
  });
  PERIGEE_RETURN_IF_ERROR(read);
  return programs;
}

}  // namespace perigee::jobs
