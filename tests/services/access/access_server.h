#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "perigee/v1/access.pb.h"
#include "server/adapters/access/issuer_tokens.h"
#include "server/adapters/access/store_access_view.h"
#include "server/adapters/blob/folder_blobs.h"
#include "server/adapters/board/memory_boards.h"
#include "server/core/vapid.h"
#include "server/jobs/board/board_projection.h"
#include "server/jobs/member/terms.h"
#include "server/services/access/access_service.h"
#include "server/services/activity/activity_service.h"
#include "server/services/ask/ask_admin_service.h"
#include "server/services/ask/ask_service.h"
#include "server/services/audience/audience_service.h"
#include "server/services/badge/badge_admin_service.h"
#include "server/services/badge/badge_service.h"
#include "server/services/board/board_admin_service.h"
#include "server/services/board/board_service.h"
#include "server/services/champion/candidate_admin_service.h"
#include "server/services/champion/champion_admin_service.h"
#include "server/services/champion/champion_service.h"
#include "server/services/champion/contribution_admin_service.h"
#include "server/services/champion/contribution_service.h"
#include "server/services/champion/credential_service.h"
#include "server/services/delivery/device_service.h"
#include "server/services/delivery/webhook_admin_service.h"
#include "server/services/explain/explain_service.h"
#include "server/services/gatekeeper.h"
#include "server/services/idea/feedback_admin_service.h"
#include "server/services/idea/feedback_service.h"
#include "server/services/idea/idea_admin_service.h"
#include "server/services/idea/idea_service.h"
#include "server/services/inbox/inbox_service.h"
#include "server/services/insider/agreement_admin_service.h"
#include "server/services/insider/agreement_service.h"
#include "server/services/insider/attachment_admin_service.h"
#include "server/services/insider/attachment_service.h"
#include "server/services/insider/insider_admin_service.h"
#include "server/services/insider/insider_service.h"
#include "server/services/insider/item_read_admin_service.h"
#include "server/services/insider/leak_admin_service.h"
#include "server/services/insider/seat_admin_service.h"
#include "server/services/insider/seat_service.h"
#include "server/services/insight/insight_admin_service.h"
#include "server/services/journal/audit_service.h"
#include "server/services/ledger/capital_admin_service.h"
#include "server/services/ledger/capital_service.h"
#include "server/services/measurements.h"
#include "server/services/member/facet_service.h"
#include "server/services/member/invitation_service.h"
#include "server/services/member/member_service.h"
#include "server/services/orbit/orbit_admin_service.h"
#include "server/services/orbit/orbit_service.h"
#include "server/services/program/program_service.h"
#include "server/services/reward/reward_admin_service.h"
#include "server/services/reward/reward_service.h"
#include "server/services/thanks/thanks_admin_service.h"
#include "server/services/thanks/thanks_service.h"
#include "server/services/tier/tier_admin_service.h"
#include "server/services/tier/tier_service.h"
#include "tests/fakes/counting_telemetry.h"
#include "tests/fakes/failing_blobs.h"
#include "tests/fakes/failing_store.h"
#include "tests/services/server_fixture.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/token_maker.h"

namespace perigee::tests {

// A method of the contract, such as `MemberService/GetMember`, and an empty request of it.
const google::protobuf::MethodDescriptor& MethodNamed(std::string_view name);
std::unique_ptr<google::protobuf::Message> NewRequest(
    const google::protobuf::MethodDescriptor& method);

// A server with all services, at which everybody must sign in, with tokens of one issuer. The
// operator is `root`. The programmes `acme` and `umbrella` have the same content: the members
// `ada`, who signs in by that name, and `bob`; a board, a rule, an activity of ada; an invitation
// for bob; the title `mvp`, which ada has and for which staff nominated bob; a contribution and an
// idea of ada; a leak that was reported; an ask that was sent to ada; thanks of the brand and an
// open promise to bob; the badge `friend`, which staff granted to ada; a transfer to ada, and one
// to bob; and in `acme` one subject for each role, of the role's name, such as `ROLE_MODERATOR`.
class AccessServer : public ServerFixture {
 public:
  // The rates hold from the first call of the test on.
  explicit AccessServer(Rate rate = {}, Rate program_rate = {});
  // Serves what `insider` makes in the place of InsiderService.
  using MakeService = std::function<std::unique_ptr<grpc::Service>(services::Call& call)>;
  explicit AccessServer(const MakeService& insider);
  ~AccessServer();

  std::string Token(const std::string& subject, Duration lifetime = std::chrono::hours(1)) const;
  // All that comes back of a call. Of a stream of the server's, `bytes` are the first message.
  struct Received {
    grpc::Status status;
    std::string bytes;
    std::multimap<std::string, std::string> metadata;  // Initial and trailing.
  };
  // Calls with a token; without one if it is empty.
  Received Receive(const std::string& token, const google::protobuf::MethodDescriptor& method,
                   const google::protobuf::Message& request);
  // The same, as a status and the bytes.
  absl::Status CallWith(const std::string& token, const google::protobuf::MethodDescriptor& method,
                        const google::protobuf::Message& request, std::string* answer = nullptr);
  // The same for a unary method, with its response. Must succeed.
  template <class Response>
  Response Must(const std::string& token, std::string_view method,
                const google::protobuf::Message& request) {
    std::string bytes;
    Expect(CallWith(token, MethodNamed(method), request, &bytes), method);
    Response response;
    response.ParseFromString(bytes);
    return response;
  }
  v1::RoleGrant Grant(const std::string& program, v1::Role role, const std::string& subject);
  v1::Identity Identify(const std::string& member, const std::string& subject);
  void Suspend(const std::string& member);

  // The names that the programmes have in common, without the programme.
  struct Names {
    std::string rule = "/rules/talk";
    std::string board = "/boards/all";
    std::string period = "/boards/all/periods/all-time";
    std::string activity, adas_transfer, bobs_transfer, grant, identity, nomination, appointment;
    std::string contribution, ask, thanks, promise, idea, leak_case;
  };
  Names acme, umbrella;

  static constexpr char kIssuer[] = "https://id.example";
  static constexpr char kAudience[] = "perigee";

  const TokenMaker& maker() const { return maker_; }
  void RecheckStreams();
  // The next write of a call fails.
  void FailNextWrite() { failing_.FailWrite(1); }
  // The bytes of attachments, and what was told of their downloads.
  FailingBlobs& blobs() { return blobs_; }
  CountingTelemetry& telemetry() { return telemetry_; }

 private:
  AccessServer(Rate rate, Rate program_rate, const MakeService& insider);
  static void Expect(const absl::Status& status, std::string_view what);
  Names Fill(const std::string& program);

  const TokenMaker maker_{"ES256", "k1"};
  FakeSteadyClock steady_clock_;
  CountingTelemetry telemetry_;
  std::unique_ptr<adapters::IssuerTokens> issuers_;
  adapters::StoreAccessView access_view_{store(), store().feed()};
  services::Gatekeeper gatekeeper_;
  FailingStore failing_{store()};
  services::Call call_;
  adapters::MemoryBoards memory_;
  adapters::StoreMemberDirectory directory_{store()};
  jobs::StoreTerms terms_{store()};
  jobs::BoardProjection boards_{{store(), store().feed(), memory_, nullptr, directory_, terms_,
                                 clock, call().executor(), telemetry_}};
  services::ProgramAdminService program_admin_{call_, tokens()};
  services::MemberService members_{call_, ids, boards_, tokens()};
  services::MemberAdminService member_admin_{call_, ids, tokens(), search()};
  services::FacetService facets_{call_, boards_, tokens()};
  services::FacetAdminService facet_admin_{call_, boards_};
  services::InvitationAdminService invitation_admin_{call_, ids, tokens()};
  services::ChampionService champions_{call_, tokens()};
  services::ChampionAdminService champion_admin_{call_, tokens()};
  services::AskService asks_{call_, tokens()};
  services::AskAdminService ask_admin_{call_, tokens()};
  services::ThanksService thanks_{call_, tokens()};
  services::ThanksAdminService thanks_admin_{call_, tokens()};
  services::RewardService rewards_{call_, tokens()};
  services::RewardAdminService reward_admin_{call_, tokens()};
  services::AgreementService agreements_{call_, tokens()};
  services::AgreementAdminService agreement_admin_{call_, tokens()};
  services::SeatService seats_{call_, tokens()};
  services::SeatAdminService seat_admin_{call_, tokens()};
  services::CredentialService credentials_{call_, ids, tokens()};
  services::CredentialAdminService credential_admin_{call_};
  const VapidKey push_key_;
  services::WebhookAdminService webhook_admin_{call_, ids, tokens(), OutgoingRules{}};
  services::DeviceService devices_{call_, tokens(), &push_key_, OutgoingRules{}};
  services::ContributionService contributions_{call_, tokens()};
  services::ContributionAdminService contribution_admin_{call_, tokens()};
  services::FeedbackService feedback_{call_, tokens()};
  services::FeedbackAdminService feedback_admin_{call_, tokens()};
  services::IdeaService ideas_{call_, tokens()};
  services::IdeaAdminService idea_admin_{call_, tokens()};
  services::OrbitService orbit_{call_};
  services::Measurements measurements_{clock};
  services::LeakAdminService leak_admin_{call_, tokens(), measurements_};
  services::OrbitAdminService orbit_admin_{call_, tokens(), measurements_};
  services::CandidateAdminService candidate_admin_{call_, tokens(), measurements_};
  services::BadgeService badges_{call_, tokens()};
  services::BadgeAdminService badge_admin_{call_, tokens()};
  services::TierService tiers_{call_, tokens()};
  services::TierAdminService tier_admin_{call_, tokens()};
  services::InboxService inbox_{call_, tokens(), telemetry_.inboxes};
  services::ExplainService explain_{call_, boards_};
  services::InsightAdminService insight_admin_{call_, tokens()};
  TemporaryFolder blobs_folder_;
  adapters::FolderBlobs folder_blobs_{blobs_folder_.File("blobs")};
  FailingBlobs blobs_{folder_blobs_};
  services::InsiderAdminService insider_admin_{call_, tokens()};
  services::AttachmentService attachments_{call_, tokens(), blobs_, telemetry_};
  services::AttachmentAdminService attachment_admin_{call_, tokens(), blobs_};
  const std::unique_ptr<grpc::Service> insider_;
  services::ItemReadAdminService item_read_admin_{call_, tokens()};
  services::AccessAdminService access_admin_{
      call_, ids, tokens(), {kIssuer, std::string(domain::kTlsIssuer)}};
  services::AudienceAdminService audience_admin_{call_, tokens(), terms_};
  services::AuditAdminService audit_admin_{call_, tokens()};
  services::ActivityAdminService activity_admin_{call_, tokens(), no_places()};
  services::CapitalService capital_{call_, tokens()};
  services::CapitalAdminService capital_admin_{call_, no_places()};
  services::BoardService board_service_{call_, boards_, directory_, tokens()};
  services::BoardAdminService board_admin_{call_, boards_};
};

}  // namespace perigee::tests
