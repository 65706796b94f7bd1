#include "server/services/champion/champion_service.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/champion.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";
const std::string kBob = kAcme + "/members/bob";
const std::string kMvp = kAcme + "/titles/mvp";

// In `acme`, ada has the title mvp and staff nominated bob for it.
class ChampionServiceTest : public testing::Test {
 protected:
  ChampionServiceTest() { server.Identify(kBob, "bob"); }

  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(method), request);
  }
  v1::NominateRequest NominateAs(const std::string& member, const std::string& nominee) {
    v1::NominateRequest request;
    request.set_parent(kAcme);
    request.set_member(member);
    request.set_nominee(nominee);
    request.set_title(kMvp);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::OwnNomination Nominate(const std::string& who, const v1::NominateRequest& request) {
    return server.Must<v1::OwnNomination>(server.Token(who), "ChampionService/Nominate", request);
  }
  std::vector<v1::OwnNomination> OwnOf(const std::string& who, const std::string& member) {
    v1::ListOwnNominationsRequest request;
    request.set_parent(member);
    const auto answer = server.Must<v1::ListOwnNominationsResponse>(
        server.Token(who), "ChampionService/ListOwnNominations", request);
    return {answer.nominations().begin(), answer.nominations().end()};
  }
  std::vector<v1::Appointment> Appointments(const std::string& who,
                                            const std::string& of_member = "") {
    v1::ListAppointmentsRequest request;
    request.set_parent(kAcme);
    request.set_of_member(of_member);
    const auto answer = server.Must<v1::ListAppointmentsResponse>(
        server.Token(who), "ChampionService/ListAppointments", request);
    return {answer.appointments().begin(), answer.appointments().end()};
  }
  template <class Request>
  Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return request;
  }

  AccessServer server;
};

TEST_F(ChampionServiceTest, ANominatorSeesTheirOwnVoiceAndTheNomineeTheStateAlone) {
  const v1::OwnNomination joined = Nominate("ada", NominateAs(kAda, kBob));
  EXPECT_EQ(joined.name(), kAcme + server.acme.nomination);
  EXPECT_EQ(joined.voice().nominator(), kAda);
  EXPECT_EQ(joined.voice().kind(), v1::NOMINATOR_PEER);

  const std::vector<v1::OwnNomination> adas = OwnOf("ada", kAda);
  ASSERT_EQ(adas.size(), 1U);
  EXPECT_EQ(adas[0].voice().nominator(), kAda);
  EXPECT_EQ(adas[0].nominee(), kBob);
  const std::vector<v1::OwnNomination> bobs = OwnOf("bob", kBob);
  ASSERT_EQ(bobs.size(), 1U);
  EXPECT_EQ(bobs[0].state(), v1::Nomination::STATE_SUBMITTED);
  EXPECT_FALSE(bobs[0].has_voice());
  EXPECT_EQ(bobs[0].DebugString().find("ada"), std::string::npos);

  // Nor does the nominee's export say who said what.
  v1::ExportMemberRequest exported;
  exported.set_name(kBob);
  std::string bytes;
  ASSERT_THAT(server.CallWith(server.Token("bob"), MethodNamed("MemberService/ExportMember"),
                              exported, &bytes),
              IsOk());
  EXPECT_NE(bytes.find("\"nomination\":["), std::string::npos);
  EXPECT_EQ(bytes.find("members/ada"), std::string::npos);
}

TEST_F(ChampionServiceTest, NobodyActsForAnotherMember) {
  EXPECT_THAT(Call("ada", "ChampionService/Nominate", NominateAs(kBob, kAda)),
              HasReason(Reason::kNotFound));
  const absl::Status nobody = Call("ada", "ChampionService/Nominate", NominateAs("", kBob));
  EXPECT_THAT(nobody, IsInvalidField("member"));
  EXPECT_THAT(std::string(nobody.message()),
              testing::EndsWith("you may act only as programs/acme/members/ada"));
  EXPECT_THAT(Call("ROLE_MODERATOR", "ChampionService/Nominate", NominateAs("", kBob)), IsOk());
  EXPECT_THAT(Call("ROLE_MODERATOR", "ChampionService/Nominate", NominateAs(kAda, kBob)),
              IsInvalidField("member"));
  // The title takes staff and peers.
  EXPECT_THAT(Call("ada", "ChampionService/Nominate", NominateAs(kAda, kAda)),
              HasReason(Reason::kNominatorNotAllowed));
  v1::NominateRequest foreign = NominateAs(kAda, kBob);
  foreign.set_title("programs/umbrella/titles/mvp");
  EXPECT_THAT(Call("ada", "ChampionService/Nominate", foreign), IsInvalidField("title"));
  v1::NominateRequest draft = NominateAs("", kBob);
  draft.set_draft(true);
  EXPECT_THAT(Call("ROLE_MODERATOR", "ChampionService/Nominate", draft), IsInvalidField("draft"));
}

TEST_F(ChampionServiceTest, ADraftIsSeenByItsNominatorAlone) {
  v1::NominateRequest request = NominateAs(kBob, kAda);
  request.set_draft(true);
  const v1::OwnNomination draft = Nominate("bob", request);
  EXPECT_EQ(draft.state(), v1::Nomination::STATE_DRAFT);
  EXPECT_EQ(OwnOf("ada", kAda).size(), 0U);
  EXPECT_EQ(OwnOf("bob", kBob).size(), 2U);
  auto submit = Named<v1::SubmitNominationRequest>(draft.name());
  submit.set_member(kAda);
  EXPECT_THAT(Call("ada", "ChampionService/SubmitNomination", submit),
              HasReason(Reason::kNotFound));
  submit.set_member(kBob);
  const auto submitted = server.Must<v1::OwnNomination>(server.Token("bob"),
                                                        "ChampionService/SubmitNomination", submit);
  EXPECT_EQ(submitted.state(), v1::Nomination::STATE_SUBMITTED);
  EXPECT_EQ(OwnOf("ada", kAda).size(), 1U);
}

TEST_F(ChampionServiceTest, ANomineeMayDecline) {
  auto withdraw = Named<v1::WithdrawNominationRequest>(kAcme + server.acme.nomination);
  withdraw.set_member(kAda);
  EXPECT_THAT(Call("ada", "ChampionService/WithdrawNomination", withdraw),
              HasReason(Reason::kNotFound));
  withdraw.set_member(kBob);
  withdraw.set_request_id(server.NewRequestId());
  const auto withdrawn = server.Must<v1::OwnNomination>(
      server.Token("bob"), "ChampionService/WithdrawNomination", withdraw);
  EXPECT_EQ(withdrawn.state(), v1::Nomination::STATE_WITHDRAWN);
  withdraw.set_request_id(server.NewRequestId());
  const absl::Status again = Call("bob", "ChampionService/WithdrawNomination", withdraw);
  EXPECT_THAT(again, HasReason(Reason::kIllegalMove));
  EXPECT_EQ(MetadataOf(again).at("state"), "withdrawn");
  EXPECT_EQ(MetadataOf(again).at("open_moves"), "");
}

TEST_F(ChampionServiceTest, MembersSeeTheHonourAndTheirOwn) {
  ASSERT_EQ(Appointments("bob").size(), 1U);
  EXPECT_EQ(Appointments("bob")[0].name(), kAda + server.acme.appointment);
  EXPECT_EQ(Appointments("bob")[0].state(), v1::Appointment::STATE_ACTIVE);
  v1::SuspendAppointmentRequest suspend =
      Named<v1::SuspendAppointmentRequest>(kAda + server.acme.appointment);
  suspend.set_reason("Under inquiry");
  ASSERT_THAT(Call("ROLE_MODERATOR", "ChampionAdminService/SuspendAppointment", suspend), IsOk());
  EXPECT_EQ(Appointments("bob").size(), 0U);
  ASSERT_EQ(Appointments("ada").size(), 1U);
  EXPECT_EQ(Appointments("ada")[0].reason(), "Under inquiry");
  EXPECT_EQ(Appointments("ada")[0].state(), v1::Appointment::STATE_SUSPENDED);

  ASSERT_THAT(Call("ROLE_MODERATOR", "ChampionAdminService/ReinstateAppointment",
                   Named<v1::ReinstateAppointmentRequest>(kAda + server.acme.appointment)),
              IsOk());
  server.clock.Advance(std::chrono::minutes(1));
  const auto resigned = server.Must<v1::Appointment>(
      server.Token("ada"), "ChampionService/ResignAppointment",
      Named<v1::ResignAppointmentRequest>(kAda + server.acme.appointment));
  EXPECT_EQ(resigned.state(), v1::Appointment::STATE_ALUMNI);
  ASSERT_EQ(Appointments("bob", kAda).size(), 1U);
  EXPECT_EQ(Appointments("bob", kAda)[0].reason(), "");
  // Who opted out answers as who is not there.
  v1::UpdateSelfRequest hide;
  hide.mutable_member()->set_name(kAda);
  hide.mutable_member()->set_board_opt_out(true);
  hide.mutable_update_mask()->add_paths("board_opt_out");
  hide.set_request_id(server.NewRequestId());
  ASSERT_THAT(Call("ada", "MemberService/UpdateSelf", hide), IsOk());
  EXPECT_EQ(Appointments("bob").size(), 0U);
  EXPECT_EQ(Appointments("bob", kAda).size(), 0U);
  EXPECT_EQ(Appointments("bob", kAcme + "/members/none").size(), 0U);
  EXPECT_EQ(Appointments("ada", kAda).size(), 1U);
}

TEST_F(ChampionServiceTest, EverybodyListsTitles) {
  v1::ListTitlesRequest request;
  request.set_parent(kAcme);
  const auto titles = server.Must<v1::ListTitlesResponse>(server.Token("ada"),
                                                          "ChampionService/ListTitles", request);
  ASSERT_EQ(titles.titles_size(), 1);
  EXPECT_EQ(titles.titles(0).name(), kMvp);
  EXPECT_EQ(titles.titles(0).term_months(), 12);
}

}  // namespace
}  // namespace perigee::tests
