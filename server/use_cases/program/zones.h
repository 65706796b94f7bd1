#pragma once

#include "absl/status/status.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// kTimeZoneMissing, naming the programme, if this host lacks a zone of a programme or board.
absl::Status CheckZones(ports::StoreReader& reader);

}  // namespace perigee::use_cases
