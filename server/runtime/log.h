#pragma once

namespace perigee::runtime {

// Makes spdlog's default logger write one logfmt line an event to stderr: `time=… level=…` and the
// event's own `event=… key=value`. Lines name no person: ids of resources at most.
void StartLog();

}  // namespace perigee::runtime
