#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/member/member_directory.h"
#include "server/adapters/member/member_search.h"
#include "server/adapters/sql/sqlite/sqlite_store.h"
#include "server/core/page_token.h"
#include "server/runtime/executor.h"
#include "server/runtime/grpc_server.h"
#include "server/runtime/metrics.h"
#include "server/services/board/places_after_write.h"
#include "server/services/call.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/no_boards.h"
#include "tests/fakes/sequence_ids.h"

namespace perigee::tests {

// Turns a refusal on the wire back into the status that Error() makes, for the status matchers.
// Fails the test unless the refusal has exactly one ErrorInfo of ours, the code of its reason, and
// retry advice and the field where they belong.
absl::Status FromWire(const grpc::Status& status);

// A real server: SQLite in a folder of its own, one gRPC door on a free port, and a channel to it.
// Only the time and the ids are fakes. The store tells `metrics` of its commits, whatever the
// options say.
class ServerFixture {
 public:
  explicit ServerFixture(sql::SqlStoreOptions options = {});
  ~ServerFixture();
  ServerFixture(const ServerFixture&) = delete;
  ServerFixture& operator=(const ServerFixture&) = delete;

  FakeClock clock;  // 2026-11-21T12:00:00Z.
  SequenceIds ids;
  runtime::Metrics metrics;

  sql::SqlStore& store() { return *store_; }
  services::Call& call() { return *call_; }
  // Finds no board.
  services::PlacesAfterWrite& no_places() { return *no_places_; }
  NoBoards& no_boards() { return no_boards_; }
  adapters::StoreMemberSearch& search() { return *search_; }
  const PageTokens& tokens() { return *tokens_; }

  // Opens the door. The services must outlive StopServing.
  void Serve(const std::vector<grpc::Service*>& services);
  void StopServing();
  const std::shared_ptr<grpc::Channel>& channel() { return channel_; }
  std::string address() const { return server_->address().ToString(); }

  // A new UUID in each call.
  std::string NewRequestId();

 private:
  std::filesystem::path folder_;
  std::unique_ptr<sql::SqlStore> store_;
  std::unique_ptr<PageTokens> tokens_;
  std::unique_ptr<runtime::ThreadExecutor> executor_;
  std::unique_ptr<services::Call> call_;
  NoBoards no_boards_;
  std::unique_ptr<adapters::StoreMemberDirectory> directory_;
  std::unique_ptr<services::PlacesAfterWrite> no_places_;
  std::unique_ptr<adapters::StoreMemberSearch> search_;
  std::unique_ptr<runtime::GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  SequenceIds request_ids_;
};

// Calls one unary method: Invoke(stub, &Stub::GetMember, request).
template <class Stub, class Request, class Response>
absl::StatusOr<Response> Invoke(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
  grpc::ClientContext context;
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) {
    return FromWire(status);
  }
  return response;
}

}  // namespace perigee::tests
