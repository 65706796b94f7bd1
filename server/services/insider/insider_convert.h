#pragma once

#include <string>

#include "perigee/v1/insider.pb.h"
#include "server/core/time.h"
#include "server/domain/insider/gate.h"
#include "server/domain/insider/item.h"

namespace perigee::services {

// As staff see it, in its state at `now`.
v1::InsiderItem ToProto(const std::string& program, const domain::InsiderItem& item, Time now);
v1::ItemVersion ToProto(const std::string& program, const domain::ItemVersion& version);
// For staff: members never see why something is closed.
v1::InsiderGate ToProto(domain::GateOutcome outcome);

}  // namespace perigee::services
