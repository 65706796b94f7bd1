#include "server/services/gatekeeper.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/activity.grpc.pb.h"
#include "perigee/v1/ask.pb.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "perigee/v1/program.pb.h"
#include "server/core/error.h"
#include "server/ports/journal/journal_reader.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

v1::GetMemberRequest Member(const std::string& name) {
  v1::GetMemberRequest request;
  request.set_name(name);
  return request;
}

v1::ListEntriesRequest Entries(const std::string& program = "acme") {
  v1::ListEntriesRequest request;
  request.set_parent("programs/" + program + "/boards/all/periods/all-time");
  return request;
}

// A stream of acme's board, after its first message.
class BoardStream {
 public:
  BoardStream(AccessServer& server, const std::string& token)
      : stub_(v1::BoardService::NewStub(server.channel())) {
    context_.AddMetadata("authorization", "Bearer " + token);
    v1::WatchBoardRequest request;
    request.set_name("programs/acme/boards/all/periods/all-time");
    stream_ = stub_->WatchBoard(&context_, request);
    v1::WatchBoardResponse state;
    opened_ = stream_->Read(&state);
  }
  bool opened() const { return opened_; }
  // Reads on to the end.
  absl::Status End() {
    v1::WatchBoardResponse state;
    while (stream_->Read(&state)) {
    }
    return FromWire(stream_->Finish());
  }

 private:
  const std::unique_ptr<v1::BoardService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchBoardResponse>> stream_;
  bool opened_ = false;
};

class GatekeeperTest : public testing::Test {
 protected:
  absl::Status GetAda(const std::string& token) {
    return server.CallWith(token, MethodNamed("MemberService/GetMember"),
                           Member("programs/acme/members/ada"));
  }
  absl::Status ListBoard(const std::string& token) {
    return server.CallWith(token, MethodNamed("BoardService/ListEntries"), Entries());
  }

  AccessServer server;
};

TEST_F(GatekeeperTest, ACallWithoutAGoodTokenLearnsNothing) {
  const std::string good = server.Token("ada");
  const std::string texts[] = {
      "",
      good.substr(0, good.size() - 1),
      good + "A",
      good + "." + good,
      server.maker().Token(server.kIssuer, "other", "ada", server.clock.Now()),
      server.maker().Token("https://other.example", server.kAudience, "ada", server.clock.Now()),
      server.maker().Token(server.kIssuer, server.kAudience, "ada", server.clock.Now() - hours(2)),
      TokenMaker("ES256", "k1").Token(server.kIssuer, server.kAudience, "ada", server.clock.Now()),
      TokenMaker("ES256", "k2").Token(server.kIssuer, server.kAudience, "ada", server.clock.Now())};
  EXPECT_THAT(GetAda(good), IsOk());
  for (const std::string& text : texts) {
    const absl::Status refusal = GetAda(text);
    EXPECT_EQ(ReasonOf(refusal), Reason::kUnauthenticated);
    EXPECT_EQ(refusal.message(), Unauthenticated().message());
    EXPECT_TRUE(MetadataOf(refusal).empty());
  }
}

// So whoever reads a journal cannot find an operator's subject by trying.
TEST_F(GatekeeperTest, AnOperatorHasAnotherPseudonymInEachStore) {
  const auto pseudonyms = [](AccessServer& of) {
    std::set<Uuid> found;
    EXPECT_THAT(of.store().Read([&](ports::StoreReader& reader) {
      const auto entries = reader.journal().Read("acme", 0, 100);
      for (const domain::JournalEntry& entry : entries.value()) {
        found.insert(entry.by.id);
      }
      return absl::OkStatus();
    }),
                IsOk());
    return found;
  };
  AccessServer other;
  const std::set<Uuid> here = pseudonyms(server);
  const std::set<Uuid> there = pseudonyms(other);
  ASSERT_EQ(here.size(), 1U);
  ASSERT_EQ(there.size(), 1U);
  EXPECT_NE(here, there);
}

TEST_F(GatekeeperTest, ACallHasOneTokenOfTheSchemeBearer) {
  const std::string good = server.Token("ada");
  const std::vector<std::vector<std::string>> headers = {
      {"Basic " + good}, {good}, {"Bearer"}, {"Bearer " + good, "Bearer " + good}};
  const auto stub = v1::MemberService::NewStub(server.channel());
  for (const auto& values : headers) {
    grpc::ClientContext context;
    for (const std::string& value : values) {
      context.AddMetadata("authorization", value);
    }
    v1::Member member;
    EXPECT_EQ(stub->GetMember(&context, Member("programs/acme/members/ada"), &member).error_code(),
              grpc::UNAUTHENTICATED);
  }
  grpc::ClientContext context;
  context.AddMetadata("authorization", "bEARER " + good);
  v1::Member member;
  EXPECT_TRUE(stub->GetMember(&context, Member("programs/acme/members/ada"), &member).ok());
}

TEST_F(GatekeeperTest, ATokenIsForgottenWhenItExpires) {
  const std::string token = server.Token("ada", seconds(60));
  EXPECT_THAT(GetAda(token), IsOk());
  server.clock.Advance(seconds(60 + 29));  // 30 s of clock skew.
  EXPECT_THAT(GetAda(token), IsOk());
  server.clock.Advance(seconds(1));
  EXPECT_EQ(ReasonOf(GetAda(token)), Reason::kUnauthenticated);
}

TEST_F(GatekeeperTest, AGrantCountsFromItsAnswerOnAndEndsWithItsDeletion) {
  const std::string kim = server.Token("kim");
  EXPECT_EQ(ReasonOf(GetAda(kim)), Reason::kNotFound);
  const v1::RoleGrant analyst = server.Grant("acme", v1::ROLE_ANALYST, "kim");
  EXPECT_EQ(ReasonOf(GetAda(kim)), Reason::kPermissionDenied);
  const v1::RoleGrant reviewer = server.Grant("acme", v1::ROLE_REVIEWER, "kim");
  EXPECT_THAT(GetAda(kim), IsOk());
  const auto revoke = [&](const v1::RoleGrant& grant) {
    v1::DeleteRoleGrantRequest request;
    request.set_name(grant.name());
    request.set_request_id(server.NewRequestId());
    server.Must<v1::DeleteRoleGrantResponse>(server.Token("root"),
                                             "AccessAdminService/DeleteRoleGrant", request);
  };
  revoke(reviewer);
  EXPECT_EQ(ReasonOf(GetAda(kim)), Reason::kPermissionDenied);
  revoke(analyst);
  EXPECT_EQ(ReasonOf(GetAda(kim)), Reason::kNotFound);
}

TEST_F(GatekeeperTest, ARefusalSaysWhoAloneMayCall) {
  server.Grant("acme", v1::ROLE_PROGRAM_ADMIN, "kim");
  const auto denied = [&](std::string_view method, const google::protobuf::Message& request) {
    return server.CallWith(server.Token("kim"), MethodNamed(method), request);
  };
  v1::SetAskTermsRequest own;
  own.set_name("programs/acme/members/ada");
  const absl::Status terms = denied("AskService/SetAskTerms", own);
  EXPECT_EQ(ReasonOf(terms), Reason::kPermissionDenied);
  EXPECT_EQ(MetadataOf(terms).at("only"), "member");
  const absl::Status listed = denied("ProgramAdminService/ListPrograms", v1::ListProgramsRequest());
  EXPECT_EQ(ReasonOf(listed), Reason::kPermissionDenied);
  EXPECT_EQ(MetadataOf(listed).at("only"), "operator");
}

TEST_F(GatekeeperTest, AGrantEndsByTimeAlone) {
  v1::CreateRoleGrantRequest request;
  request.set_parent("programs/acme");
  request.mutable_role_grant()->set_role(v1::ROLE_REVIEWER);
  request.mutable_role_grant()->set_issuer(server.kIssuer);
  request.mutable_role_grant()->set_subject("kim");
  const Time end = server.clock.Now() + hours(1);
  request.mutable_role_grant()->mutable_expire_time()->set_seconds(
      std::chrono::duration_cast<seconds>(end.time_since_epoch()).count());
  request.set_request_id(server.NewRequestId());
  server.Must<v1::RoleGrant>(server.Token("root"), "AccessAdminService/CreateRoleGrant", request);
  const std::string kim = server.Token("kim", hours(3));
  EXPECT_THAT(GetAda(kim), IsOk());
  server.clock.Set(end - Duration(1));
  EXPECT_THAT(GetAda(kim), IsOk());
  server.clock.Set(end);
  EXPECT_EQ(ReasonOf(GetAda(kim)), Reason::kNotFound);
}

TEST_F(GatekeeperTest, AMemberMayAlsoBeOfStaff) {
  server.Grant("acme", v1::ROLE_MODERATOR, "ada");
  const std::string ada = server.Token("ada");
  EXPECT_THAT(server.CallWith(ada, MethodNamed("MemberService/GetMember"),
                              Member("programs/acme/members/bob")),
              IsOk());
}

TEST_F(GatekeeperTest, EverybodyLearnsWhoTheyAre) {
  v1::GetSelfRequest request;
  request.set_parent("programs/acme");
  const auto self = [&](const std::string& subject) {
    return server.Must<v1::Self>(server.Token(subject), "MemberService/GetSelf", request);
  };
  const v1::Self ada = self("ada");
  EXPECT_THAT(ada.roles(), testing::ElementsAre(v1::ROLE_MEMBER));
  EXPECT_EQ(ada.member().name(), "programs/acme/members/ada");
  server.Grant("acme", v1::ROLE_MODERATOR, "ada");
  EXPECT_THAT(self("ada").roles(), testing::ElementsAre(v1::ROLE_MEMBER, v1::ROLE_MODERATOR));
  EXPECT_THAT(self("ROLE_ANALYST").roles(), testing::ElementsAre(v1::ROLE_ANALYST));
  EXPECT_FALSE(self("ROLE_ANALYST").has_member());
  EXPECT_THAT(self("root").roles(), testing::ElementsAre(v1::ROLE_OPERATOR));
  server.Suspend("programs/acme/members/ada");
  EXPECT_EQ(self("ada").member().standing(), v1::Member::STANDING_SUSPENDED);
}

TEST_F(GatekeeperTest, MembersChangeTheirNameAndHideFromBoards) {
  v1::UpdateSelfRequest request;
  request.mutable_member()->set_name("programs/acme/members/ada");
  request.mutable_member()->set_display_name("Countess");
  request.mutable_member()->set_board_opt_out(true);
  request.set_request_id(server.NewRequestId());
  const std::string ada = server.Token("ada");
  const auto changed = server.Must<v1::Member>(ada, "MemberService/UpdateSelf", request);
  EXPECT_EQ(changed.display_name(), "Countess");
  EXPECT_TRUE(changed.board_opt_out());
  request.mutable_update_mask()->add_paths("facets");
  request.set_request_id(server.NewRequestId());
  EXPECT_THAT(server.CallWith(ada, MethodNamed("MemberService/UpdateSelf"), request),
              IsInvalidField("update_mask"));
}

TEST_F(GatekeeperTest, AProfileShowsNoMoreThanTheNamesAndTheTime) {
  v1::GetProfileRequest request;
  request.set_name("programs/acme/members/bob");
  const auto profile =
      server.Must<v1::Profile>(server.Token("ada"), "MemberService/GetProfile", request);
  EXPECT_EQ(profile.display_name(), "Member bob");
  EXPECT_EQ(profile.GetDescriptor()->field_count(), 4);  // The handle is a name too.
}

TEST_F(GatekeeperTest, ASuspendedMemberSeesOnlyTheirOwn) {
  const std::string ada = server.Token("ada");
  EXPECT_THAT(ListBoard(ada), IsOk());
  server.Suspend("programs/acme/members/ada");
  EXPECT_EQ(ReasonOf(ListBoard(ada)), Reason::kMemberSuspended);
  EXPECT_THAT(GetAda(ada), IsOk());
}

TEST_F(GatekeeperTest, ASubjectActsAsOneMemberOfAProgramme) {
  v1::CreateIdentityRequest request;
  request.set_parent("programs/acme/members/bob");
  request.mutable_identity()->set_issuer(server.kIssuer);
  request.mutable_identity()->set_subject("ada");
  request.set_request_id(server.NewRequestId());
  const absl::Status taken = server.CallWith(
      server.Token("root"), MethodNamed("AccessAdminService/CreateIdentity"), request);
  EXPECT_EQ(ReasonOf(taken), Reason::kAlreadyExists);
  EXPECT_EQ(std::string(taken.message()).find("members"), std::string::npos);
}

TEST_F(GatekeeperTest, AnIdentityThatIsTakenAwayEndsTheAccess) {
  const std::string ada = server.Token("ada");
  EXPECT_THAT(GetAda(ada), IsOk());
  v1::DeleteIdentityRequest request;
  request.set_name("programs/acme/members/ada" + server.acme.identity);
  request.set_request_id(server.NewRequestId());
  server.Must<v1::DeleteIdentityResponse>(server.Token("root"), "AccessAdminService/DeleteIdentity",
                                          request);
  EXPECT_EQ(ReasonOf(GetAda(ada)), Reason::kNotFound);
}

TEST_F(GatekeeperTest, TheJournalNamesWhoCausedAChange) {
  v1::SuspendMemberRequest request;
  request.set_name("programs/acme/members/bob");
  request.set_request_id(server.NewRequestId());
  const auto suspended = server.Must<v1::Member>(server.Token("ROLE_MODERATOR"),
                                                 "MemberAdminService/SuspendMember", request);
  domain::Principal by;
  ASSERT_THAT(server.store().Read([&](ports::StoreReader& reader) -> absl::Status {
    const auto entries = reader.journal().Read("acme", suspended.revision() - 1, 1);
    by = entries->front().by;
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(by.kind, domain::PrincipalKind::kStaff);
  EXPECT_FALSE(by.id.IsNil());
}

// The sender of a request is the same person whatever grants come later.
TEST_F(GatekeeperTest, ARequestIdTakesEffectOnceWhateverItsSenderBecomes) {
  server.Grant("acme", v1::ROLE_PROGRAM_ADMIN, "kim");
  const std::string kim = server.Token("kim");
  v1::CreateMemberRequest request;
  request.set_parent("programs/acme");
  request.mutable_member()->set_display_name("New");
  request.set_request_id(server.NewRequestId());
  const auto create = [&] {
    return server.Must<v1::Member>(kim, "MemberAdminService/CreateMember", request).name();
  };
  const std::string name = create();
  server.Identify("programs/acme/members/bob", "kim");
  EXPECT_EQ(create(), name);
  server.Grant("acme", v1::ROLE_INGESTION, "kim");
  EXPECT_EQ(create(), name);
}

// Each identity may be that of a person of staff. Those who make many must not be sent away by it.
TEST_F(GatekeeperTest, ASystemMakesManyIdentitiesAtOnce) {
  server.Grant("acme", v1::ROLE_INGESTION, "crm");
  const std::string crm = server.Token("crm");
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 25; ++i) {
        v1::CreateIdentityRequest request;
        request.set_parent("programs/acme/members/bob");
        request.mutable_identity()->set_issuer(server.kIssuer);
        request.mutable_identity()->set_subject("bob-" + std::to_string(thread * 25 + i));
        request.set_request_id(server.NewRequestId());
        refused +=
            server.CallWith(crm, MethodNamed("AccessAdminService/CreateIdentity"), request).ok()
                ? 0
                : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(refused, 0);
  EXPECT_THAT(GetAda(server.Token("bob-0")), HasReason(Reason::kNotFound));
  EXPECT_THAT(ListBoard(server.Token("bob-99")), IsOk());
}

// A stream that was opened before its subject might have become more still ends with its grant.
TEST_F(GatekeeperTest, AnOldAccessHearsOfItsEnd) {
  const v1::RoleGrant grant = server.Grant("acme", v1::ROLE_REVIEWER, "kim");
  BoardStream watch(server, server.Token("kim"));
  ASSERT_TRUE(watch.opened());
  server.Identify("programs/acme/members/bob", "bob");
  EXPECT_THAT(GetAda(server.Token("kim")), IsOk());  // Is asked for again, and kept beside.
  v1::DeleteRoleGrantRequest revoke;
  revoke.set_name(grant.name());
  revoke.set_request_id(server.NewRequestId());
  server.Must<v1::DeleteRoleGrantResponse>(server.Token("root"),
                                           "AccessAdminService/DeleteRoleGrant", revoke);
  server.RecheckStreams();
  EXPECT_EQ(ReasonOf(watch.End()), Reason::kNotFound);
}

// The same for one that leaves because no more are kept.
TEST_F(GatekeeperTest, AReplacedAccessEndsWithAllOthers) {
  server.Grant("acme", v1::ROLE_REVIEWER, "kim");
  adapters::StoreAccessView view(server.store(), server.store().feed(), 1);
  const auto find = [&](const std::string& subject) {
    return *view.Find("acme", {server.kIssuer, subject}, server.clock.Now(), false);
  };
  const ports::AccessPtr old = find("kim");
  server.Identify("programs/acme/members/bob", "bob");
  EXPECT_TRUE(old->IsTrue(server.clock.Now()));
  EXPECT_FALSE(old->Holds(server.clock.Now()));
  const ports::AccessPtr next = find("kim");
  find("ada");  // One more than are kept.
  EXPECT_FALSE(next->IsTrue(server.clock.Now()));
  EXPECT_FALSE(old->IsTrue(server.clock.Now()));
}

TEST_F(GatekeeperTest, ASuspendedMemberChangesNothing) {
  server.Suspend("programs/acme/members/ada");
  v1::UpdateSelfRequest request;
  request.mutable_member()->set_name("programs/acme/members/ada");
  request.mutable_member()->set_display_name("Countess");
  request.set_request_id(server.NewRequestId());
  EXPECT_THAT(
      server.CallWith(server.Token("ada"), MethodNamed("MemberService/UpdateSelf"), request),
      HasReason(Reason::kMemberSuspended));
}

TEST_F(GatekeeperTest, AStreamThatSaysNothingEnds) {
  const auto stub = v1::ActivityAdminService::NewStub(server.channel());
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + server.Token("stranger"));
  v1::RecordActivitiesResponse response;
  const auto stream = stub->RecordActivities(&context, &response);
  std::atomic<bool> ended{false};
  std::thread looking([&] {
    while (!ended) {
      server.RecheckStreams();
      server.clock.Advance(std::chrono::milliseconds(1));
      std::this_thread::yield();
    }
  });
  const absl::Status refusal = FromWire(stream->Finish());
  ended = true;
  looking.join();
  EXPECT_EQ(ReasonOf(refusal), Reason::kDeadlinePassed);
}

TEST_F(GatekeeperTest, ACallerHasAHundredStreamsOpen) {
  const std::string ada = server.Token("ada");
  std::vector<std::unique_ptr<BoardStream>> watches;
  for (int i = 0; i < services::Gatekeeper::kStreamsMax; ++i) {
    watches.push_back(std::make_unique<BoardStream>(server, ada));
    ASSERT_TRUE(watches.back()->opened());
  }
  BoardStream one_more(server, ada);
  EXPECT_FALSE(one_more.opened());
  EXPECT_EQ(ReasonOf(one_more.End()), Reason::kRateLimited);
}

// Two streams at the doors: one that watches, one that records.
TEST_F(GatekeeperTest, AWatchEndsWhenItsMemberIsSuspended) {
  BoardStream watch(server, server.Token("ada"));
  ASSERT_TRUE(watch.opened());
  server.RecheckStreams();
  server.Suspend("programs/acme/members/ada");
  server.RecheckStreams();
  EXPECT_EQ(ReasonOf(watch.End()), Reason::kMemberSuspended);
}

TEST_F(GatekeeperTest, AWatchEndsWithItsToken) {
  BoardStream watch(server, server.Token("ada", seconds(60)));
  ASSERT_TRUE(watch.opened());
  server.clock.Advance(seconds(90));
  server.RecheckStreams();
  EXPECT_EQ(ReasonOf(watch.End()), Reason::kUnauthenticated);
}

TEST_F(GatekeeperTest, AStreamOfActivitiesIsAskedAgainAtEachMessage) {
  const v1::RoleGrant grant = server.Grant("acme", v1::ROLE_INGESTION, "crm");
  const auto stub = v1::ActivityAdminService::NewStub(server.channel());
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + server.Token("crm"));
  v1::RecordActivitiesResponse response;
  const auto stream = stub->RecordActivities(&context, &response);
  const auto message = [](int number) {
    v1::RecordActivitiesRequest request;
    request.set_parent("programs/acme");
    v1::Activity& activity = *request.add_activities();
    activity.set_type("talk");
    activity.set_actor("programs/acme/members/ada");
    activity.set_source("crm");
    activity.set_source_event_id(std::to_string(number));
    return request;
  };
  ASSERT_TRUE(stream->Write(message(1)));
  // Until the first message is recorded.
  v1::ListActivitiesRequest list;
  list.set_parent("programs/acme");
  for (int recorded = 0; recorded < 3;) {
    recorded = server
                   .Must<v1::ListActivitiesResponse>(server.Token("root"),
                                                     "ActivityAdminService/ListActivities", list)
                   .activities_size();
  }
  v1::DeleteRoleGrantRequest revoke;
  revoke.set_name(grant.name());
  revoke.set_request_id(server.NewRequestId());
  server.Must<v1::DeleteRoleGrantResponse>(server.Token("root"),
                                           "AccessAdminService/DeleteRoleGrant", revoke);
  stream->Write(message(2));
  stream->WritesDone();
  const absl::Status refusal = FromWire(stream->Finish());
  EXPECT_EQ(ReasonOf(refusal), Reason::kNotFound);
  EXPECT_EQ(MetadataOf(refusal)["recorded"], "1");
}

TEST_F(GatekeeperTest, AnIdleStreamOfActivitiesEndsWithItsGrant) {
  const v1::RoleGrant grant = server.Grant("acme", v1::ROLE_INGESTION, "crm");
  const auto stub = v1::ActivityAdminService::NewStub(server.channel());
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + server.Token("crm"));
  v1::RecordActivitiesResponse response;
  const auto stream = stub->RecordActivities(&context, &response);
  v1::RecordActivitiesRequest first;
  first.set_parent("programs/acme");
  ASSERT_TRUE(stream->Write(first));
  v1::DeleteRoleGrantRequest revoke;
  revoke.set_name(grant.name());
  revoke.set_request_id(server.NewRequestId());
  server.Must<v1::DeleteRoleGrantResponse>(server.Token("root"),
                                           "AccessAdminService/DeleteRoleGrant", revoke);
  std::atomic<bool> ended{false};
  std::thread looking([&] {
    while (!ended) {
      server.RecheckStreams();
      std::this_thread::yield();
    }
  });
  const absl::Status refusal = FromWire(stream->Finish());
  ended = true;
  looking.join();
  EXPECT_EQ(ReasonOf(refusal), Reason::kNotFound);
}

TEST(RateTest, ACallerWhoCallsTooOftenIsToldWhenToComeBack) {
  AccessServer server({.per_second = 10, .burst = 5});
  const auto call = [&](const std::string& subject) {
    return server.CallWith(server.Token(subject), MethodNamed("BoardService/ListEntries"),
                           Entries());
  };
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(call("ada"), IsOk());
  }
  const absl::Status refusal = call("ada");
  EXPECT_EQ(ReasonOf(refusal), Reason::kRateLimited);
  EXPECT_EQ(MetadataOf(refusal)["retry_after_ms"], "100");
  EXPECT_THAT(call("ROLE_REVIEWER"), IsOk());
  // A new token is no new caller.
  EXPECT_EQ(ReasonOf(server.CallWith(server.Token("ada", hours(2)),
                                     MethodNamed("BoardService/ListEntries"), Entries())),
            Reason::kRateLimited);
  server.clock.Advance(std::chrono::milliseconds(100));
  EXPECT_THAT(call("ada"), IsOk());
}

TEST(RateTest, AStrangersTokensShareOneLimit) {
  AccessServer server({.per_second = 10, .burst = 3});
  const auto call = [&](int hours_good) {
    return ReasonOf(server.CallWith(server.Token("stranger", hours(hours_good)),
                                    MethodNamed("BoardService/ListEntries"), Entries()));
  };
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(call(i), Reason::kNotFound);
  }
  EXPECT_EQ(call(4), Reason::kRateLimited);
}

TEST(RateTest, AProgrammeThatIsCalledTooOftenDelaysNoOther) {
  AccessServer server({}, {.per_second = 10, .burst = 3});
  const auto call = [&](const std::string& subject, const std::string& program) {
    return server.CallWith(server.Token(subject), MethodNamed("BoardService/ListEntries"),
                           Entries(program));
  };
  for (const char* subject : {"ada", "ROLE_REVIEWER", "ROLE_MODERATOR"}) {
    EXPECT_THAT(call(subject, "acme"), IsOk());
  }
  EXPECT_EQ(ReasonOf(call("ada", "acme")), Reason::kRateLimited);
  EXPECT_THAT(call("eve", "umbrella"), IsOk());
}

}  // namespace
}  // namespace perigee::tests
