#pragma once

#include <memory>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "clients/cli/failure.h"
#include "clients/cli/session.h"

namespace perigee::cli {

// Reads a stream of the server's, and opens it again where it broke, until `take` has enough or it
// is refused for good. `open`: (ClientContext*) → the stream's reader, from where the last message
// was. `take`: (Message) → whether it wants more.
template <class Message, class Open, class Take>
absl::Status Follow(Session& session, Open open, Take take) {
  bool enough = false;
  for (;;) {
    bool heard = false;
    const absl::Status status = session.Retry([&](grpc::ClientContext& context) {
      // A stream that broke after a message is resumed at once, with a new time limit.
      context.set_wait_for_ready(heard);
      const auto stream = open(&context);
      Message message;
      while (!enough && stream->Read(&message)) {
        heard = true;
        enough = !take(message);
      }
      if (enough) {
        context.TryCancel();
        stream->Finish();
        return grpc::Status::OK;
      }
      grpc::Status ended = stream->Finish();
      return heard && MayRetry(FromGrpc(ended)) ? grpc::Status::OK : ended;
    });
    if (!status.ok() || enough || !heard) {
      return status;
    }
  }
}

}  // namespace perigee::cli
