#pragma once

namespace perigee::runtime {

// Makes spdlog's default logger write one logfmt line for each event to stderr: `time=… level=…`
// and the event's own `event=… key=value`. Lines hold no personal data, only ids of resources.
void StartLog();

}  // namespace perigee::runtime
