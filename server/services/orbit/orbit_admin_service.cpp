#include "server/services/orbit/orbit_admin_service.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/support/slice.h>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/orbit/activity_type.h"
#include "server/domain/orbit/level.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/services/lookup.h"
#include "server/services/measurements.h"
#include "server/services/orbit/orbit_convert.h"
#include "server/services/paging.h"
#include "server/use_cases/orbit/activity_types.h"
#include "server/use_cases/orbit/census.h"
#include "server/use_cases/orbit/orbit.h"
#include "server/use_cases/orbit/person_deeds.h"

namespace perigee::services {
namespace {

using domain::ActivityType;
using domain::Member;

constexpr int kExaminedAtOnce = 1000;

absl::StatusOr<Change> ChangeToSetType(const CallContext&,
                                       const v1::SetActivityTypeRequest& request) {
  const v1::ActivityType& asked = request.activity_type();
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("activity_type.name", asked.name(), kActivityTypePattern));
  ActivityType type;
  type.id = parts[1];
  type.display_name = asked.display_name();
  type.weight = asked.weight();
  PERIGEE_RETURN_IF_ERROR(domain::CheckActivityType(type));
  return Change{parts[0], [program = parts[0], type, etag = asked.etag()](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::SetActivityType(reader, unit, program, type, etag),
                                  [&](const ActivityType& set) { return ToProto(program, set); });
                }};
}

// The index of each of the members, whose keys ascend, on that day.
absl::StatusOr<std::vector<int>> IndexesOf(ports::StoreReader& reader, const std::string& program,
                                           const std::vector<Member>& members, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::OrbitSetting setting,
                           use_cases::OrbitSetting::Of(reader, program));
  std::vector<domain::MemberKey> heads;
  for (const Member& member : members) {
    heads.push_back(member.key);
  }
  std::vector<int> indexes(heads.size());
  PERIGEE_RETURN_IF_ERROR(use_cases::VisitDeedsOf(
      reader, setting, heads, [&](std::size_t person, const use_cases::PersonDeeds& deeds) {
        indexes[person] = use_cases::IndexHeld(setting, deeds.acts, setting.zone.DayOf(now));
      }));
  return indexes;
}

absl::StatusOr<v1::ListOrbitMembersResponse> ListMembersOf(ports::StoreReader& reader,
                                                           const std::string& program,
                                                           v1::OrbitLevel level, const Page& page,
                                                           Time now) {
  PERIGEE_ASSIGN_OR_RETURN(
      std::vector<Member> members,
      reader.members().List(program, Uuid::FromRaw(page.after()), kExaminedAtOnce + 1));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<int> indexes,
                           IndexesOf(reader, program, members, now));
  v1::ListOrbitMembersResponse response;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (response.examined() == kExaminedAtOnce || response.members_size() == page.size()) {
      response.set_next_page_token(page.TokenAfter(std::string(members[i - 1].key.Raw())));
      break;
    }
    response.set_examined(response.examined() + 1);
    if (indexes[i] == 0) {
      continue;
    }
    const v1::OrbitPlace place = ToPlace(indexes[i]);
    if (level == v1::ORBIT_LEVEL_UNSPECIFIED || level == place.level()) {
      v1::OrbitMember& out = *response.add_members();
      out.set_member(MemberName(program, members[i].id));
      out.set_display_name(members[i].display_name);
      *out.mutable_place() = place;
    }
  }
  return response;
}

absl::StatusOr<v1::ListOrbitMembersResponse> ListOrbitMembers(
    const CallContext& call, const v1::ListOrbitMembersRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (!v1::OrbitLevel_IsValid(request.level())) {
    return InvalidField("level", "must be a level");
  }
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens,
                                       "ListOrbitMembers " + request.parent() + " " +
                                           v1::OrbitLevel_Name(request.level()),
                                       request));
  return ReadFrom(store, [&](ports::StoreReader& reader) {
    return ListMembersOf(reader, parts[0], request.level(), page, call.now);
  });
}

absl::Status CheckGravity(const v1::GetGravityRequest& asked) {
  PERIGEE_RETURN_IF_ERROR(ParseName("parent", asked.parent(), kProgramPattern).status());
  PERIGEE_RETURN_IF_ERROR(FromTimestamp("from_time", asked.from_time()).status());
  return FromTimestamp("to_time", asked.to_time()).status();
}

// What CheckGravity checked.
struct GravityAsked {
  explicit GravityAsked(const v1::GetGravityRequest& asked)
      : program(*ProgramIn(asked.parent())),
        from(*FromTimestamp("from_time", asked.from_time())),
        to(*FromTimestamp("to_time", asked.to_time())) {}
  std::string program;
  Time from;
  Time to;
};

}  // namespace

template <class Request, class Check, class Measure>
void OrbitAdminService::ReadMeasured(std::string_view name, Check check, Measure measure) {
  const auto key = [name](const Request& asked) {
    return std::string(name) + " " + asked.SerializeAsString();
  };
  Hot<Request>(
      name,
      [this, check, key](const CallContext& call, const Request& asked,
                         grpc::ByteBuffer* answer) -> absl::Status {
        PERIGEE_RETURN_IF_ERROR(check(asked));
        PERIGEE_ASSIGN_OR_RETURN(const std::string bytes,
                                 measurements_.Find(key(asked), call.now, call.at_once));
        const grpc::Slice slice(bytes);
        *answer = grpc::ByteBuffer(&slice, 1);
        return absl::OkStatus();
      },
      [this, key, measure](const Request& asked, std::function<void()>&& again) {
        const auto make = [asked, measure](
                              Time now,
                              const use_cases::GoesOn& goes_on) -> absl::StatusOr<std::string> {
          PERIGEE_ASSIGN_OR_RETURN(const auto message, measure(asked, now, goes_on));
          return message.SerializeAsString();
        };
        measurements_.Make(key(asked), make, std::move(again));
      });
}

OrbitAdminService::OrbitAdminService(Call& call, const PageTokens& tokens,
                                     Measurements& measurements)
    : Service(call, "perigee.v1.OrbitAdminService"), measurements_(measurements) {
  Write<v1::SetActivityTypeRequest>("SetActivityType", ChangeToSetType);
  Read<v1::ListActivityTypesRequest>("ListActivityTypes", [this, &tokens](const CallContext&,
                                                                          const auto& asked) {
    return ListOfProgram<v1::ListActivityTypesResponse>(
        store(), tokens, "ListActivityTypes", asked,
        [](auto& reader, const auto& program, const Page& page) {
          ActivityType after;
          after.id = page.after();
          return reader.records().template List<ActivityType>(program, {}, &after, page.Limit());
        },
        [](auto& answer, const auto& program, const ActivityType& type) {
          *answer.add_activity_types() = ToProto(program, type);
        });
  });
  ReadMeasured<v1::GetOrbitMapRequest>(
      "GetOrbitMap",
      [](const v1::GetOrbitMapRequest& asked) {
        return ParseName("parent", asked.parent(), kProgramPattern).status();
      },
      [this](const v1::GetOrbitMapRequest& asked, Time now,
             const use_cases::GoesOn& goes_on) -> absl::StatusOr<v1::OrbitMap> {
        PERIGEE_ASSIGN_OR_RETURN(
            const use_cases::OrbitMap map,
            use_cases::MapOrbit(store(), std::string(*ProgramIn(asked.parent())), now, goes_on));
        return ToProto(map, now);
      });
  ReadMeasured<v1::GetGravityRequest>(
      "GetGravity", CheckGravity,
      [this](const v1::GetGravityRequest& asked, Time now,
             const use_cases::GoesOn& goes_on) -> absl::StatusOr<v1::Gravity> {
        const GravityAsked gravity(asked);
        PERIGEE_ASSIGN_OR_RETURN(const use_cases::OrbitChange change,
                                 use_cases::CompareOrbit(store(), gravity.program, gravity.from,
                                                         gravity.to, now, goes_on));
        return ToProto(change, now);
      });
  Read<v1::ListOrbitMembersRequest>(
      "ListOrbitMembers", [this, &tokens](const CallContext& context, const auto& asked) {
        return services::ListOrbitMembers(context, asked, store(), tokens);
      });
}

}  // namespace perigee::services
