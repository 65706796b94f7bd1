#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "perigee/v1/inbox.grpc.pb.h"
#include "server/domain/insider/item.h"
#include "server/domain/journal/changes.h"
#include "server/domain/member/member_key.h"
#include "server/runtime/grpc_server.h"
#include "server/services/inbox/inbox_service.h"
#include "tests/fakes/counting_telemetry.h"
#include "tests/services/admin_server.h"

namespace perigee::tests {

// A programme `acme` with the members ada, bob and cyd, and two servers of inboxes on its store.
// Each has streams and rounds of its own, and shares nothing with the other but the store.
class InboxServer : public AdminServer {
 public:
  InboxServer();
  ~InboxServer();

  domain::MemberKey KeyOf(const std::string& member);
  // Writes changes as they are. `make` gets the unit's revision and time.
  domain::Revision Write(
      const std::function<void(domain::Revision revision, Time now, domain::Changes&)>& make);
  void Thank(const std::string& member);
  // An item for everybody that opens at `open`, or so long after.
  void PutItem(const std::string& id, Time open, bool withdrawn = false);

  // Ends all streams of that server (0 or 1), as if it were shut down; then it serves again.
  void Restart(std::size_t server);

  CountingTelemetry telemetry;
  std::unique_ptr<v1::InboxService::Stub> stubs[2];

 private:
  struct Door {
    std::unique_ptr<services::Call> call;
    std::unique_ptr<services::InboxService> service;
    std::unique_ptr<runtime::GrpcServer> server;
  };
  void Open(std::size_t server);
  void Close(std::size_t server);

  Door doors_[2];
  std::vector<std::unique_ptr<services::Call>> ended_;  // The executor may still let go of them.
};

inline std::string NameOfMember(const std::string& member) {
  return "programs/acme/members/" + member;
}

// One stream, on the client's side.
class InboxStream {
 public:
  InboxStream(v1::InboxService::Stub& stub, const std::string& member,
              const std::string& cursor = "");
  ~InboxStream();

  // The next message; an empty one at the end of the stream.
  v1::WatchInboxResponse Next();
  // The next message with notifications.
  v1::WatchInboxResponse NextNews();
  absl::Status End();
  void Cancel() { context_.TryCancel(); }
  // Of the last message that came.
  const std::string& cursor() const { return cursor_; }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchInboxResponse>> stream_;
  std::string cursor_;
};

}  // namespace perigee::tests
