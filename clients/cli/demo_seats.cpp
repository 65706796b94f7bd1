#include "clients/cli/demo_seats.h"

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cli/demo_stage.h"
#include "perigee/v1/agreement.grpc.pb.h"
#include "perigee/v1/seat.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Admin = v1::AgreementAdminService::Stub;
using Agreements = v1::AgreementService::Stub;
using SeatAdmin = v1::SeatAdminService::Stub;
using Seats = v1::SeatService::Stub;

constexpr char kAgreement[] = "agreements/secrecy";

// Members of the cast who have a title and capital.
constexpr std::size_t kHasSeat = 2;
constexpr std::size_t kWaits = 3;
constexpr std::size_t kLosesClaim = 8;
constexpr std::size_t kReads = 13;

// What an earlier run did is done.
absl::Status Done(absl::Status status) {
  return WasThereBefore(status) ? absl::OkStatus() : std::move(status);
}

absl::Status AddText(Stage& stage, const std::string& body, bool required) {
  v1::AddAgreementVersionRequest request;
  request.set_parent(stage.Named(kAgreement));
  request.set_body(body);
  request.set_required(required);
  return Done(stage.Send(body, Door::kInternal, &Admin::AddAgreementVersion, request).status());
}

// `text` tells the newest text from others.
absl::StatusOr<v1::PresentAgreementResponse> Present(Stage& stage, std::size_t member,
                                                     const std::string& text) {
  v1::PresentAgreementRequest request;
  request.set_parent(stage.Member(member));
  request.set_agreement(stage.Named(kAgreement));
  return stage.Send(absl::StrCat("present ", text, " ", member), Door::kPublic,
                    &Agreements::PresentAgreement, request);
}

// Answers the acceptance.
absl::StatusOr<std::string> Accept(Stage& stage, std::size_t member, const std::string& text) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::PresentAgreementResponse presented,
                           Present(stage, member, text));
  v1::AcceptAgreementRequest request;
  request.set_name(presented.acceptance().name());
  request.set_digest(presented.acceptance().digest());
  request.set_device("A laptop");
  PERIGEE_RETURN_IF_ERROR(stage
                              .Send(absl::StrCat("accept ", text, " ", member), Door::kPublic,
                                    &Agreements::AcceptAgreement, request)
                              .status());
  return request.name();
}

// Answers the seat. `time` tells it from other claims of the member.
absl::StatusOr<std::string> Claim(Stage& stage, std::size_t member, const std::string& item,
                                  const std::string& time) {
  v1::ClaimSeatRequest request;
  request.set_parent(stage.Member(member));
  request.set_item(stage.Named("items/" + item));
  PERIGEE_ASSIGN_OR_RETURN(const v1::InsiderSeat seat,
                           stage.Send(absl::StrCat("claim ", item, " ", time, " ", member),
                                      Door::kPublic, &Seats::ClaimSeat, request));
  return seat.name();
}

absl::Status GiveBackAndClaimAgain(Stage& stage) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string seat, Claim(stage, kWaits, "test-flight", "first"));
  PERIGEE_RETURN_IF_ERROR(
      ByMember(&Seats::GiveBackSeat)(stage, "give back the first seat", seat, kWaits));
  PERIGEE_RETURN_IF_ERROR(Claim(stage, kHasSeat, "test-flight", "first").status());
  return Claim(stage, kWaits, "test-flight", "again").status();
}

absl::Status LoseClaimAndLeave(Stage& stage, const std::string& acceptance) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string seat,
                           Claim(stage, kLosesClaim, "test-flight", "first"));
  PERIGEE_RETURN_IF_ERROR(ByStaff(&SeatAdmin::RevokeSeat, "Told a friend of it")(
      stage, "revoke the claim", seat, kLosesClaim));
  return ByMember(&Agreements::WithdrawAcceptance)(stage, "leave the agreement", acceptance,
                                                   kLosesClaim);
}

absl::Status SayAndClaim(Stage& stage) {
  // A later text supersedes what was said to the first one.
  PERIGEE_RETURN_IF_ERROR(Accept(stage, kHasSeat, "first").status());
  PERIGEE_RETURN_IF_ERROR(
      AddText(stage, "I show what I see to nobody, and say so if I did.\n", true));
  PERIGEE_RETURN_IF_ERROR(Accept(stage, kHasSeat, "second").status());
  PERIGEE_RETURN_IF_ERROR(Accept(stage, kWaits, "second").status());
  PERIGEE_ASSIGN_OR_RETURN(const std::string acceptance, Accept(stage, kLosesClaim, "second"));
  PERIGEE_RETURN_IF_ERROR(Present(stage, kReads, "second").status());
  PERIGEE_RETURN_IF_ERROR(GiveBackAndClaimAgain(stage));
  PERIGEE_RETURN_IF_ERROR(LoseClaimAndLeave(stage, acceptance));
  return Claim(stage, kReads, "lost-probe", "first").status();
}

}  // namespace

absl::Status MakeDemoAgreement(Stage& stage) {
  v1::CreateAgreementRequest request;
  request.set_parent(stage.program_name());
  request.set_agreement_id("secrecy");
  request.mutable_agreement()->set_display_name("We keep secrets");
  request.mutable_agreement()->set_accepted_days(365);
  PERIGEE_RETURN_IF_ERROR(
      Done(stage.Send("agreement", Door::kInternal, &Admin::CreateAgreement, request).status()));
  return AddText(stage, "I show what I see to nobody.\n", false);
}

absl::Status MakeDemoSeats(Stage& stage) { return Done(SayAndClaim(stage)); }

}  // namespace perigee::cli
