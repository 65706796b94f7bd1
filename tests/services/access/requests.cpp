#include "tests/services/access/requests.h"

#include <map>
#include <string_view>

#include <gtest/gtest.h>

#include "perigee/v1/audit.pb.h"
#include "perigee/v1/insight.pb.h"

namespace perigee::tests {

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

}  // namespace perigee::tests
