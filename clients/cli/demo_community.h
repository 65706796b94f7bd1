#pragma once

#include <cstdint>
#include <vector>

#include "perigee/v1/activity.pb.h"
#include "perigee/v1/member.pb.h"

namespace perigee::cli {

// A community that never was. The same shape gives the same members and, for each calendar day, the
// same activities, whatever days surround it: to extend it by a day adds that day's alone.
struct DemoShape {
  int members = 200;
  std::uint64_t seed = 1;
};

// Member requests without parent; ids are m-001, m-002 ….
std::vector<v1::CreateMemberRequest> DemoMembers(const DemoShape& shape);

// What makes a member known: one `joined` activity for each.
std::vector<v1::Activity> DemoJoins(const DemoShape& shape, const std::string& program_name);

// What happened on one day in UTC, in order of time.
std::vector<v1::Activity> DemoDay(const DemoShape& shape, const std::string& program_name,
                                  std::chrono::sys_days day);

}  // namespace perigee::cli
