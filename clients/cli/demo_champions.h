#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/sender.h"

namespace perigee::cli {

class Session;
struct DemoShape;

// Makes champions of a few members of the demo community, which must be there with what it did:
// titles, and nominations, appointments, asks, thanks, redemptions, contributions, badges and
// credentials in each state that is reached without waiting; insider items in each state, for which
// it waits some seconds, with acceptances and seats; and a tier scheme. A community of less than
// some thirty members has none, and where people sign in there is no draft. Answers what became of
// the calls. The server applies the tiers within ten seconds.
//
// Another run changes nothing, also on a later day: times count from the day of the first run. What
// staff or members changed meanwhile stays, and so does a programme whose titles somebody else
// made.
absl::StatusOr<Tally> MakeDemoChampions(Session& session, const std::string& program_name,
                                        const DemoShape& shape);

}  // namespace perigee::cli
