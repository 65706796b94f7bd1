#include "server/services/permissions.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_split.h"

namespace perigee::services {
namespace {

using domain::Role;
using domain::Roles;

constexpr Roles kNobody{};  // Operators only.
constexpr Roles kMember{Role::kMember};
constexpr Roles kAdmin{Role::kProgramAdmin};
constexpr Roles kOrder{Role::kProgramAdmin, Role::kModerator};
// See who said what of a nominee, and judge it.
constexpr Roles kJudges{Role::kProgramAdmin, Role::kReviewer};
constexpr Roles kSystems{Role::kProgramAdmin, Role::kIngestion};
constexpr Roles kAuditors{Role::kProgramAdmin, Role::kAnalyst};
// See personal data.
constexpr Roles kStaff{Role::kProgramAdmin, Role::kModerator, Role::kReviewer};
// See how the programme works.
constexpr Roles kInsiders{Role::kProgramAdmin, Role::kModerator, Role::kReviewer, Role::kAnalyst,
                          Role::kIngestion};
// See what members see of each other.
constexpr Roles kPeople{Role::kProgramAdmin, Role::kModerator, Role::kReviewer, Role::kMember};
constexpr Roles kEverybody{Role::kProgramAdmin, Role::kModerator, Role::kReviewer,
                           Role::kAnalyst,      Role::kIngestion, Role::kMember};

// Members see each other's profiles and the boards, so these are not recorded.
constexpr Personal kNone = Personal::kNo;
constexpr Personal kShown = Personal::kYes;
// Many, and some that find anybody, so that a read without a name tells nothing by itself.
constexpr Personal kPicked = Personal::kUnnamed;

constexpr auto kTable = std::to_array<Permission>({
    // method, field of the resource, who anywhere in the programme, who on their own, whether it
    // shows personal data of members, whose own
    {"ProgramAdminService/CreateProgram", "", kNobody, kNobody, kNone},
    {"ProgramAdminService/GetProgram", "name", kInsiders, kNobody, kNone},
    {"ProgramAdminService/ListPrograms", "", kNobody, kNobody, kNone},
    {"ProgramAdminService/UpdateProgram", "program.name", kAdmin, kNobody, kNone},
    {"ProgramAdminService/CloseProgram", "name", kAdmin, kNobody, kNone},
    {"ProgramAdminService/ReopenProgram", "name", kAdmin, kNobody, kNone},
    {"ProgramAdminService/DeleteProgram", "name", kNobody, kNobody, kNone},
    {"ProgramAdminService/CreateAsset", "parent", kAdmin, kNobody, kNone},
    {"ProgramAdminService/GetAsset", "name", kInsiders, kNobody, kNone},
    {"ProgramAdminService/ListAssets", "parent", kInsiders, kNobody, kNone},
    {"ProgramAdminService/CreateRule", "parent", kAdmin, kNobody, kNone},
    {"ProgramAdminService/GetRule", "name", kInsiders, kNobody, kNone},
    {"ProgramAdminService/ListRules", "parent", kInsiders, kNobody, kNone},
    {"ProgramAdminService/ListRuleVersions", "name", kInsiders, kNobody, kNone},
    {"ProgramAdminService/UpdateRule", "rule.name", kAdmin, kNobody, kNone},
    {"ProgramAdminService/SetRules", "parent", kAdmin, kNobody, kNone},

    {"MemberService/GetSelf", "parent", kInsiders, kMember, kNone, kByHandler},
    {"MemberService/JoinProgram", "parent", kEverybody, kNobody, kNone, {}, true, true},
    {"MemberService/PauseSelf", "name", kNobody, kMember, kNone, "name"},
    {"MemberService/ResumeSelf", "name", kNobody, kMember, kNone, "name"},
    {"MemberService/UpdateSelf", "member.name", kNobody, kMember, kNone, "member.name", false},
    {"MemberService/GetMember", "name", kStaff, kMember, kShown, "name"},
    {"MemberService/ListPersonalReads", "parent", kNobody, kMember, kNone, "parent"},
    {"MemberService/GetProfile", "name", kPeople, kNobody, kNone},
    {"MemberService/ExportMember", "name", kAdmin, kMember, kShown, "name"},
    {"MemberService/EraseMember", "name", kNobody, kMember, kNone, "name"},
    {"MemberAdminService/CreateMember", "parent", kSystems, kNobody, kNone},
    {"MemberAdminService/ListMembers", "parent", kStaff, kNobody, kShown},
    {"MemberAdminService/SearchMembers", "parent", kStaff, kNobody, kPicked},
    {"MemberAdminService/SetKind", "parent", kAdmin, kNobody, kNone},
    {"MemberAdminService/ListKinds", "parent", kStaff, kNobody, kShown},
    {"MemberAdminService/UpdateMember", "member.name", kAdmin, kNobody, kNone},
    {"MemberAdminService/SuspendMember", "name", kOrder, kNobody, kNone},
    {"MemberAdminService/ReinstateMember", "name", kOrder, kNobody, kNone},
    {"MemberAdminService/MergeMembers", "name", kAdmin, kNobody, kNone},
    {"MemberAdminService/UnmergeMember", "name", kAdmin, kNobody, kNone},
    {"MemberAdminService/ListMergedMembers", "parent", kAdmin, kNobody, kShown},
    {"MemberAdminService/EraseMember", "name", kAdmin, kNobody, kNone},

    {"FacetService/StateFacet", "parent", kNobody, kMember, kNone, "parent", false},
    {"FacetService/ConsentToFacet", "name", kNobody, kMember, kNone, "name", false},
    {"FacetService/WithdrawFacet", "name", kNobody, kMember, kNone, "name"},
    {"FacetService/ListFacets", "parent", kAdmin, kMember, kShown, "parent"},
    {"FacetService/ListFacetTypes", "parent", kEverybody, kNobody, kNone},
    {"FacetAdminService/SetFacetType", "facet_type.name", kAdmin, kNobody, kNone},
    {"FacetAdminService/ProposeFacet", "parent", kSystems, kNobody, kNone},
    {"FacetAdminService/RemoveFacet", "name", kSystems, kNobody, kNone},

    {"ChampionService/ListTitles", "parent", kEverybody, kNobody, kNone},
    {"ChampionService/Nominate", "parent", kStaff, kMember, kNone, "member", false},
    {"ChampionService/SubmitNomination", "name", kNobody, kMember, kNone, "member", false},
    {"ChampionService/WithdrawNomination", "name", kStaff, kMember, kNone, "member"},
    {"ChampionService/ListOwnNominations", "parent", kNobody, kMember, kNone, "parent"},
    {"ChampionService/ListAppointments", "parent", kPeople, kNobody, kNone},
    {"ChampionService/ResignAppointment", "name", kNobody, kMember, kNone, "name"},
    {"ChampionAdminService/CreateTitle", "parent", kAdmin, kNobody, kNone},
    {"ChampionAdminService/UpdateTitle", "title.name", kAdmin, kNobody, kNone},
    {"ChampionAdminService/ListNominations", "parent", kJudges, kNobody, kPicked},
    {"ChampionAdminService/GetNomination", "name", kJudges, kNobody, kPicked},
    {"ChampionAdminService/StartReview", "name", kJudges, kNobody, kNone},
    {"ChampionAdminService/ReviewNomination", "name", kJudges, kNobody, kNone},
    {"ChampionAdminService/DecideNomination", "name", kJudges, kNobody, kNone},
    {"ChampionAdminService/ListAllAppointments", "parent", kStaff, kNobody, kShown},
    {"ChampionAdminService/CreateAppointment", "parent", kAdmin, kNobody, kNone},
    {"ChampionAdminService/RenewAppointment", "name", kAdmin, kNobody, kNone},
    {"ChampionAdminService/SuspendAppointment", "name", kOrder, kNobody, kNone},
    {"ChampionAdminService/ReinstateAppointment", "name", kOrder, kNobody, kNone},
    {"ChampionAdminService/RevokeAppointment", "name", kAdmin, kNobody, kNone},

    {"CandidateAdminService/ListCandidates", "parent", kJudges, kNobody, kPicked},
    {"CandidateAdminService/ListCandidateInputs", "name", kJudges, kNobody, kPicked},

    {"AskService/ListOwnAsks", "parent", kNobody, kMember, kNone, "parent"},
    {"AskService/AcceptAsk", "name", kNobody, kMember, kNone, "name", false},
    {"AskService/DeclineAsk", "name", kNobody, kMember, kNone, "name"},
    {"AskService/SetAskTerms", "name", kNobody, kMember, kNone, "name"},
    {"AskAdminService/ProposeAsk", "parent", kOrder, kNobody, kNone},
    {"AskAdminService/ReserveAsk", "name", kOrder, kNobody, kNone},
    {"AskAdminService/SendAsk", "name", kOrder, kNobody, kNone},
    {"AskAdminService/CompleteAsk", "name", kOrder, kNobody, kNone},
    {"AskAdminService/ThankForAsk", "name", kOrder, kNobody, kNone},
    {"AskAdminService/CancelAsk", "name", kOrder, kNobody, kNone},
    {"AskAdminService/ListAsks", "parent", kStaff, kNobody, kShown},
    {"AskAdminService/GetAskBudget", "parent", kStaff, kNobody, kShown},

    {"ThanksService/GiveThanks", "parent", kNobody, kMember, kNone, "parent", false},
    {"ThanksService/WithdrawThanks", "name", kNobody, kMember, kNone, "member"},
    {"ThanksService/ListThanks", "parent", kNobody, kMember, kNone, "parent"},
    {"ThanksService/GetThanksBudget", "name", kNobody, kMember, kNone, "name"},
    {"ThanksService/GetReciprocity", "name", kStaff, kMember, kShown, "name"},
    {"ThanksAdminService/ThankMember", "parent", kOrder, kNobody, kNone},
    {"ThanksAdminService/MakePromise", "parent", kOrder, kNobody, kNone},
    {"ThanksAdminService/KeepPromise", "name", kOrder, kNobody, kNone},
    {"ThanksAdminService/CancelPromise", "name", kOrder, kNobody, kNone},
    {"ThanksAdminService/ListPromises", "parent", kStaff, kNobody, kShown},
    {"ThanksAdminService/ListAllThanks", "parent", kStaff, kNobody, kShown},
    {"ThanksAdminService/GetProgramReciprocity", "name", kAuditors, kNobody, kNone},

    {"RewardService/ListRewards", "parent", kNobody, kMember, kNone, "parent"},
    {"RewardService/Redeem", "parent", kNobody, kMember, kNone, "parent", false},
    {"RewardService/CancelRedemption", "name", kNobody, kMember, kNone, "name", false},
    {"RewardService/ListOwnRedemptions", "parent", kNobody, kMember, kNone, "parent"},
    {"RewardAdminService/CreateReward", "parent", kAdmin, kNobody, kNone},
    {"RewardAdminService/UpdateReward", "reward.name", kAdmin, kNobody, kNone},
    {"RewardAdminService/ListAllRewards", "parent", kInsiders, kNobody, kNone},
    {"RewardAdminService/ListRedemptions", "parent", kOrder, kNobody, kShown},
    {"RewardAdminService/ApproveRedemption", "name", kOrder, kNobody, kNone},
    {"RewardAdminService/RejectRedemption", "name", kOrder, kNobody, kNone},
    {"RewardAdminService/FulfilRedemption", "name", kOrder, kNobody, kNone},
    {"RewardAdminService/ReturnRedemption", "name", kOrder, kNobody, kNone},

    // A secret is kept by as few as can be.
    {"InsiderAdminService/CreateItem", "parent", kAdmin, kNobody, kNone},
    {"InsiderAdminService/UpdateItem", "item.name", kAdmin, kNobody, kNone},
    {"InsiderAdminService/AddItemVersion", "parent", kAdmin, kNobody, kNone},
    {"InsiderAdminService/GetItemForStaff", "name", kAdmin, kNobody, kNone},
    {"InsiderAdminService/ListAllItems", "parent", kAdmin, kNobody, kNone},
    {"InsiderAdminService/ListItemVersions", "parent", kAdmin, kNobody, kNone},
    {"InsiderAdminService/GetItemVersion", "name", kAdmin, kNobody, kNone},
    {"InsiderAdminService/ScheduleItem", "name", kAdmin, kNobody, kNone},
    {"InsiderAdminService/UnscheduleItem", "name", kAdmin, kNobody, kNone},
    {"InsiderAdminService/OpenItem", "name", kAdmin, kNobody, kNone},
    {"InsiderAdminService/MoveRelease", "name", kAdmin, kNobody, kNone},
    {"InsiderAdminService/WithdrawItem", "name", kAdmin, kNobody, kNone},
    // Its name would tell a member that there is an item.
    {"InsiderAdminService/PreviewItem", "name", kAdmin, kNobody, kPicked},

    {"AttachmentService/ListItemAttachments", "parent", kNobody, kMember, kNone, "member"},
    {"AttachmentService/DownloadAttachment", "name", kNobody, kMember, kNone, "member"},
    {"AttachmentAdminService/UploadAttachment", "parent", kAdmin, kNobody, kNone},
    {"AttachmentAdminService/GetUpload", "parent", kAdmin, kNobody, kNone},
    {"AttachmentAdminService/DeleteAttachment", "name", kAdmin, kNobody, kNone},
    {"AttachmentAdminService/ListAttachments", "parent", kAdmin, kNobody, kNone},

    {"InsiderService/ListItems", "parent", kNobody, kMember, kNone, "parent"},
    {"InsiderService/CountItems", "parent", kNobody, kMember, kNone, "parent"},
    {"InsiderService/GetItem", "name", kNobody, kMember, kNone, "member"},
    {"InsiderService/ListOwnItemReads", "parent", kNobody, kMember, kNone, "parent"},
    // Its name would tell a member that staff look for a leak.
    {"ItemReadAdminService/ListItemReads", "parent", kAdmin, kNobody, kPicked},

    {"AgreementService/ListOwnAgreements", "parent", kNobody, kMember, kNone, "parent"},
    {"AgreementService/PresentAgreement", "parent", kNobody, kMember, kNone, "parent", false},
    {"AgreementService/AcceptAgreement", "name", kNobody, kMember, kNone, "name", false},
    {"AgreementService/WithdrawAcceptance", "name", kNobody, kMember, kNone, "name"},
    {"AgreementService/ListOwnAcceptances", "parent", kNobody, kMember, kNone, "parent"},
    {"AgreementAdminService/CreateAgreement", "parent", kAdmin, kNobody, kNone},
    {"AgreementAdminService/UpdateAgreement", "agreement.name", kAdmin, kNobody, kNone},
    {"AgreementAdminService/ListAgreements", "parent", kAdmin, kNobody, kNone},
    {"AgreementAdminService/AddAgreementVersion", "parent", kAdmin, kNobody, kNone},
    {"AgreementAdminService/ListAgreementVersions", "parent", kAdmin, kNobody, kNone},
    {"AgreementAdminService/GetAgreementVersion", "name", kAdmin, kNobody, kNone},
    {"AgreementAdminService/ListAcceptances", "parent", kAdmin, kNobody, kShown},

    {"SeatService/ListClaimable", "parent", kNobody, kMember, kNone, "parent"},
    {"SeatService/ClaimSeat", "parent", kNobody, kMember, kNone, "parent", false},
    {"SeatService/GiveBackSeat", "name", kNobody, kMember, kNone, "name", false},
    {"SeatService/ListOwnSeats", "parent", kNobody, kMember, kNone, "parent"},
    {"SeatAdminService/ListSeats", "parent", kAdmin, kNobody, kShown},
    {"SeatAdminService/RevokeSeat", "name", kAdmin, kNobody, kNone},

    {"WebhookAdminService/CreateWebhook", "parent", kAdmin, kNobody, kNone},
    {"WebhookAdminService/UpdateWebhook", "webhook.name", kAdmin, kNobody, kNone},
    {"WebhookAdminService/DeleteWebhook", "name", kAdmin, kNobody, kNone},
    {"WebhookAdminService/RotateWebhookSecret", "name", kAdmin, kNobody, kNone},
    {"WebhookAdminService/ListWebhooks", "parent", kAdmin, kNobody, kNone},
    {"WebhookAdminService/ResumeWebhook", "name", kAdmin, kNobody, kNone},
    {"WebhookAdminService/SendTestEvent", "name", kAdmin, kNobody, kNone},
    {"WebhookAdminService/ListDeliveries", "parent", kAdmin, kNobody, kNone},
    {"WebhookAdminService/RedeliverDelivery", "name", kAdmin, kNobody, kNone},
    {"DeviceService/GetPushKey", "parent", kEverybody, kNobody, kNone},
    {"DeviceService/RegisterDevice", "parent", kNobody, kMember, kNone, "parent"},
    {"DeviceService/ListOwnDevices", "parent", kNobody, kMember, kNone, "parent"},
    {"DeviceService/RemoveDevice", "name", kNobody, kMember, kNone, "name"},

    {"CredentialService/IssueCredential", "parent", kNobody, kMember, kNone, "parent", false},
    {"CredentialService/ListCredentials", "parent", kStaff, kMember, kShown, "parent"},
    {"CredentialService/RevokeCredential", "name", kNobody, kMember, kNone, "name"},
    {"CredentialService/GetIssuer", "parent", kEverybody, kNobody, kNone, {}, true, true},
    {"CredentialService/GetStatusList", "name", kEverybody, kNobody, kNone, {}, true, true},
    {"CredentialAdminService/RevokeCredential", "name", kAdmin, kNobody, kNone},

    {"ContributionService/ListContributionKinds", "parent", kEverybody, kNobody, kNone},
    {"ContributionService/SubmitContribution", "parent", kNobody, kMember, kNone, "parent", false},
    {"ContributionService/ReviseContribution", "name", kNobody, kMember, kNone, "member", false},
    {"ContributionService/WithdrawContribution", "name", kNobody, kMember, kNone, "member"},
    {"ContributionService/DeclineCredit", "name", kNobody, kMember, kNone, "member"},
    {"ContributionService/ListOwnContributions", "parent", kNobody, kMember, kNone, "parent"},
    {"ContributionService/GetYear", "name", kNobody, kMember, kNone, "name"},
    {"ContributionAdminService/SetContributionKind", "contribution_kind.name", kAdmin, kNobody,
     kNone},
    {"ContributionAdminService/ListContributions", "parent", kJudges, kNobody, kShown},
    {"ContributionAdminService/StartContributionReview", "name", kJudges, kNobody, kNone},
    {"ContributionAdminService/AskForChanges", "name", kJudges, kNobody, kNone},
    {"ContributionAdminService/AcceptContribution", "name", kJudges, kNobody, kNone},
    {"ContributionAdminService/RejectContribution", "name", kJudges, kNobody, kNone},
    {"ContributionAdminService/GetYear", "name", kStaff, kNobody, kShown},

    {"FeedbackService/GetFeedbackForm", "name", kNobody, kMember, kNone, "member"},
    {"FeedbackService/GiveFeedback", "parent", kNobody, kMember, kNone, "parent", false},
    {"FeedbackService/ListOwnFeedback", "parent", kNobody, kMember, kNone, "parent"},
    {"FeedbackAdminService/SetFeedbackQuestions", "name", kAdmin, kNobody, kNone},
    {"FeedbackAdminService/ListFeedback", "parent", kAdmin, kNobody, kShown},
    {"FeedbackAdminService/SummarizeFeedback", "name", kAdmin, kNobody, kNone},

    {"IdeaService/SubmitIdea", "parent", kNobody, kMember, kNone, "parent", false},
    {"IdeaService/ListIdeas", "parent", kNobody, kMember, kNone, "parent"},
    {"IdeaService/VoteForIdea", "name", kNobody, kMember, kNone, "member", false},
    {"IdeaService/WithdrawVote", "name", kNobody, kMember, kNone, "member", false},
    {"IdeaService/ListOwnIdeas", "parent", kNobody, kMember, kNone, "parent"},
    {"IdeaAdminService/ListAllIdeas", "parent", kAdmin, kNobody, kShown},
    {"IdeaAdminService/MoveIdea", "name", kAdmin, kNobody, kNone},

    {"LeakAdminService/TraceLeak", "parent", kAdmin, kNobody, kPicked},
    {"LeakAdminService/ReportLeak", "parent", kAdmin, kNobody, kNone},
    {"LeakAdminService/GetLeakCase", "name", kAdmin, kNobody, kPicked},
    {"LeakAdminService/ListLeakCases", "parent", kAdmin, kNobody, kPicked},
    {"LeakAdminService/StartLeakTriage", "name", kAdmin, kNobody, kNone},
    {"LeakAdminService/NameLeakSuspect", "name", kAdmin, kNobody, kNone},
    {"LeakAdminService/ConfirmLeak", "name", kAdmin, kNobody, kNone},
    {"LeakAdminService/DismissLeak", "name", kAdmin, kNobody, kNone},

    {"OrbitService/GetOrbit", "name", kStaff, kMember, kShown, "name"},
    {"OrbitAdminService/SetActivityType", "activity_type.name", kAdmin, kNobody, kNone},
    {"OrbitAdminService/ListActivityTypes", "parent", kInsiders, kNobody, kNone},
    {"OrbitAdminService/GetOrbitMap", "parent", kInsiders, kNobody, kNone},
    {"OrbitAdminService/GetGravity", "parent", kInsiders, kNobody, kNone},
    {"OrbitAdminService/ListOrbitMembers", "parent", kStaff, kNobody, kShown},

    {"BadgeService/ListBadges", "parent", kEverybody, kNobody, kNone},
    {"BadgeService/ListBadgeGrants", "parent", kPeople, kNobody, kNone},
    {"BadgeService/GetBadgeProgress", "name", kStaff, kMember, kShown, "name"},
    {"BadgeAdminService/CreateBadge", "parent", kAdmin, kNobody, kNone},
    {"BadgeAdminService/UpdateBadge", "badge.name", kAdmin, kNobody, kNone},
    {"BadgeAdminService/TryBadgeRule", "parent", kAdmin, kNobody, kPicked},
    {"BadgeAdminService/GrantBadge", "name", kAdmin, kNobody, kNone},
    {"BadgeAdminService/RevokeBadge", "name", kAdmin, kNobody, kNone},
    {"BadgeAdminService/ListAllBadgeGrants", "parent", kStaff, kNobody, kShown},

    {"TierService/ListTierSchemes", "parent", kEverybody, kNobody, kNone},
    {"TierService/GetTierStanding", "name", kStaff, kMember, kShown, "name"},
    {"TierAdminService/SetTierScheme", "scheme.name", kAdmin, kNobody, kNone},
    {"TierAdminService/TryTierScheme", "scheme.name", kAdmin, kNobody, kPicked},
    {"TierAdminService/ListTierStandings", "parent", kStaff, kNobody, kShown},
    {"TierAdminService/LockTierStanding", "name", kAdmin, kNobody, kNone},
    {"TierAdminService/UnlockTierStanding", "name", kAdmin, kNobody, kNone},

    {"ExplainService/Explain", "name", kStaff, kMember, kShown, kByHandler},
    {"InsightAdminService/GetInsight", "parent", kInsiders, kNobody, kNone},
    {"InsightAdminService/ListInsightMembers", "parent", kAdmin, kNobody, kPicked},

    {"InboxService/ListNotifications", "parent", kNobody, kMember, kNone, "parent"},
    {"InboxService/MarkRead", "parent", kNobody, kMember, kNone, "parent"},
    {"InboxService/GetInboxSettings", "name", kNobody, kMember, kNone, "name"},
    {"InboxService/UpdateInboxSettings", "settings.name", kNobody, kMember, kNone, "settings.name"},
    {"InboxService/GetDigest", "parent", kNobody, kMember, kNone, "parent"},
    {"InboxService/WatchInbox", "parent", kNobody, kMember, kNone, "parent"},

    {"InvitationAdminService/CreateInvitation", "parent", kSystems, kNobody, kNone},
    {"InvitationAdminService/ListInvitations", "parent", kAdmin, kNobody, kShown},
    {"InvitationAdminService/RevokeInvitation", "name", kAdmin, kNobody, kNone},

    {"AccessAdminService/CreateRoleGrant", "parent", kAdmin, kNobody, kNone},
    {"AccessAdminService/ListRoleGrants", "parent", kAdmin, kNobody, kNone},
    {"AccessAdminService/DeleteRoleGrant", "name", kAdmin, kNobody, kNone},
    {"AccessAdminService/CreateIdentity", "parent", kSystems, kNobody, kNone},
    {"AccessAdminService/ListIdentities", "parent", kAdmin, kNobody, kShown},
    {"AccessAdminService/FindIdentity", "parent", kSystems, kNobody, kShown},
    {"AccessAdminService/DeleteIdentity", "name", kAdmin, kNobody, kNone},

    {"AudienceAdminService/ListAudienceMembers", "parent", kAdmin, kNobody, kPicked},

    {"AuditAdminService/GetAuditEntry", "name", kAdmin, kNobody, kShown},
    {"AuditAdminService/ListAuditEntries", "parent", kAdmin, kNobody, kShown},
    {"AuditAdminService/WatchAuditEntries", "parent", kAdmin, kNobody, kShown},

    {"ActivityAdminService/RecordActivity", "parent", kSystems, kNobody, kNone},
    {"ActivityAdminService/RecordActivities", "parent", kSystems, kNobody, kNone},
    {"ActivityAdminService/GetActivity", "name", kStaff, kNobody, kShown},
    {"ActivityAdminService/ListActivities", "parent", kStaff, kNobody, kShown},

    {"CapitalService/ListAssets", "parent", kEverybody, kNobody, kNone},
    {"CapitalService/GetAccount", "name", kStaff, kMember, kShown, "name"},
    {"CapitalService/ListMemberAccounts", "parent", kStaff, kMember, kShown, "parent"},
    {"CapitalService/ListStatementLines", "parent", kStaff, kMember, kShown, "parent"},
    {"CapitalService/ListLots", "parent", kStaff, kMember, kShown, "parent"},
    {"CapitalService/GetTransfer", "name", kStaff, kMember, kShown, kByHandler},
    {"CapitalService/ExplainTransfer", "name", kStaff, kMember, kShown, kByHandler},
    {"CapitalAdminService/CreateAccount", "parent", kAdmin, kNobody, kNone},
    {"CapitalAdminService/PostTransfers", "parent", kAdmin, kNobody, kNone},
    {"CapitalAdminService/Distribute", "parent", kAdmin, kNobody, kNone},
    {"CapitalAdminService/CaptureTransfer", "name", kAdmin, kNobody, kNone},
    {"CapitalAdminService/VoidTransfer", "name", kAdmin, kNobody, kNone},
    {"CapitalAdminService/ReverseTransfer", "name", kAdmin, kNobody, kNone},

    {"BoardService/GetBoard", "name", kEverybody, kNobody, kNone},
    {"BoardService/ListBoards", "parent", kEverybody, kNobody, kNone},
    {"BoardService/GetPeriod", "name", kEverybody, kNobody, kNone},
    {"BoardService/ListEntries", "parent", kPeople, kNobody, kNone},
    {"BoardService/ListEntriesAround", "parent", kPeople, kNobody, kNone},
    {"BoardService/BatchGetEntries", "parent", kPeople, kNobody, kNone},
    {"BoardService/ExplainEntry", "parent", kStaff, kMember, kShown, "member"},
    {"BoardService/WatchBoard", "name", kPeople, kNobody, kNone},
    {"BoardAdminService/CreateBoard", "parent", kAdmin, kNobody, kNone},
    {"BoardAdminService/UpdateBoard", "board.name", kAdmin, kNobody, kNone},
    {"BoardAdminService/DeleteBoard", "name", kAdmin, kNobody, kNone},
    {"BoardAdminService/ClosePeriod", "name", kAdmin, kNobody, kNone},
    {"BoardAdminService/AmendPeriod", "name", kAdmin, kNobody, kNone},
    {"BoardAdminService/VerifyBoard", "name", kAuditors, kNobody, kNone},
});

constexpr std::string_view kPackage = "perigee.v1.";

using Path = std::vector<const google::protobuf::FieldDescriptor*>;

// The way to a text field such as `member.name`. nullopt if the message has no such field.
std::optional<Path> PathTo(std::string_view field, const google::protobuf::Descriptor& message) {
  Path path;
  if (field.empty() || field == kByHandler) {
    return path;
  }
  const google::protobuf::Descriptor* at = &message;
  const std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(field.data(), field.size()), '.');
  for (const std::string& part : parts) {
    const auto* found = at == nullptr ? nullptr : at->FindFieldByName(part);
    if (found == nullptr || found->is_repeated()) {
      return std::nullopt;
    }
    path.push_back(found);
    at = found->message_type();
  }
  if (path.back()->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
    return std::nullopt;
  }
  return path;
}

std::string_view TextAt(const Path& path, const google::protobuf::Message& message) {
  if (path.empty()) {
    return {};
  }
  const google::protobuf::Message* at = &message;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    at = &at->GetReflection()->GetMessage(*at, path[i]);
  }
  static const std::string kNone;
  // Of a text field with the default layout the reference is always to the field itself.
  std::string scratch;
  const std::string& text = at->GetReflection()->GetStringReference(*at, path.back(), &scratch);
  return &text == &scratch ? std::string_view(kNone) : std::string_view(text);
}

}  // namespace

std::span<const Permission> AllPermissions() { return kTable; }

const Permission* FindPermission(std::string_view method) {
  const auto* line = std::ranges::find(kTable, method, &Permission::method);
  return line == kTable.end() ? nullptr : line;
}

std::optional<BoundPermission> BoundPermission::Of(std::string_view method,
                                                   const google::protobuf::Descriptor& request) {
  if (!method.starts_with(kPackage)) {
    return std::nullopt;
  }
  method.remove_prefix(kPackage.size());
  const Permission* line = FindPermission(method);
  if (line == nullptr) {
    return std::nullopt;
  }
  std::optional<Path> resource = PathTo(line->resource, request);
  std::optional<Path> owner = PathTo(line->owner, request);
  if (!resource.has_value() || !owner.has_value()) {
    return std::nullopt;
  }
  BoundPermission bound;
  bound.permission_ = line;
  bound.resource_ = *std::move(resource);
  bound.owner_ = *std::move(owner);
  return bound;
}

std::string_view BoundPermission::Resource(const google::protobuf::Message& request) const {
  return TextAt(resource_, request);
}

std::string_view BoundPermission::Owner(const google::protobuf::Message& request) const {
  return TextAt(owner_, request);
}

}  // namespace perigee::services
