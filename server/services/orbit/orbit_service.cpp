#include "server/services/orbit/orbit_service.h"

#include <string>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/services/lookup.h"
#include "server/services/orbit/orbit_convert.h"
#include "server/use_cases/orbit/orbit.h"

namespace perigee::services {

OrbitService::OrbitService(Call& call) : Service(call, "perigee.v1.OrbitService") {
  Read<v1::GetOrbitRequest>(
      "GetOrbit",
      [this](const CallContext& context, const auto& asked) -> absl::StatusOr<v1::Orbit> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("name", asked.name(), kOrbitPattern));
        PERIGEE_ASSIGN_OR_RETURN(
            const use_cases::MemberOrbit orbit, ReadFrom(store(), [&](ports::StoreReader& reader) {
              return use_cases::OrbitOf(reader, parts[0], parts[1], context.now);
            }));
        return ToProto(parts[0], orbit);
      });
}

}  // namespace perigee::services
