#pragma once

#include <optional>

#include <google/protobuf/message.h>

#include "absl/status/statusor.h"
#include "server/ports/store.h"

namespace perigee::services {

struct RunningCall;

// The unit of work that records that the call shows personal data of members to somebody else: of
// those whom the request or the answer names, also in longer names and in texts. It must be durable
// before the answer goes out. `answer` is null for a
// stream: whom it shows besides those whom the request names is not known yet.
//
// nullopt if nothing is to be recorded: the method shows no personal data, the caller is the
// member, no member is named, or nobody is asked to sign in, so that nobody could be named. Looks
// the members up on the calling thread, because the writer's time is scarce; so it may block, and
// refuse as a read does.
absl::StatusOr<std::optional<ports::Unit>> RecordOfRead(const RunningCall& call,
                                                        const ports::Store& store,
                                                        const google::protobuf::Message& request,
                                                        const google::protobuf::Message* answer);

}  // namespace perigee::services
