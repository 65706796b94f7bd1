#pragma once

#include <cstdint>
#include <vector>

#include "perigee/v1/activity.pb.h"
#include "perigee/v1/member.pb.h"

namespace perigee::cli {

// An invented community. The same shape gives the same members and the same activities of each
// calendar day. A day does not depend on the days around it, so one more day adds only its own
// activities.
struct DemoShape {
  int members = 200;
  std::uint64_t seed = 1;
};

// Requests to make the members, without a parent. The ids are m-001, m-002 ….
std::vector<v1::CreateMemberRequest> DemoMembers(const DemoShape& shape);

// One `joined` activity for each member.
std::vector<v1::Activity> DemoJoins(const DemoShape& shape, const std::string& program_name);

// The activities of one day in UTC, in order of time.
std::vector<v1::Activity> DemoDay(const DemoShape& shape, const std::string& program_name,
                                  std::chrono::sys_days day);

}  // namespace perigee::cli
