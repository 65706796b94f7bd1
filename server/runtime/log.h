#pragma once

namespace perigee::runtime {

// Makes spdlog's default logger write one logfmt line for each event to stderr: `time=… level=…`
// and the event's own `event=… key=value`. Lines hold no personal data, only ids of resources.
// gRPC's and protobuf's own lines are left out, unless the environment has GRPC_VERBOSITY.
void StartLog();

}  // namespace perigee::runtime
