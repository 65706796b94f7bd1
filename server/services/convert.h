#pragma once

#include <map>
#include <string>
#include <string_view>

#include <google/protobuf/timestamp.pb.h>

#include "absl/status/statusor.h"
#include "perigee/v1/activity.pb.h"
#include "perigee/v1/member.pb.h"
#include "perigee/v1/program.pb.h"
#include "server/core/time.h"
#include "server/domain/activity/activity.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"
#include "server/domain/rule/rules.h"

namespace perigee::services {

// Converts between the wire's types and the domain's. FromProto… refuses with kInvalidField, naming
// `field`.

google::protobuf::Timestamp ToTimestamp(Time time);
// Finer fractions than microseconds are cut off. kInvalidField, naming `field`, outside the years 1
// to 9999, as Timestamp itself says.
absl::StatusOr<Time> FromTimestamp(std::string_view field,
                                   const google::protobuf::Timestamp& timestamp);

// Names of members by key, for records that hold only keys.
using MemberNames = std::map<domain::MemberKey, std::string>;

v1::Program ToProto(const domain::Program& program);
v1::Asset ToProto(const std::string& program, const domain::Asset& asset);
v1::Rule ToProto(const std::string& program, const domain::Rule& rule);
v1::Member ToProto(const std::string& program, const domain::Member& member);
v1::Activity ToProto(const std::string& program, const domain::Activity& activity,
                     const MemberNames& names);

// Parses the last part of an activity name: its revision. kInvalidField, naming `field`, if the id
// cannot be one.
absl::StatusOr<domain::Revision> ParseRevision(std::string_view field, std::string_view id);

}  // namespace perigee::services
