#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "perigee/v1/board.grpc.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

constexpr char kOwn[] = "MemberService/EraseMember";
constexpr char kByStaff[] = "MemberAdminService/EraseMember";

class MemberErasureTest : public testing::Test {
 protected:
  std::string EtagOf(const std::string& member) {
    v1::GetMemberRequest request;
    request.set_name("programs/acme/members/" + member);
    return server.Must<v1::Member>(server.Token("root"), "MemberService/GetMember", request).etag();
  }
  v1::EraseMemberRequest Request(const std::string& member) {
    v1::EraseMemberRequest request;
    request.set_name("programs/acme/members/" + member);
    request.set_etag(EtagOf(member));
    request.set_request_id(server.NewRequestId());
    return request;
  }
  absl::Status Call(const std::string& subject, const std::string& method,
                    const google::protobuf::Message& request, std::string* answer = nullptr) {
    return server.CallWith(server.Token(subject), MethodNamed(method), request, answer);
  }
  absl::Status GetSelf(const std::string& subject) {
    v1::GetSelfRequest request;
    request.set_parent("programs/acme");
    return Call(subject, "MemberService/GetSelf", request);
  }

  AccessServer server;
};

TEST_F(MemberErasureTest, AMemberErasesOneselfAndIsAStranger) {
  ASSERT_THAT(GetSelf("ada"), IsOk());
  const v1::EraseMemberRequest request = Request("ada");
  std::string bytes;
  ASSERT_THAT(Call("ada", kOwn, request, &bytes), IsOk());
  v1::EraseMemberResponse answer;
  ASSERT_TRUE(answer.ParseFromString(bytes));
  EXPECT_GT(answer.revision(), 0);
  EXPECT_THAT(GetSelf("ada"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ada", kOwn, request), HasReason(Reason::kNotFound));
  v1::GetMemberRequest get;
  get.set_name(request.name());
  EXPECT_THAT(Call("root", "MemberService/GetMember", get), HasReason(Reason::kNotFound));
  // The subject may become another member.
  server.Identify("programs/acme/members/bob", "ada");
  EXPECT_THAT(GetSelf("ada"), IsOk());
}

TEST_F(MemberErasureTest, NobodyElseMayAtThePublicDoor) {
  for (const char* subject : {"ada", "stranger"}) {
    EXPECT_THAT(Call(subject, kOwn, Request("bob")), HasReason(Reason::kNotFound)) << subject;
  }
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", kOwn, Request("bob")),
              HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(Call("ROLE_MODERATOR", kByStaff, Request("bob")),
              HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(Call("ada", kByStaff, Request("ada")), HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(GetSelf("ada"), IsOk());
}

TEST_F(MemberErasureTest, AnAdminErasesAnyAndARetryGetsTheFirstAnswer) {
  const v1::EraseMemberRequest request = Request("bob");
  std::string first;
  std::string again;
  ASSERT_THAT(Call("ROLE_PROGRAM_ADMIN", kByStaff, request, &first), IsOk());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", kByStaff, request, &again), IsOk());
  EXPECT_EQ(first, again);
  v1::EraseMemberRequest anew = request;
  anew.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", kByStaff, anew), HasReason(Reason::kNotFound));
}

TEST_F(MemberErasureTest, TheEtagGuardsAgainstSlips) {
  v1::EraseMemberRequest request = Request("ada");
  request.clear_etag();
  EXPECT_THAT(Call("ada", kOwn, request), IsInvalidField("etag"));
  request.set_etag("r1");
  EXPECT_THAT(Call("ada", kOwn, request), HasReason(Reason::kEtagMismatch));
  request = Request("ada");
  request.set_request_id("x");
  EXPECT_THAT(Call("ada", kOwn, request), IsInvalidField("request_id"));
  request = Request("ada");
  request.set_name("programs/acme/members/");
  EXPECT_THAT(Call("root", kByStaff, request), IsInvalidField("name"));
  EXPECT_THAT(GetSelf("ada"), IsOk());
}

TEST_F(MemberErasureTest, ASuspendedMemberMayInAClosedProgramme) {
  server.Suspend("programs/acme/members/ada");
  v1::CloseProgramRequest close;
  close.set_name("programs/acme");
  close.set_request_id(server.NewRequestId());
  server.Must<v1::Program>(server.Token("root"), "ProgramAdminService/CloseProgram", close);
  EXPECT_THAT(Call("ada", kOwn, Request("ada")), IsOk());
  EXPECT_THAT(GetSelf("ada"), HasReason(Reason::kNotFound));
}

TEST_F(MemberErasureTest, StoredAnswersAreErasedAndOpenStreamsEnd) {
  v1::CreateMemberRequest create;
  create.set_parent("programs/acme");
  create.set_member_id("cyd");
  create.mutable_member()->set_display_name("Cyd");
  create.set_request_id(server.NewRequestId());
  server.Must<v1::Member>(server.Token("root"), "MemberAdminService/CreateMember", create);
  server.Identify("programs/acme/members/cyd", "cyd");

  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + server.Token("cyd"));
  v1::WatchBoardRequest watch;
  watch.set_name("programs/acme/boards/all/periods/all-time");
  const auto stub = v1::BoardService::NewStub(server.channel());
  const auto stream = stub->WatchBoard(&context, watch);
  v1::WatchBoardResponse message;
  ASSERT_TRUE(stream->Read(&message));

  ASSERT_THAT(Call("cyd", kOwn, Request("cyd")), IsOk());
  server.RecheckStreams();
  while (stream->Read(&message)) {
  }
  EXPECT_THAT(FromWire(stream->Finish()), HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("root", "MemberAdminService/CreateMember", create),
              HasReason(Reason::kRequestAnswerErased));
}

// A role from before the sign-in belongs to a pseudonym of its own, which is the same person's.
TEST_F(MemberErasureTest, EarlierRolesGoWithTheMember) {
  server.Grant("acme", v1::ROLE_MODERATOR, "bob");
  server.Identify("programs/acme/members/bob", "bob");
  std::string bytes;
  ASSERT_THAT(Call("root", kByStaff, Request("bob"), &bytes), IsOk());
  v1::EraseMemberResponse erased;
  ASSERT_TRUE(erased.ParseFromString(bytes));
  EXPECT_THAT(GetSelf("bob"), HasReason(Reason::kNotFound));
  v1::GetAuditEntryRequest get;
  get.set_name(absl::StrCat("programs/acme/auditEntries/", erased.revision()));
  const auto entry =
      server.Must<v1::AuditEntry>(server.Token("root"), "AuditAdminService/GetAuditEntry", get);
  EXPECT_EQ(
      std::ranges::count(entry.changes(), v1::AuditChange::ACTION_ERASED, &v1::AuditChange::action),
      2);
}

TEST_F(MemberErasureTest, InvitationsForTheMemberAreRevoked) {
  const auto states = [&] {
    v1::ListInvitationsRequest list;
    list.set_parent("programs/acme");
    const auto listed = server.Must<v1::ListInvitationsResponse>(
        server.Token("root"), "InvitationAdminService/ListInvitations", list);
    std::vector<v1::Invitation::State> found;
    for (const v1::Invitation& invitation : listed.invitations()) {
      found.push_back(invitation.state());
    }
    return found;
  };
  EXPECT_THAT(states(), testing::ElementsAre(v1::Invitation::STATE_OPEN));
  ASSERT_THAT(Call("root", kByStaff, Request("bob")), IsOk());
  EXPECT_THAT(states(), testing::ElementsAre(v1::Invitation::STATE_REVOKED));
}

// The statement of somebody else keeps its amounts, and loses the name and the words.
TEST_F(MemberErasureTest, OthersStatementsKeepTheirAmounts) {
  const auto post = [&](const std::string& debit, const std::string& credit) {
    v1::PostTransfersRequest request;
    request.set_parent("programs/acme");
    request.set_request_id(server.NewRequestId());
    v1::Transfer& transfer = *request.add_transfers();
    transfer.set_debit_account(debit);
    transfer.set_credit_account(credit);
    transfer.set_amount(3);
    transfer.set_memo("from ada with love");
    return server
        .Must<v1::PostTransfersResponse>(server.Token("root"), "CapitalAdminService/PostTransfers",
                                         request)
        .transfers(0)
        .name();
  };
  const std::string adas = "programs/acme/members/ada/accounts/access";
  const std::string bobs = "programs/acme/members/bob/accounts/access";
  post("programs/acme/assets/access/accounts/issued", adas);
  const std::string gift = post(adas, bobs);
  const auto lines = [&] {
    v1::ListStatementLinesRequest request;
    request.set_parent(bobs);
    return server.Must<v1::ListStatementLinesResponse>(
        server.Token("root"), "CapitalService/ListStatementLines", request);
  };
  v1::ListStatementLinesResponse before = lines();
  ASSERT_EQ(before.lines_size(), 1);
  ASSERT_THAT(Call("ada", kOwn, Request("ada")), IsOk());
  v1::Transfer& known = *before.mutable_lines(0)->mutable_transfer();
  EXPECT_EQ(known.debit_account(), adas);
  known.clear_debit_account();
  known.clear_memo();
  EXPECT_EQ(lines().SerializeAsString(), before.SerializeAsString());

  v1::ExplainTransferRequest explain;
  explain.set_name(gift);
  const auto story = server.Must<v1::ExplainTransferResponse>(
      server.Token("root"), "CapitalService/ExplainTransfer", explain);
  EXPECT_THAT(story.summary(), testing::HasSubstr("from an erased member to " + bobs));
  v1::ReverseTransferRequest reverse;
  reverse.set_name(gift);
  reverse.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("root", "CapitalAdminService/ReverseTransfer", reverse),
              HasReason(Reason::kNotReversible));
}

}  // namespace
}  // namespace perigee::tests
