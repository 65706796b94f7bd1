// What one server revokes, the other one refuses too, also in its open streams.

#include <array>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "clients/load/community.h"
#include "perigee/v1/access.grpc.pb.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "server/core/time.h"
#include "tests/faults/programme.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/perigeed.h"
#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/token_maker.h"

namespace perigee::tests {
namespace {

using std::chrono::steady_clock;

constexpr char kIssuer[] = "https://id.example";
constexpr std::chrono::seconds kDeadline{30};
constexpr std::chrono::seconds kRevokedWithin{1};

// Two servers on one PostgreSQL at which callers sign in.
class RevocationTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    postgres_ = PostgresServer::Start(reason);
    if (postgres_ == nullptr) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
    std::ofstream(folder_.File("keys.json")) << maker_.Jwks();
    std::ofstream(folder_.File("access.toml"))
        << "[[issuers]]\nissuer = \"" << kIssuer
        << "\"\naudiences = [\"perigee\"]\nkeys = \"keys.json\"\n"
        << "[[operators]]\nissuer = \"" << kIssuer << "\"\nsubject = \"ops\"\n";
    const std::string uri = postgres_->MakeDatabase();
    ASSERT_EQ(Perigeed::Run("migrate", uri).exit_code, 0);
    {
      Perigeed open({.store = uri});
      ASSERT_THAT(open.Start(), IsOk());
      ASSERT_TRUE(MakeFaultProgramme(open.Channel("internal")).ok());
    }
    for (auto& server : servers_) {
      server = std::make_unique<Perigeed>(
          Perigeed::Options{.store = uri, .access = folder_.File("access.toml")});
      ASSERT_THAT(server->Start(), IsOk());
    }
  }

  void Sign(grpc::ClientContext& context, const std::string& subject) const {
    const Time now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    context.AddMetadata("authorization",
                        "Bearer " + maker_.Token(kIssuer, "perigee", subject, now));
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  }
  v1::Identity Identify(std::size_t server, const std::string& subject) {
    v1::CreateIdentityRequest request;
    request.set_parent(FaultMember(0));
    request.set_request_id(load::RequestId(0, ++requests_));
    request.mutable_identity()->set_issuer(kIssuer);
    request.mutable_identity()->set_subject(subject);
    grpc::ClientContext context;
    Sign(context, "ops");
    v1::Identity identity;
    const grpc::Status status =
        v1::AccessAdminService::NewStub(servers_[server]->Channel("internal"))
            ->CreateIdentity(&context, request, &identity);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return identity;
  }
  grpc::Status GetSelf(std::size_t server, const std::string& subject) {
    v1::GetSelfRequest request;
    request.set_parent(kFaultProgram);
    grpc::ClientContext context;
    Sign(context, subject);
    v1::Self self;
    return v1::MemberService::NewStub(servers_[server]->Channel("public"))
        ->GetSelf(&context, request, &self);
  }

  // Opens a stream of the subject at the other server, revokes at this one, and expects that the
  // stream and the calls of the subject end in time at both.
  void ExpectRevoked(std::size_t here, const std::string& subject, grpc::StatusCode code,
                     const std::function<grpc::Status(grpc::ClientContext& context)>& revoke) {
    const std::size_t there = 1 - here;
    EXPECT_TRUE(Await([&] { return GetSelf(there, subject).ok(); }));
    grpc::ClientContext context;
    Sign(context, subject);
    v1::WatchBoardRequest watch;
    watch.set_name(absl::StrCat(kFaultProgram, "/boards/all/periods/current"));
    const auto stub = v1::BoardService::NewStub(servers_[there]->Channel("public"));
    const auto stream = stub->WatchBoard(&context, watch);
    v1::WatchBoardResponse message;
    ASSERT_TRUE(stream->Read(&message));

    grpc::ClientContext of_staff;
    Sign(of_staff, "ops");
    const grpc::Status revoked = revoke(of_staff);
    const auto since = steady_clock::now();
    ASSERT_TRUE(revoked.ok()) << revoked.error_message();
    while (stream->Read(&message)) {
    }
    EXPECT_EQ(stream->Finish().error_code(), code);
    const auto took = steady_clock::now() - since;
    EXPECT_LT(took, kRevokedWithin);
    std::cout << "a stream at the other server ended after "
              << std::chrono::duration<double, std::milli>(took).count() << " ms\n";
  }

  std::uint64_t requests_ = 0;
  const TokenMaker maker_{"ES256", "k1"};
  TemporaryFolder folder_;
  std::unique_ptr<PostgresServer> postgres_;
  std::array<std::unique_ptr<Perigeed>, 2> servers_;
};

TEST_F(RevocationTest, ADeletedSignInEndsAtTheOtherServer) {
  for (const std::size_t here : {0U, 1U}) {
    const std::string subject = absl::StrCat("phone-", here);
    const v1::Identity identity = Identify(here, subject);
    ExpectRevoked(here, subject, grpc::StatusCode::NOT_FOUND, [&](grpc::ClientContext& context) {
      v1::DeleteIdentityRequest request;
      request.set_name(identity.name());
      request.set_request_id(load::RequestId(0, ++requests_));
      v1::DeleteIdentityResponse answer;
      return v1::AccessAdminService::NewStub(servers_[here]->Channel("internal"))
          ->DeleteIdentity(&context, request, &answer);
    });
    for (const std::size_t server : {0U, 1U}) {
      EXPECT_EQ(GetSelf(server, subject).error_code(), grpc::StatusCode::NOT_FOUND);
    }
  }
}

TEST_F(RevocationTest, ASuspensionEndsStreamsAtTheOtherServer) {
  Identify(0, "phone");
  ExpectRevoked(1, "phone", grpc::StatusCode::FAILED_PRECONDITION,
                [&](grpc::ClientContext& context) {
                  v1::SuspendMemberRequest request;
                  request.set_name(FaultMember(0));
                  request.set_request_id(load::RequestId(0, ++requests_));
                  v1::Member answer;
                  return v1::MemberAdminService::NewStub(servers_[1]->Channel("internal"))
                      ->SuspendMember(&context, request, &answer);
                });
}

}  // namespace
}  // namespace perigee::tests
