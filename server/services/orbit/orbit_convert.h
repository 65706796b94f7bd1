#pragma once

#include <string>

#include "perigee/v1/orbit.pb.h"
#include "server/core/time.h"
#include "server/domain/orbit/activity_type.h"
#include "server/use_cases/orbit/census.h"

namespace perigee::use_cases {
struct MemberOrbit;
}  // namespace perigee::use_cases

namespace perigee::services {

// The place of an index from 1 on.
v1::OrbitPlace ToPlace(int index);
v1::Orbit ToProto(const std::string& program, const use_cases::MemberOrbit& orbit);
v1::ActivityType ToProto(const std::string& program, const domain::ActivityType& type);
v1::OrbitMap ToProto(const use_cases::OrbitMap& map, Time measured);
v1::Gravity ToProto(const use_cases::OrbitChange& change, Time measured);

}  // namespace perigee::services
