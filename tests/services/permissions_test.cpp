#include "server/services/permissions.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "perigee/v1/insider.pb.h"
#include "perigee/v1/insight.pb.h"
#include "server/core/error.h"
#include "server/domain/access/personal_read.h"
#include "server/ports/journal/journal_reader.h"
#include "server/services/member/member_service.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"
#include "tests/services/idea/put_item.h"
#include "tests/services/insider/insider_server.h"

namespace perigee::tests {
namespace {

using google::protobuf::MethodDescriptor;

// The columns of the table.
constexpr const char* kCallers[] = {"ada",
                                    "ROLE_MODERATOR",
                                    "ROLE_REVIEWER",
                                    "ROLE_PROGRAM_ADMIN",
                                    "ROLE_ANALYST",
                                    "ROLE_INGESTION",
                                    "root",
                                    "stranger",
                                    ""};
constexpr const char* kTitles[] = {"member",    "moderator", "reviewer", "admin", "analyst",
                                   "ingestion", "operator",  "stranger", "nobody"};

enum class Relation { kOwn, kOthers, kForeign };

// Sets a text field such as `member.name`.
void Set(google::protobuf::Message& message, const std::string& field, const std::string& text) {
  const std::size_t dot = field.find('.');
  const auto* found = message.GetDescriptor()->FindFieldByName(field.substr(0, dot));
  ASSERT_NE(found, nullptr) << field;
  if (dot == std::string::npos) {
    message.GetReflection()->SetString(&message, found, text);
  } else {
    Set(*message.GetReflection()->MutableMessage(&message, found), field.substr(dot + 1), text);
  }
}

std::string Get(const google::protobuf::Message& message, const std::string& field) {
  const std::size_t dot = field.find('.');
  const auto* found = message.GetDescriptor()->FindFieldByName(field.substr(0, dot));
  return dot == std::string::npos
             ? message.GetReflection()->GetString(message, found)
             : Get(message.GetReflection()->GetMessage(message, found), field.substr(dot + 1));
}

// The resource that a call with that request concerns: the caller's own, another member's of the
// programme, or one of another programme.
std::string ResourceOf(const AccessServer& server, const services::Permission& permission,
                       Relation relation) {
  const bool foreign = relation == Relation::kForeign;
  const AccessServer::Names& names = foreign ? server.umbrella : server.acme;
  const std::string member = relation == Relation::kOthers ? "/members/bob" : "/members/ada";
  const std::map<std::string_view, std::string> resources = {
      {"ProgramAdminService/GetProgram", ""},
      {"ProgramAdminService/UpdateProgram", ""},
      {"ProgramAdminService/CloseProgram", ""},
      {"ProgramAdminService/ReopenProgram", ""},
      {"ProgramAdminService/DeleteProgram", ""},
      {"ProgramAdminService/GetAsset", "/assets/reputation"},
      {"ProgramAdminService/GetRule", names.rule},
      {"ProgramAdminService/ListRuleVersions", names.rule},
      {"ProgramAdminService/UpdateRule", names.rule},
      {"MemberService/UpdateSelf", member},
      {"MemberService/PauseSelf", member},
      {"MemberService/ResumeSelf", member},
      {"MemberAdminService/SetKind", member},
      {"MemberAdminService/ListKinds", member},
      {"FacetService/StateFacet", member},
      {"FacetService/ConsentToFacet", member + "/facets/cyclist"},
      {"FacetService/WithdrawFacet", member + "/facets/cyclist"},
      {"FacetService/ListFacets", member},
      {"FacetAdminService/ProposeFacet", member},
      {"FacetAdminService/RemoveFacet", member + "/facets/cyclist"},
      {"FacetAdminService/SetFacetType", "/facetTypes/cyclist"},
      {"InvitationAdminService/RevokeInvitation", "/invitations/none"},
      {"ChampionService/SubmitNomination", names.nomination},
      {"ChampionService/WithdrawNomination", names.nomination},
      {"ChampionService/ListOwnNominations", member},
      {"ChampionService/ResignAppointment", member + names.appointment},
      {"ChampionAdminService/UpdateTitle", "/titles/mvp"},
      {"ChampionAdminService/GetNomination", names.nomination},
      {"ChampionAdminService/StartReview", names.nomination},
      {"ChampionAdminService/ReviewNomination", names.nomination},
      {"ChampionAdminService/DecideNomination", names.nomination},
      {"ChampionAdminService/CreateAppointment", member},
      {"ChampionAdminService/RenewAppointment", "/members/ada" + names.appointment},
      {"ChampionAdminService/SuspendAppointment", "/members/ada" + names.appointment},
      {"ChampionAdminService/ReinstateAppointment", "/members/ada" + names.appointment},
      {"ChampionAdminService/RevokeAppointment", "/members/ada" + names.appointment},
      {"CandidateAdminService/ListCandidates", "/titles/hero"},
      {"CandidateAdminService/ListCandidateInputs", "/titles/hero/candidates/bob"},
      {"AskService/ListOwnAsks", member},
      {"AskService/AcceptAsk", member + names.ask},
      {"AskService/DeclineAsk", member + names.ask},
      {"AskService/SetAskTerms", member},
      {"AskAdminService/ProposeAsk", member},
      {"AskAdminService/ReserveAsk", "/members/ada" + names.ask},
      {"AskAdminService/SendAsk", "/members/ada" + names.ask},
      {"AskAdminService/CompleteAsk", "/members/ada" + names.ask},
      {"AskAdminService/ThankForAsk", "/members/ada" + names.ask},
      {"AskAdminService/CancelAsk", "/members/ada" + names.ask},
      {"AskAdminService/GetAskBudget", member},
      {"ThanksService/GiveThanks", member},
      {"ThanksService/WithdrawThanks", names.thanks},
      {"ThanksService/ListThanks", member},
      {"ThanksService/GetThanksBudget", member},
      {"ThanksService/GetReciprocity", member},
      {"ThanksAdminService/ThankMember", member},
      {"ThanksAdminService/MakePromise", member},
      {"ThanksAdminService/KeepPromise", names.promise},
      {"ThanksAdminService/CancelPromise", names.promise},
      {"ThanksAdminService/GetProgramReciprocity", ""},
      {"RewardService/ListRewards", member},
      {"RewardService/Redeem", member},
      {"RewardService/CancelRedemption", member + "/redemptions/none"},
      {"RewardService/ListOwnRedemptions", member},
      {"RewardAdminService/UpdateReward", "/rewards/none"},
      {"RewardAdminService/ApproveRedemption", member + "/redemptions/none"},
      {"RewardAdminService/RejectRedemption", member + "/redemptions/none"},
      {"RewardAdminService/FulfilRedemption", member + "/redemptions/none"},
      {"RewardAdminService/ReturnRedemption", member + "/redemptions/none"},
      {"AttachmentService/ListItemAttachments", "/items/preview"},
      {"AttachmentService/DownloadAttachment", "/items/preview/attachments/none"},
      {"AttachmentAdminService/UploadAttachment", "/items/preview"},
      {"AttachmentAdminService/GetUpload", "/items/preview"},
      {"AttachmentAdminService/DeleteAttachment", "/items/preview/attachments/none"},
      {"AttachmentAdminService/ListAttachments", "/items/preview"},
      {"InsiderAdminService/UpdateItem", "/items/preview"},
      {"InsiderAdminService/AddItemVersion", "/items/preview"},
      {"InsiderAdminService/GetItemForStaff", "/items/preview"},
      {"InsiderAdminService/ListItemVersions", "/items/preview"},
      {"InsiderAdminService/GetItemVersion", "/items/preview/versions/1"},
      {"InsiderAdminService/ScheduleItem", "/items/preview"},
      {"InsiderAdminService/UnscheduleItem", "/items/preview"},
      {"InsiderAdminService/OpenItem", "/items/preview"},
      {"InsiderAdminService/MoveRelease", "/items/preview"},
      {"InsiderAdminService/WithdrawItem", "/items/preview"},
      {"InsiderAdminService/PreviewItem", "/items/preview"},
      {"InsiderService/ListItems", member},
      {"InsiderService/CountItems", member},
      {"InsiderService/GetItem", "/items/none"},
      {"InsiderService/ListOwnItemReads", member},
      {"AgreementService/ListOwnAgreements", member},
      {"AgreementService/PresentAgreement", member},
      {"AgreementService/AcceptAgreement", member + "/acceptances/1"},
      {"AgreementService/WithdrawAcceptance", member + "/acceptances/1"},
      {"AgreementService/ListOwnAcceptances", member},
      {"AgreementAdminService/UpdateAgreement", "/agreements/nda"},
      {"AgreementAdminService/AddAgreementVersion", "/agreements/nda"},
      {"AgreementAdminService/ListAgreementVersions", "/agreements/nda"},
      {"AgreementAdminService/GetAgreementVersion", "/agreements/nda/versions/1"},
      {"SeatService/ListClaimable", member},
      {"SeatService/ClaimSeat", member},
      {"SeatService/GiveBackSeat", member + "/seats/1"},
      {"SeatService/ListOwnSeats", member},
      {"SeatAdminService/ListSeats", "/items/tour"},
      {"SeatAdminService/RevokeSeat", member + "/seats/1"},
      {"WebhookAdminService/UpdateWebhook", "/webhooks/none"},
      {"WebhookAdminService/DeleteWebhook", "/webhooks/none"},
      {"WebhookAdminService/RotateWebhookSecret", "/webhooks/none"},
      {"WebhookAdminService/ResumeWebhook", "/webhooks/none"},
      {"WebhookAdminService/SendTestEvent", "/webhooks/none"},
      {"WebhookAdminService/ListDeliveries", "/webhooks/crm"},
      {"WebhookAdminService/RedeliverDelivery", "/webhooks/none/deliveries/1-0"},
      {"DeviceService/RegisterDevice", member},
      {"DeviceService/ListOwnDevices", member},
      {"DeviceService/RemoveDevice", member + "/devices/none"},
      {"CredentialService/IssueCredential", member},
      {"CredentialService/ListCredentials", member},
      {"CredentialService/RevokeCredential", member + "/credentials/none"},
      {"CredentialService/GetStatusList", "/statusLists/0"},
      {"CredentialAdminService/RevokeCredential", "/members/ada/credentials/none"},
      {"ContributionService/SubmitContribution", member},
      {"ContributionService/ReviseContribution", names.contribution},
      {"ContributionService/WithdrawContribution", names.contribution},
      {"ContributionService/DeclineCredit", names.contribution},
      {"ContributionService/ListOwnContributions", member},
      {"ContributionService/GetYear", member},
      {"ContributionAdminService/SetContributionKind", "/contributionKinds/article"},
      {"ContributionAdminService/StartContributionReview", names.contribution},
      {"ContributionAdminService/AskForChanges", names.contribution},
      {"ContributionAdminService/AcceptContribution", names.contribution},
      {"ContributionAdminService/RejectContribution", names.contribution},
      {"ContributionAdminService/GetYear", member},
      {"FeedbackService/GetFeedbackForm", "/items/open"},
      {"FeedbackService/GiveFeedback", member},
      {"FeedbackService/ListOwnFeedback", member},
      {"FeedbackAdminService/SetFeedbackQuestions", "/items/open"},
      {"FeedbackAdminService/ListFeedback", "/items/open"},
      {"FeedbackAdminService/SummarizeFeedback", "/items/open"},
      {"IdeaService/SubmitIdea", member},
      {"IdeaService/ListIdeas", member},
      {"IdeaService/VoteForIdea", names.idea},
      {"IdeaService/WithdrawVote", names.idea},
      {"IdeaService/ListOwnIdeas", member},
      {"IdeaAdminService/MoveIdea", names.idea},
      {"LeakAdminService/GetLeakCase", names.leak_case},
      {"LeakAdminService/StartLeakTriage", names.leak_case},
      {"LeakAdminService/NameLeakSuspect", names.leak_case},
      {"LeakAdminService/ConfirmLeak", names.leak_case},
      {"LeakAdminService/DismissLeak", names.leak_case},
      {"OrbitService/GetOrbit", member + "/orbit"},
      {"OrbitAdminService/SetActivityType", "/activityTypes/talk"},
      {"BadgeService/ListBadgeGrants", member},
      {"BadgeService/GetBadgeProgress", member + "/badgeProgress/friend"},
      {"BadgeAdminService/UpdateBadge", "/badges/friend"},
      {"BadgeAdminService/GrantBadge", member + "/badgeGrants/friend"},
      {"BadgeAdminService/RevokeBadge", member + "/badgeGrants/friend"},
      {"TierService/GetTierStanding", member + "/tierStandings/loyalty"},
      {"TierAdminService/SetTierScheme", "/tierSchemes/loyalty"},
      {"TierAdminService/TryTierScheme", "/tierSchemes/loyalty"},
      {"TierAdminService/ListTierStandings", "/tierSchemes/loyalty"},
      {"TierAdminService/LockTierStanding", member + "/tierStandings/loyalty"},
      {"TierAdminService/UnlockTierStanding", member + "/tierStandings/loyalty"},
      {"ExplainService/Explain", names.period},
      {"InboxService/ListNotifications", member},
      {"InboxService/MarkRead", member},
      {"InboxService/GetInboxSettings", member + "/inboxSettings"},
      {"InboxService/UpdateInboxSettings", member + "/inboxSettings"},
      {"InboxService/GetDigest", member},
      {"InboxService/WatchInbox", member},
      {"MemberService/GetMember", member},
      {"MemberService/GetProfile", member},
      {"MemberService/ExportMember", member},
      {"MemberService/EraseMember", member},
      {"MemberService/ListPersonalReads", member},
      {"MemberAdminService/UpdateMember", member},
      {"MemberAdminService/SuspendMember", member},
      {"MemberAdminService/ReinstateMember", member},
      {"MemberAdminService/MergeMembers", member},
      {"MemberAdminService/UnmergeMember", member},
      {"MemberAdminService/ListMergedMembers", member},
      {"MemberAdminService/EraseMember", member},
      {"AccessAdminService/DeleteRoleGrant", server.acme.grant},
      {"AccessAdminService/CreateIdentity", member},
      {"AccessAdminService/ListIdentities", member},
      {"AccessAdminService/DeleteIdentity", "/members/ada" + names.identity},
      {"AuditAdminService/GetAuditEntry", "/auditEntries/2"},
      {"ActivityAdminService/GetActivity", names.activity},
      {"CapitalService/GetAccount", member + "/accounts/reputation"},
      {"CapitalService/ListMemberAccounts", member},
      {"CapitalService/ListStatementLines", member + "/accounts/reputation"},
      {"CapitalService/ListLots", member + "/accounts/access"},
      {"CapitalService/GetTransfer",
       relation == Relation::kOthers ? names.bobs_transfer : names.adas_transfer},
      {"CapitalService/ExplainTransfer",
       relation == Relation::kOthers ? names.bobs_transfer : names.adas_transfer},
      {"CapitalAdminService/CaptureTransfer", names.adas_transfer},
      {"CapitalAdminService/VoidTransfer", names.adas_transfer},
      {"CapitalAdminService/ReverseTransfer", names.adas_transfer},
      {"BoardService/GetBoard", names.board},
      {"BoardService/GetPeriod", names.period},
      {"BoardService/ListEntries", names.period},
      {"BoardService/ListEntriesAround", names.period},
      {"BoardService/BatchGetEntries", names.period},
      {"BoardService/ExplainEntry", names.period},
      {"BoardService/WatchBoard", names.period},
      {"BoardAdminService/UpdateBoard", names.board},
      {"BoardAdminService/DeleteBoard", names.board},
      {"BoardAdminService/ClosePeriod", names.period},
      {"BoardAdminService/AmendPeriod", names.period},
      {"BoardAdminService/VerifyBoard", names.period},
  };
  const auto found = resources.find(permission.method);
  if (found == resources.end() && permission.resource != "parent" && !permission.resource.empty()) {
    ADD_FAILURE() << "say in this test which resource " << permission.method << " is called on";
  }
  return std::string("programs/") + (foreign ? "umbrella" : "acme") +
         (found == resources.end() ? "" : found->second);
}

// `o`: allowed. `x`: the caller's roles do not allow it. `-`: there is no such thing for the
// caller. `u`: the caller must sign in.
char Mark(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
      return 'u';
    case absl::StatusCode::kPermissionDenied:
      return 'x';
    case absl::StatusCode::kNotFound:
      return '-';
    case absl::StatusCode::kInternal:
      ADD_FAILURE() << status.ToString();
      return '!';
    default:
      return 'o';  // Another refusal comes from the handler.
  }
}

std::unique_ptr<google::protobuf::Message> RequestFor(const AccessServer& server,
                                                      const services::Permission& permission,
                                                      Relation relation) {
  auto request = NewRequest(MethodNamed(permission.method));
  const std::string resource = ResourceOf(server, permission, relation);
  if (!permission.resource.empty()) {
    Set(*request, std::string(permission.resource), resource);
  }
  if (permission.method == "AuditAdminService/WatchAuditEntries") {
    static_cast<v1::WatchAuditEntriesRequest&>(*request).set_after_revision(0);
  }
  if (permission.method == "InsightAdminService/ListInsightMembers") {
    static_cast<v1::ListInsightMembersRequest&>(*request).set_figure(v1::INSIGHT_FIGURE_CHAMPIONS);
  }
  if (request->GetDescriptor()->FindFieldByName("member") != nullptr &&
      request->GetDescriptor()->FindFieldByName("member")->message_type() == nullptr) {
    const std::string program = resource.substr(0, resource.find('/', 9));
    Set(*request, "member",
        program + (relation == Relation::kOthers ? "/members/bob" : "/members/ada"));
  }
  // What some requests look for.
  for (const auto& [field, text] : std::map<std::string, std::string>{
           {"query", "member"},
           {"predicate", "everybody"},
           {"criterion", "presence"},
           {"start_date", "2026-01-01"},
           {"issuer", AccessServer::kIssuer},
           {"subject", relation == Relation::kForeign ? "eve" : "ada"}}) {
    if (request->GetDescriptor()->FindFieldByName(field) != nullptr) {
      Set(*request, field, text);
    }
  }
  return request;
}

// In `acme`, ada has also redeemed a reward, staff hold her on a level of a scheme of tiers, bob
// has accepted the agreement of an insider item and has a seat of it, and there is the webhook crm.
// In both programmes, bob is a candidate for the title hero, the insider item `preview` is a draft,
// and the item `open` is open.
class PermissionsTest : public testing::Test {
 protected:
  PermissionsTest() {
    const std::string root = server.Token("root");
    v1::PostTransfersRequest post;
    post.set_parent("programs/acme");
    v1::Transfer& transfer = *post.add_transfers();
    transfer.set_debit_account("programs/acme/assets/access/accounts/issued");
    transfer.set_credit_account("programs/acme/members/ada/accounts/access");
    transfer.set_amount(1);
    post.set_request_id(server.NewRequestId());
    server.Must<v1::PostTransfersResponse>(root, "CapitalAdminService/PostTransfers", post);
    v1::CreateRewardRequest create;
    create.set_parent("programs/acme");
    create.set_reward_id("seat");
    create.mutable_reward()->set_display_name("A seat");
    create.mutable_reward()->set_reward_class(v1::REWARD_CLASS_ACCESS);
    create.mutable_reward()->set_price(1);
    create.set_request_id(server.NewRequestId());
    server.Must<v1::Reward>(root, "RewardAdminService/CreateReward", create);
    v1::RedeemRequest redeem;
    redeem.set_parent("programs/acme/members/ada");
    redeem.set_reward("programs/acme/rewards/seat");
    redeem.set_request_id(server.NewRequestId());
    server.Must<v1::Redemption>(root, "RewardService/Redeem", redeem);
    v1::SetTierSchemeRequest set;
    set.mutable_scheme()->set_name("programs/acme/tierSchemes/loyalty");
    set.mutable_scheme()->set_display_name("Loyalty");
    v1::TierLevel& level = *set.mutable_scheme()->add_levels();
    level.set_id("gold");
    level.set_display_name("Gold");
    level.set_at_least(1000);
    set.set_request_id(server.NewRequestId());
    server.Must<v1::TierScheme>(root, "TierAdminService/SetTierScheme", set);
    v1::LockTierStandingRequest lock;
    lock.set_name("programs/acme/members/ada/tierStandings/loyalty");
    lock.set_level("gold");
    lock.set_reason("On leave");
    lock.set_request_id(server.NewRequestId());
    server.Must<v1::TierStanding>(root, "TierAdminService/LockTierStanding", lock);
    MakeAgreement(server, "programs/acme", "nda");
    domain::InsiderItem tour = OpenItem(server, "tour");
    tour.agreement = "nda";
    PutItem(server, "acme", tour);
    AcceptAs(server, root, "programs/acme/members/bob", "programs/acme/agreements/nda");
    server.Must<v1::InsiderSeat>(
        root, "SeatService/ClaimSeat",
        ClaimOf(server, "programs/acme/members/bob", "programs/acme/items/tour"));
    for (const char* program : {"acme", "umbrella"}) {
      PutItem(server, program, OpenItemOf("open"));
    }
    for (const std::string program : {"programs/acme", "programs/umbrella"}) {
      v1::CreateWebhookRequest webhook;
      webhook.set_parent(program);
      webhook.set_webhook_id("crm");
      webhook.mutable_webhook()->set_url("https://crm.example/hook");
      webhook.set_request_id(server.NewRequestId());
      server.Must<v1::WebhookSecretResponse>(root, "WebhookAdminService/CreateWebhook", webhook);
      v1::CreateTitleRequest title;
      title.set_parent(program);
      title.set_title_id("hero");
      title.mutable_title()->set_display_name("Hero");
      title.mutable_title()->set_term_months(12);
      title.mutable_title()->add_nominators(v1::NOMINATOR_STAFF);
      v1::CandidateCriterion& presence = *title.mutable_title()->add_criteria();
      presence.set_id("presence");
      presence.set_display_name("Presence");
      presence.set_measure(v1::CandidateCriterion::MEASURE_ACTIVE_DAYS);
      presence.set_window_days(30);
      presence.set_at_least(1);
      title.set_request_id(server.NewRequestId());
      server.Must<v1::Title>(root, "ChampionAdminService/CreateTitle", title);
      v1::CreateItemRequest item;
      item.set_parent(program);
      item.set_item_id("preview");
      item.mutable_item()->set_display_name("The next bike");
      item.mutable_item()->set_kind(v1::InsiderItem::KIND_PREVIEW);
      item.set_request_id(server.NewRequestId());
      server.Must<v1::InsiderItem>(root, "InsiderAdminService/CreateItem", item);
      v1::AddItemVersionRequest body;
      body.set_parent(program + "/items/preview");
      body.set_body("It folds.");
      body.set_request_id(server.NewRequestId());
      server.Must<v1::ItemVersion>(root, "InsiderAdminService/AddItemVersion", body);
    }
  }

  AccessServer server;
};

TEST_F(PermissionsTest, EveryRpcHasALineAndEveryLineAnRpc) {
  std::vector<std::string> lines;
  for (const services::Permission& permission : services::AllPermissions()) {
    lines.emplace_back(permission.method);
    EXPECT_TRUE(services::BoundPermission::Of("perigee.v1." + lines.back(),
                                              *MethodNamed(permission.method).input_type()))
        << permission.method << " names a field that its request lacks";
  }
  std::vector<std::string> rpcs;
  std::vector<std::string> files;
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const char* file :
       {"access",       "attachment", "activity",  "ask",      "audience", "audit",
        "badge",        "board",      "candidate", "capital",  "champion", "contribution",
        "credential",   "explain",    "facet",     "insider",  "insight",  "invitation",
        "member",       "orbit",      "program",   "reward",   "thanks",   "tier",
        "insider_read", "agreement",  "seat",      "feedback", "idea",     "leak",
        "inbox",        "delivery"}) {
    const auto* proto = pool->FindFileByName("perigee/v1/" + std::string(file) + ".proto");
    ASSERT_NE(proto, nullptr) << file;
    for (int i = 0; i < proto->service_count(); ++i) {
      for (int j = 0; j < proto->service(i)->method_count(); ++j) {
        rpcs.push_back(proto->service(i)->name() + "/" + proto->service(i)->method(j)->name());
      }
    }
  }
  EXPECT_THAT(lines, ::testing::UnorderedElementsAreArray(rpcs));
}

// The file beside this test is the table as the server keeps it: three marks a caller, for its own,
// another member's, and another programme's. A change of permissions shows there.
TEST_F(PermissionsTest, TheServerKeepsTheTable) {
  std::ostringstream table;
  table << "# o allowed, x denied, - hidden, u must sign in;"
           " on one's own, another member's, another programme's\n";
  int calls = 0;
  for (const services::Permission& permission : services::AllPermissions()) {
    table << permission.method << ":";
    for (std::size_t i = 0; i < std::size(kCallers); ++i) {
      const std::string caller = kCallers[i];
      table << ' ' << kTitles[i] << ' ';
      for (const Relation relation : {Relation::kOwn, Relation::kOthers, Relation::kForeign}) {
        const std::string token = caller.empty() ? "" : server.Token(caller);
        table << Mark(server.CallWith(token, MethodNamed(permission.method),
                                      *RequestFor(server, permission, relation)));
        ++calls;
      }
    }
    table << '\n';
  }
  std::printf("%d calls: %zu RPCs, %zu callers, 3 relations\n", calls,
              services::AllPermissions().size(), std::size(kCallers));
  const std::string path = std::string(PERIGEE_SOURCE_DIR) + "/tests/services/permissions.txt";
  if (std::getenv("PERIGEE_WRITE_PERMISSIONS") != nullptr) {
    std::ofstream(path) << table.str();
  }
  std::ifstream file(path);
  const std::string kept(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(table.str(), kept);
}

// For a caller without a role in it, a programme that is there answers as one that is not, byte for
// byte except for the name.
TEST_F(PermissionsTest, AForeignProgrammeAnswersAsAMissingOne) {
  for (const services::Permission& permission : services::AllPermissions()) {
    // A programme publishes its key and the list of what it revoked.
    const bool is_published = permission.method == "CredentialService/GetIssuer" ||
                              permission.method == "CredentialService/GetStatusList";
    if (permission.resource.empty() || is_published) {
      continue;
    }
    for (const char* caller : {"ada", "ROLE_PROGRAM_ADMIN", "stranger"}) {
      const auto foreign = RequestFor(server, permission, Relation::kForeign);
      const auto missing = RequestFor(server, permission, Relation::kForeign);
      std::string resource = ResourceOf(server, permission, Relation::kForeign);
      Set(*missing, std::string(permission.resource),
          resource.replace(resource.find("umbrella"), 8, "parasols"));
      const MethodDescriptor& method = MethodNamed(permission.method);
      absl::Status there = server.CallWith(server.Token(caller), method, *foreign);
      absl::Status gone = server.CallWith(server.Token(caller), method, *missing);
      EXPECT_EQ(ReasonOf(there), Reason::kNotFound) << permission.method;
      EXPECT_EQ(ReasonOf(gone), Reason::kNotFound) << permission.method;
      const std::string renamed(gone.message());
      EXPECT_EQ(
          std::string(there.message()).replace(there.message().find("umbrella"), 8, "parasols"),
          renamed)
          << permission.method;
      EXPECT_EQ(MetadataOf(there).size(), MetadataOf(gone).size());
    }
  }
}

// And another member's own answers as that of a member who is not there.
TEST_F(PermissionsTest, AnotherMembersOwnAnswersAsAMissingOne) {
  for (const services::Permission& permission : services::AllPermissions()) {
    if (!permission.own.Has(domain::Role::kMember) || permission.owner == services::kByHandler) {
      continue;
    }
    const auto others = RequestFor(server, permission, Relation::kOthers);
    const auto missing = RequestFor(server, permission, Relation::kOthers);
    const std::string field(permission.owner);
    std::string name = Get(*missing, field);
    Set(*missing, field, name.replace(name.find("bob"), 3, "bub"));
    const MethodDescriptor& method = MethodNamed(permission.method);
    const absl::Status there = server.CallWith(server.Token("ada"), method, *others);
    const absl::Status gone = server.CallWith(server.Token("ada"), method, *missing);
    EXPECT_EQ(ReasonOf(there), Reason::kNotFound) << permission.method;
    EXPECT_EQ(std::string(there.message()).replace(there.message().find("bob"), 3, "bub"),
              std::string(gone.message()));
  }
}

// What shows personal data to others leaves an entry that names the RPC, the caller and the
// members.
TEST_F(PermissionsTest, ReadsOfOthersPersonalDataAreRecordedAndNoOthers) {
  const auto after = [&](domain::Revision revision) {
    std::vector<domain::JournalEntry> entries;
    EXPECT_THAT(server.store().Read([&](ports::StoreReader& reader) {
      entries = reader.journal().Read("acme", revision, 1000).value();
      return absl::OkStatus();
    }),
                IsOk());
    return entries;
  };
  int recorded = 0;
  for (const services::Permission& permission : services::AllPermissions()) {
    const std::string_view verb = permission.method.substr(permission.method.find('/') + 1);
    if (verb.starts_with("Try")) {
      continue;  // A dry run needs more than a name.
    }
    const bool is_read =
        verb.starts_with("Get") || verb.starts_with("List") || verb.starts_with("Explain") ||
        verb.starts_with("Watch") || verb.starts_with("Batch") || verb.starts_with("Search") ||
        verb.starts_with("Find") || verb.starts_with("Export") || verb.starts_with("Preview");
    if (!is_read) {
      EXPECT_EQ(permission.personal, services::Personal::kNo) << permission.method;
      continue;
    }
    for (const bool own : {false, true}) {
      const domain::Revision before = after(0).back().revision;
      const std::string caller = own ? "ada" : "ROLE_PROGRAM_ADMIN";
      const auto request = RequestFor(server, permission, own ? Relation::kOwn : Relation::kOthers);
      static_cast<void>(
          server.CallWith(server.Token(caller), MethodNamed(permission.method), *request));
      const std::vector<domain::JournalEntry> entries = after(before);
      const bool expected = !own && permission.personal != services::Personal::kNo;
      ASSERT_EQ(entries.size(), expected ? 1U : 0U) << permission.method << " own: " << own;
      if (expected) {
        ++recorded;
        EXPECT_EQ(entries[0].method, permission.method);
        EXPECT_EQ(entries[0].by.kind, domain::PrincipalKind::kStaff);
        const auto reads = entries[0].changes.records.All<domain::PersonalRead>();
        ASSERT_EQ(reads.size(), 1U);
        EXPECT_EQ(reads[0]->members.empty(), verb.starts_with("Watch")) << permission.method;
      }
    }
  }
  EXPECT_EQ(recorded, 52);
}

TEST(ServiceDeathTest, AMethodWithoutALineIsABrokenInvariant) {
  EXPECT_FALSE(services::BoundPermission::Of("perigee.v1.MemberService/NoSuch",
                                             *v1::GetMemberRequest::descriptor()));
  EXPECT_FALSE(services::BoundPermission::Of("perigee.v1.MemberService/GetMember",
                                             *v1::ListMembersRequest::descriptor()));
}

}  // namespace
}  // namespace perigee::tests
