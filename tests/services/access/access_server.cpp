#include "tests/services/access/access_server.h"

#include <cstdlib>
#include <fstream>
#include <utility>

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <gtest/gtest.h>

#include "server/core/check.h"
#include "server/core/error.h"
#include "tests/core/open_aes128gcm.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// The private number of the key for Web Push.
constexpr char kPushNumber[] = "0123456789abcdef0123456789abcdef";

std::string Path(const MethodDescriptor& method) {
  return "/" + method.service()->full_name() + "/" + method.name();
}

std::string TextOf(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  return bytes.Valid() && bytes.DumpToSingleSlice(&slice).ok()
             ? std::string(reinterpret_cast<const char*>(slice.begin()), slice.size())
             : std::string();
}

std::unique_ptr<adapters::IssuerTokens> StartIssuers(const TokenMaker& maker,
                                                     const ports::SteadyClock& clock) {
  std::string path = ::testing::TempDir() + "/perigee_keys_XXXXXX";
  const int file = ::mkstemp(path.data());
  PERIGEE_CHECK(file >= 0, "a file can be made");
  ::close(file);
  std::ofstream(path) << maker.Jwks();
  adapters::TokenOptions options;
  adapters::IssuerOptions& issuer = options.issuers.emplace_back();
  issuer.issuer = AccessServer::kIssuer;
  issuer.audiences = {AccessServer::kAudience};
  issuer.keys = path;
  auto started = adapters::IssuerTokens::Start(options, clock);
  EXPECT_THAT(started, IsOk());
  return *std::move(started);
}

services::Gatekeeper::Options OptionsOf(Rate rate, Rate program_rate, std::string secret) {
  services::Gatekeeper::Options options;
  options.operators.push_back({AccessServer::kIssuer, "root"});
  options.secret = std::move(secret);
  options.rate = rate;
  options.program_rate = program_rate;
  return options;
}

}  // namespace

const MethodDescriptor& MethodNamed(std::string_view name) {
  const std::size_t slash = name.find('/');
  const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      "perigee.v1." + std::string(name.substr(0, slash)));
  PERIGEE_CHECK(service != nullptr, "a service is one of the contract");
  const auto* method = service->FindMethodByName(std::string(name.substr(slash + 1)));
  PERIGEE_CHECK(method != nullptr, "a method is one of the contract");
  return *method;
}

std::unique_ptr<Message> NewRequest(const MethodDescriptor& method) {
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()
                                      ->GetPrototype(method.input_type())
                                      ->New());
}

AccessServer::AccessServer(Rate rate, Rate program_rate)
    : AccessServer(rate, program_rate, [this](services::Call& call) {
        return std::make_unique<services::InsiderService>(call, tokens(), metrics);
      }) {}

AccessServer::AccessServer(const MakeService& insider) : AccessServer({}, {}, insider) {}

AccessServer::AccessServer(Rate rate, Rate program_rate, const MakeService& insider)
    : issuers_(StartIssuers(maker_, steady_clock_)),
      gatekeeper_(*issuers_, access_view_,
                  OptionsOf(rate, program_rate, store().TokenSecret().value())),
      call_(failing_, clock, call().executor(), metrics, &gatekeeper_),
      push_key_(*VapidKey::Parse(PemOf(kPushNumber), "mailto:ops@brand.example")),
      insider_(insider(call_)) {
  Serve({&program_admin_,
         &members_,
         &member_admin_,
         &facets_,
         &facet_admin_,
         &invitation_admin_,
         &champions_,
         &champion_admin_,
         &contributions_,
         &contribution_admin_,
         &credentials_,
         &credential_admin_,
         &asks_,
         &ask_admin_,
         &thanks_,
         &thanks_admin_,
         &rewards_,
         &reward_admin_,
         &badges_,
         &badge_admin_,
         &tiers_,
         &tier_admin_,
         &orbit_,
         &orbit_admin_,
         &access_admin_,
         &audience_admin_,
         &audit_admin_,
         &activity_admin_,
         &capital_,
         &capital_admin_,
         &board_service_,
         &board_admin_,
         &explain_,
         &insight_admin_,
         &candidate_admin_,
         &insider_admin_,
         insider_.get(),
         &item_read_admin_,
         &attachments_,
         &attachment_admin_,
         &agreements_,
         &agreement_admin_,
         &seats_,
         &seat_admin_,
         &feedback_,
         &feedback_admin_,
         &ideas_,
         &idea_admin_,
         &leak_admin_,
         &inbox_,
         &webhook_admin_,
         &devices_});
  acme = Fill("acme");
  umbrella = Fill("umbrella");
  for (const v1::Role role : {v1::ROLE_MODERATOR, v1::ROLE_REVIEWER, v1::ROLE_PROGRAM_ADMIN,
                              v1::ROLE_ANALYST, v1::ROLE_INGESTION}) {
    acme.grant = Grant("acme", role, v1::Role_Name(role)).name().substr(13);
  }
}

AccessServer::~AccessServer() {
  members_.StopStreams();
  board_service_.StopStreams();
  inbox_.StopStreams();
  audit_admin_.StopStreams();
  activity_admin_.StopStreams();
  attachments_.StopStreams();
  attachment_admin_.StopStreams();
  measurements_.Stop();
  StopServing();
  store().Stop();
  boards_.Stop();
}

void AccessServer::RecheckStreams() {
  members_.RecheckStreams();
  board_service_.RecheckStreams();
  inbox_.RecheckStreams();
  audit_admin_.RecheckStreams();
  activity_admin_.RecheckStreams();
  attachments_.RecheckStreams();
  attachment_admin_.RecheckStreams();
}

std::string AccessServer::Token(const std::string& subject, Duration lifetime) const {
  return maker_.Token(kIssuer, kAudience, subject, clock.Now(), lifetime);
}

AccessServer::Received AccessServer::Receive(const std::string& token,
                                             const MethodDescriptor& method,
                                             const Message& request) {
  grpc::ClientContext context;
  if (!token.empty()) {
    context.AddMetadata("authorization", "Bearer " + token);
  }
  const std::string path = Path(method);
  const grpc::Slice slice(request.SerializeAsString());
  const grpc::ByteBuffer sent(&slice, 1);
  grpc::ByteBuffer got;
  Received received;
  if (method.server_streaming()) {
    const grpc::internal::RpcMethod rpc(path.c_str(), grpc::internal::RpcMethod::SERVER_STREAMING);
    const std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> reader(
        grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(channel().get(), rpc,
                                                                      &context, sent));
    const bool read = reader->Read(&got);
    if (read) {
      context.TryCancel();
    }
    received.status = reader->Finish();
    received.status = read ? grpc::Status::OK : received.status;
  } else if (method.client_streaming()) {
    const grpc::internal::RpcMethod rpc(path.c_str(), grpc::internal::RpcMethod::CLIENT_STREAMING);
    const std::unique_ptr<grpc::ClientWriter<grpc::ByteBuffer>> writer(
        grpc::internal::ClientWriterFactory<grpc::ByteBuffer>::Create(channel().get(), rpc,
                                                                      &context, &got));
    writer->Write(sent);
    writer->WritesDone();
    received.status = writer->Finish();
  } else {
    const grpc::internal::RpcMethod rpc(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
    received.status = grpc::internal::BlockingUnaryCall(channel().get(), rpc, &context, sent, &got);
  }
  received.bytes = TextOf(got);
  for (const auto* metadata :
       {&context.GetServerInitialMetadata(), &context.GetServerTrailingMetadata()}) {
    for (const auto& [key, value] : *metadata) {
      received.metadata.emplace(std::string(key.data(), key.size()),
                                std::string(value.data(), value.size()));
    }
  }
  return received;
}

absl::Status AccessServer::CallWith(const std::string& token, const MethodDescriptor& method,
                                    const Message& request, std::string* answer) {
  Received received = Receive(token, method, request);
  if (answer != nullptr) {
    *answer = std::move(received.bytes);
  }
  return FromWire(received.status);
}

void AccessServer::Expect(const absl::Status& status, std::string_view what) {
  EXPECT_THAT(status, IsOk()) << what;
}

v1::RoleGrant AccessServer::Grant(const std::string& program, v1::Role role,
                                  const std::string& subject) {
  v1::CreateRoleGrantRequest request;
  request.set_parent("programs/" + program);
  request.mutable_role_grant()->set_role(role);
  request.mutable_role_grant()->set_issuer(kIssuer);
  request.mutable_role_grant()->set_subject(subject);
  request.set_request_id(NewRequestId());
  return Must<v1::RoleGrant>(Token("root"), "AccessAdminService/CreateRoleGrant", request);
}

v1::Identity AccessServer::Identify(const std::string& member, const std::string& subject) {
  v1::CreateIdentityRequest request;
  request.set_parent(member);
  request.mutable_identity()->set_issuer(kIssuer);
  request.mutable_identity()->set_subject(subject);
  request.set_request_id(NewRequestId());
  return Must<v1::Identity>(Token("root"), "AccessAdminService/CreateIdentity", request);
}

void AccessServer::Suspend(const std::string& member) {
  v1::SuspendMemberRequest request;
  request.set_name(member);
  request.set_request_id(NewRequestId());
  Must<v1::Member>(Token("root"), "MemberAdminService/SuspendMember", request);
}

AccessServer::Names AccessServer::Fill(const std::string& program) {
  const std::string parent = "programs/" + program;
  const std::string root = Token("root");
  Names names;
  v1::CreateProgramRequest made;
  made.set_program_id(program);
  made.mutable_program()->set_display_name("Champions");
  made.set_request_id(NewRequestId());
  Must<v1::Program>(root, "ProgramAdminService/CreateProgram", made);
  for (const std::string member : {"ada", "bob"}) {
    v1::CreateMemberRequest request;
    request.set_parent(parent);
    request.set_member_id(member);
    request.mutable_member()->set_display_name("Member " + member);
    request.set_request_id(NewRequestId());
    Must<v1::Member>(root, "MemberAdminService/CreateMember", request);
  }
  names.identity = Identify(parent + "/members/ada", program == "acme" ? "ada" : "eve")
                       .name()
                       .substr(parent.size() + std::string("/members/ada").size());
  v1::CreateInvitationRequest invitation;
  invitation.set_parent(parent);
  invitation.mutable_invitation()->set_member(parent + "/members/bob");
  invitation.set_request_id(NewRequestId());
  Must<v1::Invitation>(root, "InvitationAdminService/CreateInvitation", invitation);
  v1::CreateBoardRequest board;
  board.set_parent(parent);
  board.set_board_id("all");
  board.mutable_board()->set_display_name("All");
  board.mutable_board()->set_asset("reputation");
  board.mutable_board()->set_cadence(v1::Board::CADENCE_ALL_TIME);
  board.set_request_id(NewRequestId());
  Must<v1::Board>(root, "BoardAdminService/CreateBoard", board);
  v1::CreateRuleRequest rule;
  rule.set_parent(parent);
  rule.set_rule_id("talk");
  rule.mutable_rule()->set_activity_type("talk");
  v1::Grant& grant = *rule.mutable_rule()->add_grants();
  grant.set_asset("reputation");
  grant.set_beneficiary(v1::Grant::BENEFICIARY_ACTOR);
  grant.set_amount(5);
  rule.set_request_id(NewRequestId());
  Must<v1::Rule>(root, "ProgramAdminService/CreateRule", rule);
  for (const std::string member : {"ada", "bob"}) {
    v1::RecordActivityRequest request;
    request.set_parent(parent);
    request.mutable_activity()->set_type("talk");
    request.mutable_activity()->set_actor(parent + "/members/" + member);
    request.mutable_activity()->set_source("test");
    request.mutable_activity()->set_source_event_id(member);
    const auto recorded =
        Must<v1::RecordActivityResponse>(root, "ActivityAdminService/RecordActivity", request);
    EXPECT_EQ(recorded.transfers_size(), 1);
    (member == "ada" ? names.adas_transfer : names.bobs_transfer) =
        recorded.transfers(0).substr(parent.size());
    names.activity = recorded.activity().name().substr(parent.size());
  }
  v1::CreateTitleRequest title;
  title.set_parent(parent);
  title.set_title_id("mvp");
  title.mutable_title()->set_display_name("MVP");
  title.mutable_title()->set_term_months(12);
  title.mutable_title()->add_nominators(v1::NOMINATOR_STAFF);
  title.mutable_title()->add_nominators(v1::NOMINATOR_PEER);
  title.set_request_id(NewRequestId());
  Must<v1::Title>(root, "ChampionAdminService/CreateTitle", title);
  v1::CreateBadgeRequest badge;
  badge.set_parent(parent);
  badge.set_badge_id("friend");
  badge.mutable_badge()->set_display_name("Friend");
  badge.set_request_id(NewRequestId());
  Must<v1::Badge>(root, "BadgeAdminService/CreateBadge", badge);
  v1::GrantBadgeRequest friendly;
  friendly.set_name(parent + "/members/ada/badgeGrants/friend");
  friendly.set_reason("Always there");
  friendly.set_request_id(NewRequestId());
  Must<v1::BadgeGrant>(root, "BadgeAdminService/GrantBadge", friendly);
  v1::NominateRequest nominate;
  nominate.set_parent(parent);
  nominate.set_nominee(parent + "/members/bob");
  nominate.set_title(parent + "/titles/mvp");
  nominate.set_request_id(NewRequestId());
  names.nomination = Must<v1::OwnNomination>(root, "ChampionService/Nominate", nominate)
                         .name()
                         .substr(parent.size());
  v1::CreateAppointmentRequest appoint;
  appoint.set_parent(parent + "/members/ada");
  appoint.set_title(parent + "/titles/mvp");
  appoint.set_request_id(NewRequestId());
  names.appointment = Must<v1::Appointment>(root, "ChampionAdminService/CreateAppointment", appoint)
                          .name()
                          .substr(appoint.parent().size());
  v1::ProposeAskRequest ask;
  ask.set_parent(parent + "/members/ada");
  ask.set_team("events");
  ask.set_kind("talk");
  ask.set_text("Speak in May");
  ask.set_up_to(v1::Ask::STATE_SENT);
  ask.set_request_id(NewRequestId());
  names.ask =
      Must<v1::Ask>(root, "AskAdminService/ProposeAsk", ask).name().substr(ask.parent().size());
  v1::ThankMemberRequest thank;
  thank.set_parent(parent + "/members/bob");
  thank.set_text("For the talk");
  thank.set_request_id(NewRequestId());
  names.thanks =
      Must<v1::Thanks>(root, "ThanksAdminService/ThankMember", thank).name().substr(parent.size());
  v1::MakePromiseRequest promise;
  promise.set_parent(parent + "/members/bob");
  promise.set_kind(v1::Promise::KIND_THANKS);
  promise.set_text("For the answers");
  promise.mutable_due_time()->set_seconds(4'000'000'000);
  promise.set_request_id(NewRequestId());
  names.promise = Must<v1::Promise>(root, "ThanksAdminService/MakePromise", promise)
                      .name()
                      .substr(parent.size());
  v1::SetContributionKindRequest kind;
  kind.mutable_contribution_kind()->set_name(parent + "/contributionKinds/article");
  kind.mutable_contribution_kind()->set_display_name("Article");
  kind.set_request_id(NewRequestId());
  Must<v1::ContributionKind>(root, "ContributionAdminService/SetContributionKind", kind);
  v1::SubmitContributionRequest submit;
  submit.set_parent(parent + "/members/ada");
  submit.mutable_contribution()->set_kind(kind.contribution_kind().name());
  submit.mutable_contribution()->set_title("On orbits");
  submit.mutable_contribution()->set_link("https://example.com/orbits");
  submit.mutable_contribution()->set_date("2026-11-20");
  submit.set_request_id(NewRequestId());
  names.contribution =
      Must<v1::Contribution>(root, "ContributionService/SubmitContribution", submit)
          .name()
          .substr(parent.size());
  v1::SubmitIdeaRequest idea;
  idea.set_parent(parent + "/members/ada");
  idea.mutable_idea()->set_title("A bell for the night");
  idea.set_request_id(NewRequestId());
  names.idea = Must<v1::Idea>(root, "IdeaService/SubmitIdea", idea).name().substr(parent.size());
  v1::ReportLeakRequest report;
  report.set_parent(parent);
  report.set_summary("A picture of the frame");
  report.set_request_id(NewRequestId());
  names.leak_case =
      Must<v1::LeakCase>(root, "LeakAdminService/ReportLeak", report).name().substr(parent.size());
  return names;
}

}  // namespace perigee::tests
