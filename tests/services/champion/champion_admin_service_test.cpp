#include "server/services/champion/champion_admin_service.h"

#include <string>

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
class ChampionAdminServiceTest : public testing::Test {
 protected:
  static std::string Rpc(const std::string& method) { return "ChampionAdminService/" + method; }
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(Rpc(method)), request);
  }
  template <class Request>
  Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::ReviewNominationRequest ReviewOf(const std::string& name,
                                       v1::NominationReview::Verdict verdict) {
    auto request = Named<v1::ReviewNominationRequest>(name);
    request.set_verdict(verdict);
    request.set_reason("Patient with all");
    return request;
  }
  v1::DecideNominationRequest DecisionOf(const std::string& name) {
    auto request = Named<v1::DecideNominationRequest>(name);
    request.set_verdict(v1::NominationReview::VERDICT_ACCEPT);
    request.set_reason("Welcome");
    return request;
  }
  v1::Nomination Get(const std::string& who, const std::string& name) {
    v1::GetNominationRequest request;
    request.set_name(name);
    return server.Must<v1::Nomination>(server.Token(who), Rpc("GetNomination"), request);
  }

  AccessServer server;
  const std::string nomination = kAcme + server.acme.nomination;
  const std::string appointment = kAda + server.acme.appointment;
};

TEST_F(ChampionAdminServiceTest, FromTheReviewToTheAppointment) {
  ASSERT_THAT(Call("ROLE_REVIEWER", "StartReview", Named<v1::StartReviewRequest>(nomination)),
              IsOk());
  EXPECT_THAT(Call("ROLE_MODERATOR", "ReviewNomination",
                   ReviewOf(nomination, v1::NominationReview::VERDICT_ACCEPT)),
              HasReason(Reason::kPermissionDenied));
  ASSERT_THAT(Call("ROLE_REVIEWER", "ReviewNomination",
                   ReviewOf(nomination, v1::NominationReview::VERDICT_DECLINE)),
              IsOk());
  ASSERT_THAT(Call("ROLE_REVIEWER", "ReviewNomination",
                   ReviewOf(nomination, v1::NominationReview::VERDICT_ACCEPT)),
              IsOk());
  ASSERT_THAT(
      Call("root", "ReviewNomination", ReviewOf(nomination, v1::NominationReview::VERDICT_ACCEPT)),
      IsOk());
  const v1::Nomination seen = Get("ROLE_PROGRAM_ADMIN", nomination);
  EXPECT_EQ(seen.state(), v1::Nomination::STATE_IN_REVIEW);
  EXPECT_EQ(seen.voices_size(), 1);
  ASSERT_EQ(seen.reviews_size(), 2);
  EXPECT_EQ(seen.reviews(0).reason(), "Patient with all");
  EXPECT_NE(seen.reviews(0).reviewer(), seen.reviews(1).reviewer());

  v1::DecideNominationRequest decide = DecisionOf(nomination);
  decide.set_etag("stale");
  EXPECT_THAT(Call("ROLE_REVIEWER", "DecideNomination", decide), HasReason(Reason::kEtagMismatch));
  decide.set_etag(seen.etag());
  const auto decided =
      server.Must<v1::Nomination>(server.Token("ROLE_REVIEWER"), Rpc("DecideNomination"), decide);
  EXPECT_EQ(decided.state(), v1::Nomination::STATE_ACCEPTED);
  EXPECT_THAT(Call("ROLE_REVIEWER", "DecideNomination", DecisionOf(nomination)),
              HasReason(Reason::kIllegalMove));
  v1::ListAllAppointmentsRequest list;
  list.set_parent(kAcme);
  const auto listed = server.Must<v1::ListAllAppointmentsResponse>(
      server.Token("ROLE_MODERATOR"), Rpc("ListAllAppointments"), list);
  ASSERT_EQ(listed.appointments_size(), 2);
  int of_bob = 0;
  for (const v1::Appointment& one : listed.appointments()) {
    of_bob += one.nomination() == nomination && one.name().starts_with(kBob) ? 1 : 0;
  }
  EXPECT_EQ(of_bob, 1);
}

TEST_F(ChampionAdminServiceTest, ANomineeWhoIsAReviewerDoesNotSeeTheirNomination) {
  server.Identify(kBob, "ROLE_REVIEWER");
  v1::GetNominationRequest get;
  get.set_name(nomination);
  EXPECT_THAT(Call("ROLE_REVIEWER", "GetNomination", get), HasReason(Reason::kNotFound));
  get.set_name(kAcme + "/nominations/none");
  EXPECT_THAT(Call("ROLE_REVIEWER", "GetNomination", get), HasReason(Reason::kNotFound));
  v1::ListNominationsRequest list;
  list.set_parent(kAcme);
  const auto count = [&](const std::string& who) {
    return server.Must<v1::ListNominationsResponse>(server.Token(who), Rpc("ListNominations"), list)
        .nominations_size();
  };
  EXPECT_EQ(count("ROLE_REVIEWER"), 0);
  EXPECT_EQ(count("ROLE_PROGRAM_ADMIN"), 1);
  EXPECT_THAT(Call("ROLE_REVIEWER", "StartReview", Named<v1::StartReviewRequest>(nomination)),
              HasReason(Reason::kNotFound));
}

TEST_F(ChampionAdminServiceTest, TheMovesOfAnAppointment) {
  auto suspend = Named<v1::SuspendAppointmentRequest>(appointment);
  EXPECT_THAT(Call("ROLE_MODERATOR", "SuspendAppointment", suspend), IsInvalidField("reason"));
  suspend.set_reason("Under inquiry");
  ASSERT_THAT(Call("ROLE_MODERATOR", "SuspendAppointment", suspend), IsOk());
  ASSERT_THAT(Call("ROLE_MODERATOR", "ReinstateAppointment",
                   Named<v1::ReinstateAppointmentRequest>(appointment)),
              IsOk());
  const absl::Status renewed = Call("ROLE_PROGRAM_ADMIN", "RenewAppointment",
                                    Named<v1::RenewAppointmentRequest>(appointment));
  EXPECT_THAT(renewed, HasReason(Reason::kIllegalMove));
  EXPECT_EQ(MetadataOf(renewed).at("state"), "active");
  EXPECT_EQ(MetadataOf(renewed).at("open_moves"), "suspend,revoke,resign");
  auto revoke = Named<v1::RevokeAppointmentRequest>(appointment);
  revoke.set_reason("Sold the seats");
  const auto revoked = server.Must<v1::Appointment>(server.Token("ROLE_PROGRAM_ADMIN"),
                                                    Rpc("RevokeAppointment"), revoke);
  EXPECT_EQ(revoked.state(), v1::Appointment::STATE_REVOKED);
  EXPECT_EQ(revoked.reason(), "Sold the seats");
}

TEST_F(ChampionAdminServiceTest, ATitleIsMadeAndChanged) {
  v1::CreateTitleRequest create;
  create.set_parent(kAcme);
  create.set_title_id("hero");
  create.mutable_title()->set_display_name("Hero");
  create.mutable_title()->set_term_months(6);
  create.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "CreateTitle", create),
              IsInvalidField("title.nominators"));
  create.mutable_title()->add_nominators(v1::NOMINATOR_UNSPECIFIED);
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "CreateTitle", create),
              IsInvalidField("title.nominators"));
  create.mutable_title()->set_nominators(0, v1::NOMINATOR_SELF);
  const auto made =
      server.Must<v1::Title>(server.Token("ROLE_PROGRAM_ADMIN"), Rpc("CreateTitle"), create);
  create.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "CreateTitle", create), HasReason(Reason::kAlreadyExists));
  v1::UpdateTitleRequest update;
  update.mutable_title()->set_name(made.name());
  update.mutable_title()->set_seats(7);
  update.mutable_title()->set_etag(made.etag());
  update.mutable_update_mask()->add_paths("seats");
  update.set_request_id(server.NewRequestId());
  const auto changed =
      server.Must<v1::Title>(server.Token("ROLE_PROGRAM_ADMIN"), Rpc("UpdateTitle"), update);
  EXPECT_EQ(changed.seats(), 7);
  EXPECT_EQ(changed.display_name(), "Hero");
  update.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "UpdateTitle", update), HasReason(Reason::kEtagMismatch));
}

TEST_F(ChampionAdminServiceTest, AppointingRefusesWhatItsContractSays) {
  v1::CreateAppointmentRequest request;
  request.set_parent(kAda);
  request.set_title(kMvp);
  request.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "CreateAppointment", request),
              HasReason(Reason::kAlreadyExists));
  request.set_title("programs/umbrella/titles/mvp");
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "CreateAppointment", request), IsInvalidField("title"));
  request.set_title(kAcme + "/titles/none");
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "CreateAppointment", request),
              HasReason(Reason::kNotFound));
  server.Suspend(kBob);
  request.set_parent(kBob);
  request.set_title(kMvp);
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "CreateAppointment", request),
              HasReason(Reason::kMemberSuspended));
}

}  // namespace
}  // namespace perigee::tests
